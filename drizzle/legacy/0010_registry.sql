CREATE TABLE "model_aliases" (
	"model" text NOT NULL,
	"alias" text NOT NULL,
	"version" integer NOT NULL,
	"set_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"actor" text NOT NULL,
	CONSTRAINT "model_aliases_model_alias_pk" PRIMARY KEY("model","alias")
);
--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "parent_run_id" uuid;
--> statement-breakpoint
ALTER TABLE "model_versions" ADD COLUMN "description" text;
--> statement-breakpoint
ALTER TABLE "model_versions" ADD COLUMN "tags" jsonb DEFAULT '{}'::jsonb NOT NULL;
--> statement-breakpoint
ALTER TABLE "models" ADD COLUMN "described_by" text;
--> statement-breakpoint
ALTER TABLE "models" ADD COLUMN "tags" jsonb DEFAULT '{}'::jsonb NOT NULL;
--> statement-breakpoint
ALTER TABLE "models" ADD COLUMN "last_version" integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "model_aliases" ADD CONSTRAINT "model_aliases_version" FOREIGN KEY ("model","version") REFERENCES "public"."model_versions"("model","version") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_parent_run_id_runs_id_fk" FOREIGN KEY ("parent_run_id") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "runs_parent" ON "runs" USING btree ("parent_run_id","created_at","id");
--> statement-breakpoint
update models m set last_version = coalesce((select max(version) from model_versions v where v.model = m.name), 0);
--> statement-breakpoint
-- What a version is never changes; where it stands and what is said of it may.
create function asof_refuse_version_change() returns trigger language plpgsql as $$
begin
  if to_jsonb(new) - '{stage,description,tags}'::text[] <> to_jsonb(old) - '{stage,description,tags}'::text[] then
    raise exception 'UPDATE of version % of % is refused: its content is immutable', old.version, old.model
      using errcode = 'restrict_violation', hint = 'train again: it becomes the next version';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger refuse_change before update on model_versions
  for each row execute function asof_refuse_version_change();
--> statement-breakpoint
-- What answered requests stays on record. Aliased versions are kept by the foreign key of their aliases.
create function asof_refuse_served_deletion() returns trigger language plpgsql as $$
begin
  if old.stage in ('PRODUCTION', 'STAGING') or exists (
    select 1 from stage_transitions t
    where t.model = old.model and t.version = old.version and t.to_stage = 'PRODUCTION'
  ) then
    raise exception 'DELETE of version % of % is refused: it is or was served', old.version, old.model
      using errcode = 'restrict_violation', hint = 'archive it: promote it to ARCHIVED';
  end if;
  return old;
end $$;
--> statement-breakpoint
create trigger refuse_delete before delete on model_versions
  for each row execute function asof_refuse_served_deletion();
--> statement-breakpoint
create trigger refuse_truncate before truncate on model_versions
  for each statement execute function asof_refuse_change();
