-- Pushed values, between extracts. A row is never changed and never deleted, but for two things: the publication
-- of a snapshot binds it, once, and retention deletes it after it dropped that snapshot.
create function asof_guard_push() returns trigger language plpgsql as $$
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
CREATE TABLE "online_copy_queue" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "online_copy_queue_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"queued_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"user_ids" text[] NOT NULL
);
--> statement-breakpoint
CREATE TABLE "subs_profile_pushes" (
	"push_id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "subs_profile_pushes_push_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"snapshot_id" integer,
	"as_of" date NOT NULL,
	"user_id" text collate "C" NOT NULL,
	"pushed_features" text[] NOT NULL,
	"pushed_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"pushed_by" text NOT NULL,
	"months_active" integer,
	"monthly_fee" double precision,
	"paperless_billing" boolean,
	"plan_stream_tv" boolean,
	"plan_stream_movies" boolean,
	"net_service" text
);
--> statement-breakpoint
CREATE TRIGGER guard_push BEFORE INSERT OR UPDATE OR DELETE ON "subs_profile_pushes" FOR EACH ROW EXECUTE FUNCTION asof_guard_push();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "subs_profile_pushes" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TABLE "usage_agg_30d_pushes" (
	"push_id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "usage_agg_30d_pushes_push_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"snapshot_id" integer,
	"as_of" date NOT NULL,
	"user_id" text collate "C" NOT NULL,
	"pushed_features" text[] NOT NULL,
	"pushed_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"pushed_by" text NOT NULL,
	"watch_hours_30d" double precision,
	"avg_session_mins_7d" double precision,
	"unique_devices_30d" integer,
	"skips_7d" integer,
	"rebuffer_events_7d" integer
);
--> statement-breakpoint
CREATE TRIGGER guard_push BEFORE INSERT OR UPDATE OR DELETE ON "usage_agg_30d_pushes" FOR EACH ROW EXECUTE FUNCTION asof_guard_push();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "usage_agg_30d_pushes" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TABLE "payments_agg_90d_pushes" (
	"push_id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "payments_agg_90d_pushes_push_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"snapshot_id" integer,
	"as_of" date NOT NULL,
	"user_id" text collate "C" NOT NULL,
	"pushed_features" text[] NOT NULL,
	"pushed_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"pushed_by" text NOT NULL,
	"failed_payments_90d" integer
);
--> statement-breakpoint
CREATE TRIGGER guard_push BEFORE INSERT OR UPDATE OR DELETE ON "payments_agg_90d_pushes" FOR EACH ROW EXECUTE FUNCTION asof_guard_push();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "payments_agg_90d_pushes" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TABLE "support_agg_90d_pushes" (
	"push_id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "support_agg_90d_pushes_push_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"snapshot_id" integer,
	"as_of" date NOT NULL,
	"user_id" text collate "C" NOT NULL,
	"pushed_features" text[] NOT NULL,
	"pushed_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"pushed_by" text NOT NULL,
	"support_tickets_90d" integer,
	"ticket_avg_resolution_hrs_90d" double precision
);
--> statement-breakpoint
CREATE TRIGGER guard_push BEFORE INSERT OR UPDATE OR DELETE ON "support_agg_90d_pushes" FOR EACH ROW EXECUTE FUNCTION asof_guard_push();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "support_agg_90d_pushes" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE INDEX "subs_profile_pushes_user" ON "subs_profile_pushes" USING btree ("user_id","as_of","push_id");
--> statement-breakpoint
CREATE INDEX "subs_profile_pushes_pending" ON "subs_profile_pushes" USING btree ("as_of") WHERE snapshot_id is null;
--> statement-breakpoint
CREATE INDEX "usage_agg_30d_pushes_user" ON "usage_agg_30d_pushes" USING btree ("user_id","as_of","push_id");
--> statement-breakpoint
CREATE INDEX "usage_agg_30d_pushes_pending" ON "usage_agg_30d_pushes" USING btree ("as_of") WHERE snapshot_id is null;
--> statement-breakpoint
CREATE INDEX "payments_agg_90d_pushes_user" ON "payments_agg_90d_pushes" USING btree ("user_id","as_of","push_id");
--> statement-breakpoint
CREATE INDEX "payments_agg_90d_pushes_pending" ON "payments_agg_90d_pushes" USING btree ("as_of") WHERE snapshot_id is null;
--> statement-breakpoint
CREATE INDEX "support_agg_90d_pushes_user" ON "support_agg_90d_pushes" USING btree ("user_id","as_of","push_id");
--> statement-breakpoint
CREATE INDEX "support_agg_90d_pushes_pending" ON "support_agg_90d_pushes" USING btree ("as_of") WHERE snapshot_id is null;
