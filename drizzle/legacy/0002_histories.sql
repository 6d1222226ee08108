-- Histories: append-only, and announced to every process as they grow.

-- A cursor promises that whoever has read up to it has missed nothing. Identity values are handed out
-- before commit, so two writers could become visible in the other order; the lock, held to the end of
-- the writing transaction, makes the order of ids the order of visibility.
create function asof_append_run_event(
  run_id uuid, type text, status text, step text, message text, progress double precision, data jsonb
) returns bigint language plpgsql as $$
declare
  event_id bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended('asof_run_events', 0));
  insert into run_events (run_id, kind, at, type, status, step, message, progress, data)
  select r.id, r.kind, clock_timestamp(), asof_append_run_event.type, coalesce(asof_append_run_event.status, r.status),
    asof_append_run_event.step, asof_append_run_event.message, asof_append_run_event.progress, asof_append_run_event.data
  from runs r where r.id = asof_append_run_event.run_id
  returning id into event_id;
  perform pg_notify('asof_run_events', event_id::text);
  return event_id;
end $$;
--> statement-breakpoint
create function asof_announce_transition() returns trigger language plpgsql as $$
begin
  perform pg_notify('asof_stage_transitions', new.id::text);
  return null;
end $$;
--> statement-breakpoint
create trigger announce after insert on stage_transitions
  for each row execute function asof_announce_transition();
--> statement-breakpoint
create trigger refuse_change before update or delete on stage_transitions
  for each row execute function asof_refuse_change();
--> statement-breakpoint
create trigger refuse_truncate before truncate on stage_transitions
  for each statement execute function asof_refuse_change();
--> statement-breakpoint
create trigger refuse_change before update or delete on snapshots
  for each row execute function asof_refuse_change();
--> statement-breakpoint
create trigger refuse_truncate before truncate on snapshots
  for each statement execute function asof_refuse_change();
--> statement-breakpoint
create trigger refuse_change before update on artifact_blobs
  for each row execute function asof_refuse_change();
--> statement-breakpoint
create function asof_announce_run_cancelled() returns trigger language plpgsql as $$
begin
  -- The attempt too: a late notice must not reach the retry.
  perform pg_notify('asof_run_cancelled', new.id || ':' || new.attempt);
  return null;
end $$;
--> statement-breakpoint
create trigger announce_cancelled after update of status on runs
  for each row when (new.status = 'CANCELLED' and old.status <> 'CANCELLED')
  execute function asof_announce_run_cancelled();
