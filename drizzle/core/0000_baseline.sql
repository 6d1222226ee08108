-- min-release: 0.2.0

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
--> statement-breakpoint
CREATE TABLE "artifact_blobs" (
	"sha256" text PRIMARY KEY NOT NULL,
	"bytes" "bytea",
	"upload" uuid
);
--> statement-breakpoint
CREATE TABLE "artifact_pieces" (
	"upload" uuid NOT NULL,
	"start" bigint NOT NULL,
	"bytes" "bytea" NOT NULL,
	CONSTRAINT "artifact_pieces_upload_start_pk" PRIMARY KEY("upload","start")
);
--> statement-breakpoint
CREATE TABLE "artifacts" (
	"run_id" uuid NOT NULL,
	"name" text NOT NULL,
	"media_type" text NOT NULL,
	"bytes" bigint NOT NULL,
	"sha256" text NOT NULL,
	CONSTRAINT "artifacts_run_id_name_pk" PRIMARY KEY("run_id","name")
);
--> statement-breakpoint
CREATE TABLE "run_events" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "run_events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"run_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"type" text NOT NULL,
	"status" text NOT NULL,
	"step" text,
	"message" text NOT NULL,
	"progress" double precision,
	"data" jsonb
);
--> statement-breakpoint
CREATE TABLE "run_latest_metrics" (
	"run_id" uuid NOT NULL,
	"name" text NOT NULL,
	"step" integer NOT NULL,
	"value" double precision NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "run_latest_metrics_run_id_name_pk" PRIMARY KEY("run_id","name")
);
--> statement-breakpoint
CREATE TABLE "run_metrics" (
	"run_id" uuid NOT NULL,
	"name" text NOT NULL,
	"step" integer NOT NULL,
	"value" double precision NOT NULL,
	"at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "run_metrics_run_id_name_step_pk" PRIMARY KEY("run_id","name","step")
);
--> statement-breakpoint
CREATE TABLE "run_steps" (
	"run_id" uuid NOT NULL,
	"name" text NOT NULL,
	"ordinal" integer NOT NULL,
	"status" text NOT NULL,
	"attempt" integer NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	CONSTRAINT "run_steps_run_id_name_pk" PRIMARY KEY("run_id","name")
);
--> statement-breakpoint
CREATE TABLE "runs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"status" text NOT NULL,
	"params" jsonb NOT NULL,
	"actor" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	"attempt" integer DEFAULT 1 NOT NULL,
	"error" jsonb,
	"environment" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"git_commit" text,
	"result" jsonb,
	"validation" jsonb,
	"snapshot_id" integer,
	"name" text,
	"tags" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"note" text,
	"attributes" bigint[] GENERATED ALWAYS AS (asof_run_attributes(kind, status, actor, params, tags)) STORED,
	"parent_run_id" uuid,
	"request_id" text,
	"trace_parent" text
);
--> statement-breakpoint
CREATE TABLE "online_copy_queue" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "online_copy_queue_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"queued_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"user_ids" text[] NOT NULL
);
--> statement-breakpoint
CREATE TABLE "online_views" (
	"view" text PRIMARY KEY NOT NULL,
	"materialized_at" timestamp with time zone NOT NULL,
	"newest_event_time" date,
	"row_count" integer NOT NULL,
	"run_id" uuid NOT NULL
);
--> statement-breakpoint
CREATE TABLE "snapshot_drops" (
	"snapshot_id" integer PRIMARY KEY NOT NULL,
	"dropped_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"actor" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "snapshot_parts" (
	"snapshot_id" integer NOT NULL,
	"name" text NOT NULL,
	"owner_id" integer NOT NULL,
	"event_date" date NOT NULL,
	"columns" jsonb NOT NULL,
	"row_count" integer NOT NULL,
	"content_sha256" text NOT NULL,
	"buckets" "bytea" NOT NULL,
	CONSTRAINT "snapshot_parts_snapshot_id_name_pk" PRIMARY KEY("snapshot_id","name")
);
--> statement-breakpoint
CREATE TABLE "snapshot_withdrawals" (
	"snapshot_id" integer PRIMARY KEY NOT NULL,
	"at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"actor" text NOT NULL,
	"reason" text NOT NULL,
	"run_id" uuid NOT NULL
);
--> statement-breakpoint
CREATE TABLE "snapshots" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "snapshots_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"as_of" date NOT NULL,
	"revision" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"content_sha256" text NOT NULL,
	"definitions_sha256" text NOT NULL,
	"run_id" uuid NOT NULL,
	"views" jsonb NOT NULL,
	"sources" jsonb NOT NULL,
	"hash_version" smallint DEFAULT 2 NOT NULL,
	CONSTRAINT "snapshots_as_of_revision" UNIQUE("as_of","revision")
);
--> statement-breakpoint
CREATE TABLE "model_aliases" (
	"model" text NOT NULL,
	"alias" text NOT NULL,
	"version" integer NOT NULL,
	"set_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"actor" text NOT NULL,
	CONSTRAINT "model_aliases_model_alias_pk" PRIMARY KEY("model","alias")
);
--> statement-breakpoint
CREATE TABLE "model_versions" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "model_versions_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"model" text NOT NULL,
	"version" integer NOT NULL,
	"stage" text DEFAULT 'NONE' NOT NULL,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"algorithm" text NOT NULL,
	"sha256" text NOT NULL,
	"bytes" integer NOT NULL,
	"run_id" uuid NOT NULL,
	"snapshot_id" integer NOT NULL,
	"label_snapshot_id" integer NOT NULL,
	"signature" jsonb NOT NULL,
	"threshold" double precision NOT NULL,
	"description" text,
	"tags" jsonb DEFAULT '{}'::jsonb NOT NULL,
	CONSTRAINT "model_versions_run_id_unique" UNIQUE("run_id"),
	CONSTRAINT "model_versions_number" UNIQUE("model","version")
);
--> statement-breakpoint
CREATE TABLE "models" (
	"name" text PRIMARY KEY NOT NULL,
	"description" text,
	"described_by" text,
	"tags" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"last_version" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "stage_transitions" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "stage_transitions_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"model" text NOT NULL,
	"version" integer NOT NULL,
	"from_stage" text NOT NULL,
	"to_stage" text NOT NULL,
	"actor" text NOT NULL,
	"reason" text,
	"at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"gates" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"forced" boolean DEFAULT false NOT NULL
);
--> statement-breakpoint
CREATE TABLE "quarantined_rows" (
	"run_id" uuid NOT NULL,
	"as_of" date NOT NULL,
	"source" text NOT NULL,
	"line" integer NOT NULL,
	"user_id" text,
	"reasons" jsonb NOT NULL,
	"row" json NOT NULL,
	CONSTRAINT "quarantined_rows_run_id_source_line_pk" PRIMARY KEY("run_id","source","line")
);
--> statement-breakpoint
CREATE TABLE "prediction_log" (
	"at" timestamp with time zone NOT NULL,
	"model" text NOT NULL,
	"version" integer NOT NULL,
	"user_id" text NOT NULL,
	"features_sha256" text NOT NULL,
	"features" jsonb NOT NULL,
	"probability" double precision NOT NULL,
	"prediction" smallint NOT NULL,
	"shadow_version" integer,
	"shadow_probability" double precision,
	"shadow_prediction" smallint
) PARTITION BY RANGE ("at");
--> statement-breakpoint
CREATE TABLE "api_tokens" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"token_sha256" "bytea" NOT NULL,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"expires_at" timestamp with time zone,
	"revoked_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "asof_deployment" (
	"only_row" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"name" text NOT NULL,
	"min_release" text NOT NULL,
	"named_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "asof_deployment_only_row" CHECK ("asof_deployment"."only_row")
);
--> statement-breakpoint
ALTER TABLE "artifacts" ADD CONSTRAINT "artifacts_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "artifacts" ADD CONSTRAINT "artifacts_sha256_artifact_blobs_sha256_fk" FOREIGN KEY ("sha256") REFERENCES "public"."artifact_blobs"("sha256") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "run_events" ADD CONSTRAINT "run_events_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "run_latest_metrics" ADD CONSTRAINT "run_latest_metrics_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "run_metrics" ADD CONSTRAINT "run_metrics_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "run_steps" ADD CONSTRAINT "run_steps_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_parent_run_id_runs_id_fk" FOREIGN KEY ("parent_run_id") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "online_views" ADD CONSTRAINT "online_views_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "snapshot_drops" ADD CONSTRAINT "snapshot_drops_snapshot_id_snapshots_id_fk" FOREIGN KEY ("snapshot_id") REFERENCES "public"."snapshots"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "snapshot_parts" ADD CONSTRAINT "snapshot_parts_snapshot_id_snapshots_id_fk" FOREIGN KEY ("snapshot_id") REFERENCES "public"."snapshots"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "snapshot_withdrawals" ADD CONSTRAINT "snapshot_withdrawals_snapshot_id_snapshots_id_fk" FOREIGN KEY ("snapshot_id") REFERENCES "public"."snapshots"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "snapshot_withdrawals" ADD CONSTRAINT "snapshot_withdrawals_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "snapshots" ADD CONSTRAINT "snapshots_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "model_aliases" ADD CONSTRAINT "model_aliases_version" FOREIGN KEY ("model","version") REFERENCES "public"."model_versions"("model","version") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "model_versions" ADD CONSTRAINT "model_versions_model_models_name_fk" FOREIGN KEY ("model") REFERENCES "public"."models"("name") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "model_versions" ADD CONSTRAINT "model_versions_sha256_artifact_blobs_sha256_fk" FOREIGN KEY ("sha256") REFERENCES "public"."artifact_blobs"("sha256") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "model_versions" ADD CONSTRAINT "model_versions_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "model_versions" ADD CONSTRAINT "model_versions_snapshot_id_snapshots_id_fk" FOREIGN KEY ("snapshot_id") REFERENCES "public"."snapshots"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "model_versions" ADD CONSTRAINT "model_versions_label_snapshot_id_snapshots_id_fk" FOREIGN KEY ("label_snapshot_id") REFERENCES "public"."snapshots"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "stage_transitions" ADD CONSTRAINT "stage_transitions_model_models_name_fk" FOREIGN KEY ("model") REFERENCES "public"."models"("name") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "quarantined_rows" ADD CONSTRAINT "quarantined_rows_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "artifacts_sha256" ON "artifacts" USING btree ("sha256");
--> statement-breakpoint
CREATE INDEX "run_events_run" ON "run_events" USING btree ("run_id","id");
--> statement-breakpoint
CREATE INDEX "run_latest_metrics_value" ON "run_latest_metrics" USING btree ("name","value","run_id");
--> statement-breakpoint
CREATE INDEX "runs_created" ON "runs" USING btree ("created_at","id");
--> statement-breakpoint
CREATE INDEX "runs_kind_status" ON "runs" USING btree ("kind","status");
--> statement-breakpoint
CREATE INDEX "runs_duration" ON "runs" USING btree ((coalesce(extract(epoch from finished_at - started_at)::float8, -1)),"id");
--> statement-breakpoint
CREATE INDEX "runs_attributes" ON "runs" USING gin ("attributes");
--> statement-breakpoint
CREATE INDEX "runs_parent" ON "runs" USING btree ("parent_run_id","created_at","id");
--> statement-breakpoint
CREATE INDEX "snapshot_parts_owner" ON "snapshot_parts" USING btree ("owner_id");
--> statement-breakpoint
CREATE UNIQUE INDEX "model_versions_production" ON "model_versions" USING btree ("model") WHERE stage = 'PRODUCTION';
--> statement-breakpoint
CREATE UNIQUE INDEX "model_versions_staging" ON "model_versions" USING btree ("model") WHERE stage = 'STAGING';
--> statement-breakpoint
CREATE INDEX "stage_transitions_model" ON "stage_transitions" USING btree ("model","id");
--> statement-breakpoint
CREATE INDEX "quarantined_rows_as_of" ON "quarantined_rows" USING btree ("as_of");
--> statement-breakpoint
CREATE INDEX "prediction_log_version" ON "prediction_log" USING btree ("model","version","at");
--> statement-breakpoint
CREATE INDEX "api_tokens_sha256" ON "api_tokens" USING btree ("token_sha256");
--> statement-breakpoint
CREATE UNIQUE INDEX "api_tokens_name_in_use" ON "api_tokens" USING btree ("name") WHERE revoked_at is null;
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
create trigger announce_cancelled after update of status on runs
  for each row when (new.status = 'CANCELLED' and old.status <> 'CANCELLED')
  execute function asof_announce_run_cancelled();
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "snapshot_drops" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "snapshot_drops" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
-- Either the bytes themselves or the pieces of an upload.
ALTER TABLE "artifact_blobs" ADD CONSTRAINT "artifact_blobs_bytes_or_pieces" CHECK (("bytes" is null) <> ("upload" is null));
--> statement-breakpoint
-- Parquet is compressed already, and a CSV's pieces are read as often as they are written.
ALTER TABLE "artifact_pieces" ALTER COLUMN "bytes" SET STORAGE EXTERNAL;
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE ON "artifact_pieces" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
create trigger keep_latest_inserted after insert on run_metrics
  referencing new table as written for each statement execute function asof_keep_latest_metrics();
--> statement-breakpoint
create trigger keep_latest_updated after update on run_metrics
  referencing new table as written for each statement execute function asof_keep_latest_metrics();
--> statement-breakpoint
create trigger refuse_change before update on model_versions
  for each row execute function asof_refuse_version_change();
--> statement-breakpoint
create trigger refuse_delete before delete on model_versions
  for each row execute function asof_refuse_served_deletion();
--> statement-breakpoint
create trigger refuse_truncate before truncate on model_versions
  for each statement execute function asof_refuse_change();
--> statement-breakpoint
create trigger announce after insert or update or delete on model_aliases
  for each row execute function asof_announce_alias();
--> statement-breakpoint
create trigger announce after insert or update or delete on api_tokens
  for each statement execute function asof_announce_api_token();
--> statement-breakpoint
ALTER TABLE "api_tokens" ADD CONSTRAINT "api_tokens_role_check" CHECK (role in ('viewer', 'operator', 'admin'));
--> statement-breakpoint
CREATE INDEX "prediction_log_shadow" ON "prediction_log" USING btree ("model","shadow_version","at") WHERE shadow_version is not null;
--> statement-breakpoint
-- What a snapshot says of itself is written once. Only where a column is kept may move: a rename, a change of type.
create or replace function asof_guard_part() returns trigger language plpgsql as $$
declare
  before record;
begin
  if tg_op = 'UPDATE' and current_setting('asof.moves_columns', true) = 'on' then
    before := old;
    before.columns := new.columns;
    if before is not distinct from new then
      return new;
    end if;
  end if;
  raise exception '% of % is refused: its rows are immutable', tg_op, tg_table_name
    using errcode = 'restrict_violation', hint = 'ingest corrected content: it becomes the next revision';
end $$;
--> statement-breakpoint
CREATE TRIGGER guard_part BEFORE UPDATE OR DELETE ON "snapshot_parts" FOR EACH ROW EXECUTE FUNCTION asof_guard_part();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "snapshot_parts" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "snapshot_withdrawals" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "snapshot_withdrawals" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
