-- A version of an event is written once. Only a later delivery ends it, once; an erasure deletes its person's.
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
  if tg_op = 'DELETE' and asof_erases(to_jsonb(old), tg_table_name) then
    return old;
  end if;
  raise exception '% of % is refused: versions of events are immutable', tg_op, tg_table_name
    using errcode = 'restrict_violation', hint = 'ingest the corrected event: it becomes another version';
end $$;
