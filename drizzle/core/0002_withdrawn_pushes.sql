-- What was pushed and bound to a snapshot that is withdrawn waits for the next one again.
create or replace function asof_guard_push() returns trigger language plpgsql as $$
declare
  before record;
begin
  if tg_op = 'INSERT' then
    if new.snapshot_id is null then
      return new;
    end if;
  elsif tg_op = 'UPDATE' then
    before := old;
    before.snapshot_id := new.snapshot_id;
    if before is not distinct from new then
      if old.snapshot_id is null and not exists (select 1 from snapshots where id = new.snapshot_id) then
        return new;
      end if;
      if new.snapshot_id is null and exists (select 1 from snapshot_withdrawals where snapshot_id = old.snapshot_id) then
        return new;
      end if;
    end if;
  elsif exists (select 1 from snapshot_drops where snapshot_id = old.snapshot_id) then
    return old;
  end if;
  raise exception '% of % is refused: pushed rows are immutable', tg_op, tg_table_name
    using errcode = 'restrict_violation', hint = 'push again: the later push of a date wins';
end $$;
