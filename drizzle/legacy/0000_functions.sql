-- What the generated tables rely on: refusal of changes, partitions on demand, ordered events.

create schema if not exists staging;
--> statement-breakpoint
-- Rows of snapshots and of histories are written once. Retention drops whole partitions.
create function asof_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% of % is refused: its rows are immutable', tg_op, tg_table_name
    using errcode = 'restrict_violation', hint = 'ingest corrected content: it becomes the next revision';
end $$;
--> statement-breakpoint
-- Makes the partition of one date, once; safe when two transactions want it at the same time.
create function asof_ensure_partition(parent text, day date) returns void language plpgsql as $$
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
  end if;
end $$;
