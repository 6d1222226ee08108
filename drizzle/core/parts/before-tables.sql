create schema if not exists staging;
--> statement-breakpoint
-- Rows of snapshots and of histories are written once. Retention drops whole partitions.
create or replace function asof_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% of % is refused: its rows are immutable', tg_op, tg_table_name
    using errcode = 'restrict_violation', hint = 'ingest corrected content: it becomes the next revision';
end $$;
--> statement-breakpoint
create or replace function asof_ensure_partition(parent text, day date) returns void language plpgsql as $$
begin
  if asof_new_partition(parent, day) then
    perform asof_attach_partition(parent, day);
  end if;
end $$;
--> statement-breakpoint
-- A cursor promises that whoever has read up to it has missed nothing. Identity values are handed out
-- before commit, so two writers could become visible in the other order; the lock, held to the end of
-- the writing transaction, makes the order of ids the order of visibility.
create or replace function asof_append_run_event(
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
create or replace function asof_announce_transition() returns trigger language plpgsql as $$
begin
  perform pg_notify('asof_stage_transitions', new.id::text);
  return null;
end $$;
--> statement-breakpoint
create or replace function asof_announce_run_cancelled() returns trigger language plpgsql as $$
begin
  -- The attempt too: a late notice must not reach the retry.
  perform pg_notify('asof_run_cancelled', new.id || ':' || new.attempt);
  return null;
end $$;
--> statement-breakpoint
-- A snapshot in the catalogue takes no more rows: publishing writes rows first and the catalogue's row last.
-- Once a statement, over what it added: a trigger for each row would cost a call for each.
create or replace function asof_refuse_published() returns trigger language plpgsql as $$
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
-- A new partition is made and filled as a table of its own and attached at the end: attaching lets readers of the
-- parent go on, which `create table … partition of` would keep waiting until the publication commits.

-- True where the partition is new: not attached yet, without its key's index, which attaching builds.
create or replace function asof_new_partition(parent text, day date) returns boolean language plpgsql as $$
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
create or replace function asof_attach_partition(parent text, day date) returns void language plpgsql as $$
begin
  execute format(
    'alter table %I attach partition %I for values in (%L)', parent, parent || '_' || to_char(day, 'YYYYMMDD'), day
  );
end $$;
--> statement-breakpoint
-- A partition that was filled and keyed as a table of the staging schema becomes the date's. False where the date has
-- one already: then nothing is done.
create or replace function asof_attach_prepared(prepared text, parent text, day date) returns boolean language plpgsql as $$
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
--> statement-breakpoint
-- Pushed values, between extracts. A row is never changed and never deleted, but for two things: the publication
-- of a snapshot binds it, once, and retention deletes it after it dropped that snapshot.
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
    if old.snapshot_id is null and before is not distinct from new
      and not exists (select 1 from snapshots where id = new.snapshot_id) then
      return new;
    end if;
  elsif exists (select 1 from snapshot_drops where snapshot_id = old.snapshot_id) then
    return old;
  end if;
  raise exception '% of % is refused: pushed rows are immutable', tg_op, tg_table_name
    using errcode = 'restrict_violation', hint = 'push again: the later push of a date wins';
end $$;
--> statement-breakpoint
-- What runs are filtered by for equality, as hashes: one GIN index intersects any combination, and its statistics say
-- how common each one is. A leaf of the parameters goes by its dotted name; every name, and every tag's, is there
-- without its value too. Lengths keep "a" = "b" and a name that reads like it apart.
create or replace function asof_attribute(kind text, value text) returns bigint language sql immutable strict parallel safe as $$
  select ('x' || encode(substring(sha256(convert_to(kind || ' ' || value, 'UTF8')) for 8), 'hex'))::bit(64)::bigint
$$;
--> statement-breakpoint
create or replace function asof_tag_attribute(name text, value text) returns bigint language sql immutable strict parallel safe as $$
  select asof_attribute('tag ' || length(name) || ' ' || name, value)
$$;
--> statement-breakpoint
create or replace function asof_param_attribute(name text, value jsonb) returns bigint language sql immutable strict parallel safe as $$
  -- 100 and 100.0 are one number.
  select asof_attribute(
    'param ' || length(name) || ' ' || name,
    case jsonb_typeof(value) when 'number' then trim_scale(value::text::numeric)::text else value::text end
  )
$$;
--> statement-breakpoint
create or replace function asof_run_attributes(kind text, status text, actor text, params jsonb, tags jsonb)
returns bigint[] language sql immutable parallel safe as $$
  with recursive leaf(name, value) as (
    select key, value from jsonb_each(case jsonb_typeof(params) when 'object' then params else '{}' end)
    union all
    select leaf.name || '.' || inside.key, inside.value
    from leaf, jsonb_each(case jsonb_typeof(leaf.value) when 'object' then leaf.value else '{}' end) inside
  )
  select array_agg(distinct attribute) from (
    select unnest(array[
      asof_attribute('kind', kind), asof_attribute('status', status), asof_attribute('actor', actor)
    ])
    union all select unnest(array[asof_attribute('has param', name), asof_param_attribute(name, value)]) from leaf
    union all select unnest(array[asof_attribute('has tag', key), asof_tag_attribute(key, value)]) from jsonb_each_text(tags)
  ) everything(attribute)
$$;
--> statement-breakpoint
-- Whoever writes metrics, the last value of each series is at hand; a late point of an earlier step changes nothing.
create or replace function asof_keep_latest_metrics() returns trigger language plpgsql as $$
begin
  -- In key order: two writers of one run wait for each other instead of ending in a deadlock.
  insert into run_latest_metrics (run_id, name, step, value, at)
  select distinct on (run_id, name) run_id, name, step, value, at from written order by run_id, name, step desc
  on conflict (run_id, name) do update set step = excluded.step, value = excluded.value, at = excluded.at
    where excluded.step >= run_latest_metrics.step;
  return null;
end $$;
--> statement-breakpoint
-- What a version is never changes; where it stands and what is said of it may.
create or replace function asof_refuse_version_change() returns trigger language plpgsql as $$
begin
  if to_jsonb(new) - '{stage,description,tags}'::text[] <> to_jsonb(old) - '{stage,description,tags}'::text[] then
    raise exception 'UPDATE of version % of % is refused: its content is immutable', old.version, old.model
      using errcode = 'restrict_violation', hint = 'train again: it becomes the next version';
  end if;
  return new;
end $$;
--> statement-breakpoint
-- What answered requests stays on record. Aliased versions are kept by the foreign key of their aliases.
create or replace function asof_refuse_served_deletion() returns trigger language plpgsql as $$
begin
  if old.stage in ('PRODUCTION', 'STAGING') or exists (
    select 1 from stage_transitions t
    where t.model = old.model and t.version = old.version and t.to_stage = 'PRODUCTION'
  ) then
    raise exception 'DELETE of version % of % is refused: it is or was served', old.version, old.model
      using errcode = 'restrict_violation', hint = 'archive it: promote it to ARCHIVED';
  end if;
  return old;
end $$;
--> statement-breakpoint
-- Made aside and attached: whoever reads the log goes on.
create or replace function asof_prediction_log_day(day date) returns void language plpgsql as $$
declare
  partition text := 'prediction_log_' || to_char(day, 'YYYYMMDD');
begin
  if to_regclass(partition) is not null then
    return;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('asof_prediction_log', 0));
  if to_regclass(partition) is not null then
    return;
  end if;
  execute format('create table %I (like prediction_log including defaults)', partition);
  execute format(
    'alter table prediction_log attach partition %I for values from (%L) to (%L)',
    partition, day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC'
  );
end $$;
--> statement-breakpoint
create or replace function asof_prediction_log_drop_before(oldest date) returns integer language plpgsql as $$
declare
  partition text;
  dropped integer := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('asof_prediction_log', 0));
  for partition in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'prediction_log'::regclass and c.relname < 'prediction_log_' || to_char(oldest, 'YYYYMMDD')
  loop
    execute format('drop table %I', partition);
    dropped := dropped + 1;
  end loop;
  return dropped;
end $$;
--> statement-breakpoint
create or replace function asof_announce_alias() returns trigger language plpgsql as $$
begin
  perform pg_notify('asof_model_aliases', coalesce(new.model, old.model));
  return null;
end $$;
--> statement-breakpoint
-- Heard by every process: what it remembers of tokens is forgotten, and sockets of revoked ones are closed.
create or replace function asof_announce_api_token() returns trigger language plpgsql as $$
begin
  perform pg_notify('asof_api_tokens', '');
  return null;
end $$;
