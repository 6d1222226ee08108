CREATE TABLE "erased_rows" (
	"owner_id" integer NOT NULL,
	"part" text NOT NULL,
	"bucket" smallint NOT NULL,
	"row_sha256" "bytea" NOT NULL,
	"erasure_id" bigint NOT NULL,
	CONSTRAINT "erased_rows_owner_id_part_bucket_row_sha256_pk" PRIMARY KEY("owner_id","part","bucket","row_sha256")
);
--> statement-breakpoint
CREATE TABLE "erasure_artifacts" (
	"erasure_id" bigint NOT NULL,
	"run_id" uuid NOT NULL,
	"name" text NOT NULL,
	"sha256" text NOT NULL,
	CONSTRAINT "erasure_artifacts_erasure_id_run_id_name_pk" PRIMARY KEY("erasure_id","run_id","name")
);
--> statement-breakpoint
CREATE TABLE "erasure_counts" (
	"erasure_id" bigint NOT NULL,
	"place" text NOT NULL,
	"rows" integer NOT NULL,
	CONSTRAINT "erasure_counts_erasure_id_place_pk" PRIMARY KEY("erasure_id","place")
);
--> statement-breakpoint
CREATE TABLE "erasure_keys" (
	"request" uuid NOT NULL,
	"entity" text NOT NULL,
	"key" text NOT NULL,
	"key_hmac" "bytea" NOT NULL,
	"asked_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "erasure_keys_request_entity_key_pk" PRIMARY KEY("request","entity","key")
);
--> statement-breakpoint
CREATE TABLE "erasure_lifts" (
	"erasure_id" bigint PRIMARY KEY NOT NULL,
	"at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"actor" text NOT NULL,
	"reason" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "erasure_secret" (
	"only_row" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"secret" "bytea" NOT NULL,
	CONSTRAINT "erasure_secret_only_row" CHECK ("erasure_secret"."only_row")
);
--> statement-breakpoint
CREATE TABLE "erasures" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "erasures_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"run_id" uuid NOT NULL,
	"entity" text NOT NULL,
	"key_hmac" "bytea" NOT NULL,
	"at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"actor" text NOT NULL,
	"reason" text NOT NULL,
	CONSTRAINT "erasures_of_run" UNIQUE("run_id","entity","key_hmac")
);
--> statement-breakpoint
ALTER TABLE "erased_rows" ADD CONSTRAINT "erased_rows_owner_id_snapshots_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."snapshots"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "erased_rows" ADD CONSTRAINT "erased_rows_erasure_id_erasures_id_fk" FOREIGN KEY ("erasure_id") REFERENCES "public"."erasures"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "erasure_artifacts" ADD CONSTRAINT "erasure_artifacts_erasure_id_erasures_id_fk" FOREIGN KEY ("erasure_id") REFERENCES "public"."erasures"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "erasure_counts" ADD CONSTRAINT "erasure_counts_erasure_id_erasures_id_fk" FOREIGN KEY ("erasure_id") REFERENCES "public"."erasures"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "erasure_lifts" ADD CONSTRAINT "erasure_lifts_erasure_id_erasures_id_fk" FOREIGN KEY ("erasure_id") REFERENCES "public"."erasures"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "erasures" ADD CONSTRAINT "erasures_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "erasures_key" ON "erasures" USING btree ("entity","key_hmac");
--> statement-breakpoint
-- The one path by which rows that are written once may go one by one: an erasure that is on record and under way, which
-- says so and whose key it erases. Of a snapshot only what has left its hash.
create function asof_erases(old_row jsonb, table_name text) returns boolean language plpgsql stable as $$
declare
  run text := nullif(current_setting('asof.erasure_run', true), '');
  erased_key text := nullif(current_setting('asof.erased_key', true), '');
begin
  if run is null or erased_key is null
    or not exists (select 1 from erasures e join runs r on r.id = e.run_id where r.id = run::uuid and r.status = 'RUNNING')
    or not exists (select 1 from jsonb_each_text(old_row) held where held.value = erased_key) then
    return false;
  end if;
  if old_row ? 'snapshot_id' then
    return old_row->>'snapshot_id' is null or exists (
      select 1 from erased_rows e join erasures x on x.id = e.erasure_id
      where x.run_id = run::uuid and e.owner_id = (old_row->>'snapshot_id')::integer and e.part in (
        regexp_replace(table_name, '_snapshots(_[0-9]{8})?$', ''), regexp_replace(table_name, '_pushes$', ':pushes')));
  end if;
  return true;
end $$;
--> statement-breakpoint
-- Rows of snapshots and of histories are written once. Retention drops whole partitions; an erasure deletes its person's.
create or replace function asof_refuse_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and tg_level = 'ROW' and current_setting('asof.erasure_run', true) <> ''
    and tg_table_name not in ('stage_transitions', 'snapshots', 'snapshot_drops', 'snapshot_withdrawals', 'erasures', 'erasure_lifts', 'erased_rows')
    and asof_erases(to_jsonb(old), tg_table_name) then
    return old;
  end if;
  raise exception '% of % is refused: its rows are immutable', tg_op, tg_table_name
    using errcode = 'restrict_violation', hint = 'ingest corrected content: it becomes the next revision';
end $$;
--> statement-breakpoint
-- Of pushed rows, too.
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
  elsif exists (select 1 from snapshot_drops where snapshot_id = old.snapshot_id) or asof_erases(to_jsonb(old), tg_table_name) then
    return old;
  end if;
  raise exception '% of % is refused: pushed rows are immutable', tg_op, tg_table_name
    using errcode = 'restrict_violation', hint = 'push again: the later push of a date wins';
end $$;
--> statement-breakpoint
create trigger refuse_change before update or delete on erasures
  for each row execute function asof_refuse_change();
--> statement-breakpoint
create trigger refuse_truncate before truncate on erasures
  for each statement execute function asof_refuse_change();
--> statement-breakpoint
create trigger refuse_change before update or delete on erasure_lifts
  for each row execute function asof_refuse_change();
--> statement-breakpoint
create trigger refuse_truncate before truncate on erasure_lifts
  for each statement execute function asof_refuse_change();
--> statement-breakpoint
create trigger refuse_change before update or delete on erased_rows
  for each row execute function asof_refuse_change();
--> statement-breakpoint
create trigger refuse_truncate before truncate on erased_rows
  for each statement execute function asof_refuse_change();
--> statement-breakpoint
-- A run that is cancelled or deleted does not need the key any more. One that failed may be tried again.
create function asof_forget_erasure_key() returns trigger language plpgsql as $$
begin
  delete from erasure_keys where request::text = old.params->>'request';
  return null;
end $$;
--> statement-breakpoint
create trigger forget_erasure_key_cancelled after update of status on runs
  for each row when (new.kind = 'ERASE' and new.status = 'CANCELLED') execute function asof_forget_erasure_key();
--> statement-breakpoint
create trigger forget_erasure_key_deleted after delete on runs
  for each row when (old.kind = 'ERASE') execute function asof_forget_erasure_key();
