CREATE TABLE "event_drops" (
	"source" text NOT NULL,
	"month" date NOT NULL,
	"events" bigint NOT NULL,
	"dropped_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"actor" text NOT NULL,
	CONSTRAINT "event_drops_source_month_pk" PRIMARY KEY("source","month")
);
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "event_drops" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "event_drops" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
-- After a statement that dropped something. Retention, which says so, drops whole dates of snapshots and whole months of events.
create or replace function asof_guard.refuse_dropped() returns event_trigger language plpgsql set search_path = pg_catalog, public as $$
declare
  lost record;
begin
  select e.table_name, case when d.objsubid > 0 then e.column_name end as column_name into lost
  from pg_event_trigger_dropped_objects() d
  join asof_guard.entity_columns e on e.table_oid = d.objid and (d.objsubid = 0 or e.attnum = d.objsubid)
  where d.classid = 'pg_class'::regclass and not (
    d.objsubid = 0 and e.table_name ~ '_(snapshots_[0-9]{8}|events_[0-9]{6,})$' and coalesce(current_setting('asof.drops_partitions', true), '') = 'on'
  )
  limit 1;
  if found then
    raise exception '% is history: it cannot be dropped', case when lost.column_name is null then 'table ' || lost.table_name
        else 'column ' || lost.column_name || ' of ' || lost.table_name end
      using errcode = 'restrict_violation', hint = 'retire it in the definition: it stays, and nothing more is written to it';
  end if;
  delete from asof_guard.entity_columns e using pg_event_trigger_dropped_objects() d
  where d.classid = 'pg_class'::regclass and d.objsubid = 0 and e.table_oid = d.objid;
end $$;
