CREATE TABLE "registry_changes" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "registry_changes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"experiment_id" bigint,
	"model" text,
	"at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"actor" text NOT NULL,
	"message" text NOT NULL,
	CONSTRAINT "registry_changes_of_one" CHECK (num_nonnulls(experiment_id, model) = 1)
);
--> statement-breakpoint
ALTER TABLE "model_aliases" DROP CONSTRAINT "model_aliases_version";
--> statement-breakpoint
ALTER TABLE "registry_changes" ADD CONSTRAINT "registry_changes_experiment_id_experiments_id_fk" FOREIGN KEY ("experiment_id") REFERENCES "public"."experiments"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "registry_changes" ADD CONSTRAINT "registry_changes_model_models_name_fk" FOREIGN KEY ("model") REFERENCES "public"."models"("name") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "registry_changes_experiment" ON "registry_changes" USING btree ("experiment_id","id");
--> statement-breakpoint
CREATE INDEX "registry_changes_model" ON "registry_changes" USING btree ("model","id");
--> statement-breakpoint
ALTER TABLE "model_aliases" ADD CONSTRAINT "model_aliases_version" FOREIGN KEY ("model","version") REFERENCES "public"."model_versions"("model","version") ON DELETE no action ON UPDATE cascade;
--> statement-breakpoint
-- A version is written once, as is what happened to it. A kept model that gets another name takes both along, and nothing
-- else of them changes.
create or replace function asof_refuse_version_change() returns trigger language plpgsql as $$
declare
  free text[] := '{stage,description,tags}';
begin
  if old.signature is null and old.registered_by is not null then
    free := free || '{signature,threshold,snapshot_id,label_snapshot_id}'::text[];
  elsif old.signature is null and current_setting('asof.renames_model', true) = 'on' then
    free := '{model}';
  end if;
  if to_jsonb(new) - free <> to_jsonb(old) - free then
    raise exception 'UPDATE of version % of % is refused: its content is immutable', old.version, old.model
      using errcode = 'restrict_violation', hint = 'train again: it becomes the next version';
  end if;
  return new;
end $$;
--> statement-breakpoint
create function asof_guard_transition() returns trigger language plpgsql as $$
declare
  before record;
begin
  if tg_op = 'UPDATE' and current_setting('asof.renames_model', true) = 'on' then
    before := old;
    before.model := new.model;
    if before is not distinct from new then
      return new;
    end if;
  end if;
  raise exception '% of % is refused: its rows are immutable', tg_op, tg_table_name
    using errcode = 'restrict_violation', hint = 'promote again: it becomes the next transition';
end $$;
--> statement-breakpoint
drop trigger refuse_change on stage_transitions;
--> statement-breakpoint
create trigger guard_transition before update or delete on stage_transitions
  for each row execute function asof_guard_transition();
--> statement-breakpoint
-- Versions with their aliases, transitions and changes of one kept model become those of another name, which is a kept model
-- without versions. Who calls it holds both.
create function asof_rename_model(old_name text, new_name text) returns void language plpgsql as $$
begin
  if (select count(*) from models where name in (old_name, new_name) and kind = 'kept') <> 2 then
    raise exception 'model % is not renamed to %: both are names of kept models', old_name, new_name
      using errcode = 'restrict_violation';
  end if;
  perform set_config('asof.renames_model', 'on', true);
  update model_versions set model = new_name where model = old_name;
  update stage_transitions set model = new_name where model = old_name;
  update registry_changes set model = new_name where model = old_name;
  perform set_config('asof.renames_model', 'off', true);
end $$;
