CREATE TABLE "snapshot_drops" (
	"snapshot_id" integer PRIMARY KEY NOT NULL,
	"dropped_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"actor" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "snapshot_drops" ADD CONSTRAINT "snapshot_drops_snapshot_id_snapshots_id_fk" FOREIGN KEY ("snapshot_id") REFERENCES "public"."snapshots"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "snapshot_drops" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "snapshot_drops" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
-- A snapshot in the catalogue takes no more rows: publishing writes rows first and the catalogue's row last.
-- Once a statement, over what it added: a trigger for each row would cost a call for each.
create function asof_refuse_published() returns trigger language plpgsql as $$
declare
  published integer;
begin
  select s.id into published from snapshots s where s.id in (select distinct snapshot_id from added) limit 1;
  if found then
    raise exception 'INSERT into % is refused: snapshot % is published', tg_table_name, published
      using errcode = 'restrict_violation', hint = 'ingest corrected content: it becomes the next revision';
  end if;
  return null;
end $$;
--> statement-breakpoint
-- A statement that names a partition fires the partition's triggers only, so each has its own.
create or replace function asof_ensure_partition(parent text, day date) returns void language plpgsql as $$
declare
  partition text := parent || '_' || to_char(day, 'YYYYMMDD');
begin
  if to_regclass(quote_ident(partition)) is not null then
    return;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('asof_ensure_partition', 0));
  if to_regclass(quote_ident(partition)) is null then
    execute format('create table %I partition of %I for values in (%L)', partition, parent, day);
    execute format(
      'create trigger refuse_truncate before truncate on %I for each statement execute function asof_refuse_change()',
      partition
    );
    execute format(
      'create trigger refuse_insert after insert on %I referencing new table as added for each statement execute function asof_refuse_published()',
      partition
    );
  end if;
end $$;
--> statement-breakpoint
-- The tables and partitions that are there already.
do $$
declare
  relation regclass;
begin
  for relation in
    select p.oid from pg_class p where p.relnamespace = 'public'::regnamespace and p.relkind = 'p' and p.relname like '%\_snapshots'
    union all
    select i.inhrelid from pg_class p join pg_inherits i on i.inhparent = p.oid
    where p.relnamespace = 'public'::regnamespace and p.relkind = 'p' and p.relname like '%\_snapshots'
      and i.inhrelid in (select oid from pg_class where relkind = 'r')
  loop
    execute format(
      'create trigger refuse_insert after insert on %s referencing new table as added for each statement execute function asof_refuse_published()',
      relation
    );
  end loop;
end $$;
