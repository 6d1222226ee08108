CREATE TABLE "canaries" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "canaries_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"model" text NOT NULL,
	"version" integer NOT NULL,
	"champion" integer NOT NULL,
	"share" double precision NOT NULL,
	"stop_rule" jsonb NOT NULL,
	"started_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"started_by" text NOT NULL,
	"ended_at" timestamp with time zone,
	"ended_by" text,
	"outcome" text,
	"reason" text,
	CONSTRAINT "canaries_outcome" CHECK (outcome in ('PROMOTED', 'ENDED', 'STOPPED', 'SUPERSEDED')),
	CONSTRAINT "canaries_ended" CHECK (num_nulls(ended_at, ended_by, outcome, reason) in (0, 4))
);
--> statement-breakpoint
ALTER TABLE "prediction_log" ADD COLUMN "canary" integer;
--> statement-breakpoint
ALTER TABLE "prediction_log" ADD COLUMN "arm" text;
--> statement-breakpoint
ALTER TABLE "canaries" ADD CONSTRAINT "canaries_version" FOREIGN KEY ("model","version") REFERENCES "public"."model_versions"("model","version") ON DELETE no action ON UPDATE cascade;
--> statement-breakpoint
CREATE UNIQUE INDEX "canaries_running" ON "canaries" USING btree ("model") WHERE ended_at is null;
--> statement-breakpoint
CREATE INDEX "canaries_model" ON "canaries" USING btree ("model","id");
--> statement-breakpoint
CREATE INDEX "prediction_log_canary" ON "prediction_log" USING btree ("canary") WHERE canary is not null;

--> statement-breakpoint
-- Heard by every process: which keys its challenger answers changes from the next request on.
create function asof_announce_canary() returns trigger language plpgsql as $$
begin
  perform pg_notify('asof_canaries', new.model);
  return null;
end $$;
--> statement-breakpoint
create trigger announce after insert or update on canaries
  for each row execute function asof_announce_canary();
--> statement-breakpoint
-- At the end of the transaction, when Production is what it will be: a canary is of a challenger and of one champion.
create function asof_end_canary() returns trigger language plpgsql as $$
declare
  running record;
  holder integer;
  why text;
begin
  select * into running from canaries where model = new.model and ended_at is null for update;
  if not found then
    return null;
  end if;
  select version into holder from model_versions where model = new.model and stage = 'PRODUCTION';
  if holder is distinct from running.champion then
    why := case when holder is null then 'nothing is in Production any more' else format('version %s came to Production', holder) end;
  elsif exists (select 1 from model_versions where model = new.model and version = running.version and stage = 'ARCHIVED')
    and new.version = running.version
  then
    why := format('version %s was archived', running.version);
  else
    return null;
  end if;
  update canaries set ended_at = clock_timestamp(), ended_by = new.actor, reason = why,
    outcome = case when holder = running.version then 'PROMOTED' else 'SUPERSEDED' end
  where id = running.id;
  insert into registry_changes (model, actor, message)
  values (new.model, new.actor, format('canary of version %s ended: %s', running.version, why));
  return null;
end $$;
--> statement-breakpoint
create constraint trigger end_canary after insert on stage_transitions deferrable initially deferred
  for each row execute function asof_end_canary();
