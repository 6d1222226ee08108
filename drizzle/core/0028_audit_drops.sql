-- The only changes: an erasure that is on record takes what the hash of the details was made of, and what drops the oldest entries,
-- once it has put that down in the chain, says up to which one.
create or replace function asof_refuse_audit_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if old.erased_by is null and new.erased_by is not null and new.salt is null and new.details is null
      and to_jsonb(new) - '{salt,details,erased_by}'::text[] = to_jsonb(old) - '{salt,details,erased_by}'::text[]
    then
      return new;
    end if;
  end if;
  if tg_op = 'DELETE' then
    if old.id <= nullif(current_setting('asof.audit_dropped_to', true), '')::bigint then
      return old;
    end if;
  end if;
  raise exception '% of audit_log is refused: it is only added to', tg_op using errcode = 'restrict_violation',
    hint = 'asof doctor --audit shows whether it was ever changed';
end $$;
