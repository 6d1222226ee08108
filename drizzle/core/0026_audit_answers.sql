-- Adds entries, in their order, to the one chain of all processes: the lock is held to the end of the transaction. The hash
-- is that of docs/audit.md. What was only asked need not be on disk yet: whatever is done after it reaches the disk after it.
-- If the database goes down before, the next entry has the number of one that was lost: what answers that one answers none.
create or replace function asof_append_audit(entries jsonb) returns setof bigint language plpgsql set lock_timeout = '10s' as $$
declare
  head record;
  entry record;
  own bytea;
  answered bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended('asof_audit', 0));
  if not exists (select from jsonb_array_elements(entries) e where e->>'outcome' <> 'ASKED') then
    perform set_config('synchronous_commit', 'off', true);
  end if;
  select id, hash into head from audit_log order by id desc limit 1;
  if not found then
    select 0::bigint as id, decode(repeat('00', 32), 'hex') as hash into head;
  end if;
  for entry in
    select e.*, date_trunc('milliseconds', clock_timestamp()) as at, head.id + place as id
    from rows from (jsonb_to_recordset(entries) as (
      actor text, role text, request_id text, action text, subject text, outcome text, code text, answers bigint,
      salt text, details text, details_hash text
    )) with ordinality as e(actor, role, request_id, action, subject, outcome, code, answers, salt, details, details_hash, place)
    order by place
  loop
    select a.id into answered from audit_log a
    where a.id = entry.answers and a.outcome = 'ASKED' and a.actor = entry.actor and a.action = entry.action
      and a.request_id is not distinct from entry.request_id;
    own := sha256(convert_to(array_to_json(array[
      encode(head.hash, 'hex'), entry.id::text, to_char(entry.at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      entry.actor, entry.role, entry.request_id, entry.action, entry.subject, entry.outcome, entry.code,
      answered::text, entry.details_hash
    ])::text, 'UTF8'));
    insert into audit_log (id, at, actor, role, request_id, action, subject, outcome, code, answers, salt, details,
      details_hash, previous_hash, hash)
    values (entry.id, entry.at, entry.actor, entry.role, entry.request_id, entry.action, entry.subject, entry.outcome,
      entry.code, answered, decode(entry.salt, 'hex'), entry.details, decode(entry.details_hash, 'hex'), head.hash, own);
    head.hash := own;
    return next entry.id;
  end loop;
end $$;
