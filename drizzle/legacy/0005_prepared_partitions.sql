-- A partition that was filled and keyed as a table of the staging schema becomes the date's. False where the date has
-- one already: then nothing is done.
create function asof_attach_prepared(prepared text, parent text, day date) returns boolean language plpgsql as $$
declare
  partition text := parent || '_' || to_char(day, 'YYYYMMDD');
  -- Names end at 63 bytes; a date's is to be told from another's.
  new_key text := left(parent, 49) || '_' || to_char(day, 'YYYYMMDD') || '_pkey';
  old_key text;
begin
  perform pg_advisory_xact_lock(hashtextextended('asof_ensure_partition', 0));
  if to_regclass(quote_ident(partition)) is not null then
    return false;
  end if;
  execute format('alter table staging.%I set schema %I', prepared, current_schema());
  execute format('alter table %I rename to %I', prepared, partition);
  execute format('alter table %I reset (autovacuum_enabled)', partition);
  select conname into strict old_key from pg_constraint where conrelid = to_regclass(quote_ident(partition)) and contype = 'p';
  if to_regclass(quote_ident(new_key)) is null then
    execute format('alter table %I rename constraint %I to %I', partition, old_key, new_key);
  end if;
  execute format(
    'create trigger refuse_truncate before truncate on %I for each statement execute function asof_refuse_change()',
    partition
  );
  -- A statement that names a partition fires the partition's triggers only, so each has its own.
  execute format(
    'create trigger refuse_insert after insert on %I referencing new table as added for each statement execute function asof_refuse_published()',
    partition
  );
  perform asof_attach_partition(parent, day);
  execute format('alter table %I drop constraint of_one_date', partition);
  return true;
end $$;
