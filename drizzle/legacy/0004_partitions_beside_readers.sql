-- A new partition is made and filled as a table of its own and attached at the end: attaching lets readers of the
-- parent go on, which `create table … partition of` would keep waiting until the publication commits.

-- True where the partition is new: not attached yet, without its key's index, which attaching builds.
create function asof_new_partition(parent text, day date) returns boolean language plpgsql as $$
declare
  partition text := parent || '_' || to_char(day, 'YYYYMMDD');
begin
  if to_regclass(quote_ident(partition)) is not null then
    return false;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('asof_ensure_partition', 0));
  if to_regclass(quote_ident(partition)) is not null then
    return false;
  end if;
  execute format('create table %I (like %I including defaults)', partition, parent);
  execute format(
    'create trigger refuse_truncate before truncate on %I for each statement execute function asof_refuse_change()',
    partition
  );
  -- A statement that names a partition fires the partition's triggers only, so each has its own.
  execute format(
    'create trigger refuse_insert after insert on %I referencing new table as added for each statement execute function asof_refuse_published()',
    partition
  );
  return true;
end $$;
--> statement-breakpoint
create function asof_attach_partition(parent text, day date) returns void language plpgsql as $$
begin
  execute format(
    'alter table %I attach partition %I for values in (%L)', parent, parent || '_' || to_char(day, 'YYYYMMDD'), day
  );
end $$;
--> statement-breakpoint
create or replace function asof_ensure_partition(parent text, day date) returns void language plpgsql as $$
begin
  if asof_new_partition(parent, day) then
    perform asof_attach_partition(parent, day);
  end if;
end $$;
