CREATE TABLE "event_arrivals" (
	"delivery_id" integer NOT NULL,
	"event_date" date NOT NULL,
	"events" integer NOT NULL,
	CONSTRAINT "event_arrivals_delivery_id_event_date_pk" PRIMARY KEY("delivery_id","event_date")
);
--> statement-breakpoint
CREATE TABLE "event_deliveries" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "event_deliveries_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"source" text NOT NULL,
	"run_id" uuid NOT NULL,
	"as_of" date NOT NULL,
	"recorded_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "snapshot_windows" (
	"snapshot_id" integer NOT NULL,
	"source" text NOT NULL,
	"run_id" uuid NOT NULL,
	"delivery_id" integer NOT NULL,
	"computed_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "snapshot_windows_snapshot_id_source_run_id_pk" PRIMARY KEY("snapshot_id","source","run_id")
);
--> statement-breakpoint
ALTER TABLE "event_arrivals" ADD CONSTRAINT "event_arrivals_delivery_id_event_deliveries_id_fk" FOREIGN KEY ("delivery_id") REFERENCES "public"."event_deliveries"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "event_deliveries" ADD CONSTRAINT "event_deliveries_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "snapshot_windows" ADD CONSTRAINT "snapshot_windows_snapshot_id_snapshots_id_fk" FOREIGN KEY ("snapshot_id") REFERENCES "public"."snapshots"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "snapshot_windows" ADD CONSTRAINT "snapshot_windows_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
-- A version of an event is written once. Only a later delivery ends it, once.
create or replace function asof_guard_event() returns trigger language plpgsql as $$
declare
  before record;
begin
  if tg_op = 'UPDATE' and old.asof_ended_by is null and new.asof_ended_by is not null then
    before := old;
    before.asof_ended_by := new.asof_ended_by;
    if before is not distinct from new then
      return new;
    end if;
  end if;
  raise exception '% of % is refused: versions of events are immutable', tg_op, tg_table_name
    using errcode = 'restrict_violation', hint = 'ingest the corrected event: it becomes another version';
end $$;
--> statement-breakpoint
-- The partition of a month of events, where there was none: its name. Attaching lets readers of the history go on. It has no
-- index yet: whoever fills it makes that afterwards.
create or replace function asof_new_event_partition(parent text, month date) returns text language plpgsql as $$
declare
  partition text := parent || '_' || to_char(month, 'YYYYMM');
begin
  if to_regclass(quote_ident(partition)) is not null then
    return null;
  end if;
  execute format('create table %I (like %I including defaults)', partition, parent);
  execute format(
    'create trigger refuse_truncate before truncate on %I for each statement execute function asof_refuse_change()',
    partition
  );
  execute format(
    'alter table %I attach partition %I for values from (%L) to (%L)', parent, partition, month, (month + interval '1 month')::date
  );
  return partition;
end $$;
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "event_deliveries" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "event_deliveries" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "event_arrivals" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "snapshot_windows" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "snapshot_windows" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
