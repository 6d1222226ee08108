-- A sample of what was answered, kept for a while: whole UTC days are dropped, so it never grows without bound.
create table prediction_log (
  at timestamptz not null,
  model text not null,
  version integer not null,
  user_id text not null,
  features_sha256 text not null,
  features jsonb not null,
  probability double precision not null,
  prediction smallint not null,
  shadow_version integer,
  shadow_probability double precision,
  shadow_prediction smallint
) partition by range (at);
--> statement-breakpoint
create index prediction_log_version on prediction_log (model, version, at);
--> statement-breakpoint
create index prediction_log_shadow on prediction_log (model, shadow_version, at) where shadow_version is not null;
--> statement-breakpoint
-- Made aside and attached: whoever reads the log goes on.
create function asof_prediction_log_day(day date) returns void language plpgsql as $$
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
create function asof_prediction_log_drop_before(oldest date) returns integer language plpgsql as $$
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
create function asof_announce_alias() returns trigger language plpgsql as $$
begin
  perform pg_notify('asof_model_aliases', coalesce(new.model, old.model));
  return null;
end $$;
--> statement-breakpoint
create trigger announce after insert or update or delete on model_aliases
  for each row execute function asof_announce_alias();
