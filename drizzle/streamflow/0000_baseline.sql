CREATE TABLE "users" (
	"user_id" text collate "C" PRIMARY KEY NOT NULL,
	"signup_date" date,
	"user_gender" text,
	"user_is_senior" boolean,
	"has_family" boolean,
	"has_dependents" boolean,
	"as_of" date NOT NULL
);
--> statement-breakpoint
CREATE TABLE "subscriptions" (
	"user_id" text collate "C" PRIMARY KEY NOT NULL,
	"months_active" integer,
	"plan_stream_tv" boolean,
	"plan_stream_movies" boolean,
	"contract_type" text,
	"paperless_billing" boolean,
	"monthly_fee" double precision,
	"total_paid" double precision,
	"net_service" text,
	"as_of" date NOT NULL
);
--> statement-breakpoint
CREATE TABLE "usage_agg_30d" (
	"user_id" text collate "C" PRIMARY KEY NOT NULL,
	"watch_hours_30d" double precision,
	"avg_session_mins_7d" double precision,
	"unique_devices_30d" integer,
	"skips_7d" integer,
	"rebuffer_events_7d" integer,
	"as_of" date NOT NULL
);
--> statement-breakpoint
CREATE TABLE "payments_agg_90d" (
	"user_id" text collate "C" PRIMARY KEY NOT NULL,
	"failed_payments_90d" integer,
	"as_of" date NOT NULL
);
--> statement-breakpoint
CREATE TABLE "support_agg_90d" (
	"user_id" text collate "C" PRIMARY KEY NOT NULL,
	"support_tickets_90d" integer,
	"ticket_avg_resolution_hrs_90d" double precision,
	"as_of" date NOT NULL
);
--> statement-breakpoint
CREATE TABLE "labels" (
	"user_id" text collate "C" PRIMARY KEY NOT NULL,
	"churn_label" boolean,
	"as_of" date NOT NULL
);
--> statement-breakpoint
CREATE TABLE "users_snapshots" (
	"snapshot_id" integer NOT NULL,
	"as_of" date NOT NULL,
	"user_id" text collate "C" NOT NULL,
	"signup_date" date,
	"user_gender" text,
	"user_is_senior" boolean,
	"has_family" boolean,
	"has_dependents" boolean,
	CONSTRAINT "users_snapshots_snapshot_id_user_id_as_of_pk" PRIMARY KEY("snapshot_id","user_id","as_of")
) PARTITION BY LIST ("as_of");
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "users_snapshots" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "users_snapshots" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_insert AFTER INSERT ON "users_snapshots" REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_published();
--> statement-breakpoint
CREATE TABLE "subscriptions_snapshots" (
	"snapshot_id" integer NOT NULL,
	"as_of" date NOT NULL,
	"user_id" text collate "C" NOT NULL,
	"months_active" integer,
	"plan_stream_tv" boolean,
	"plan_stream_movies" boolean,
	"contract_type" text,
	"paperless_billing" boolean,
	"monthly_fee" double precision,
	"total_paid" double precision,
	"net_service" text,
	CONSTRAINT "subscriptions_snapshots_snapshot_id_user_id_as_of_pk" PRIMARY KEY("snapshot_id","user_id","as_of")
) PARTITION BY LIST ("as_of");
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "subscriptions_snapshots" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "subscriptions_snapshots" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_insert AFTER INSERT ON "subscriptions_snapshots" REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_published();
--> statement-breakpoint
CREATE TABLE "usage_agg_30d_snapshots" (
	"snapshot_id" integer NOT NULL,
	"as_of" date NOT NULL,
	"user_id" text collate "C" NOT NULL,
	"watch_hours_30d" double precision,
	"avg_session_mins_7d" double precision,
	"unique_devices_30d" integer,
	"skips_7d" integer,
	"rebuffer_events_7d" integer,
	CONSTRAINT "usage_agg_30d_snapshots_snapshot_id_user_id_as_of_pk" PRIMARY KEY("snapshot_id","user_id","as_of")
) PARTITION BY LIST ("as_of");
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "usage_agg_30d_snapshots" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "usage_agg_30d_snapshots" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_insert AFTER INSERT ON "usage_agg_30d_snapshots" REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_published();
--> statement-breakpoint
CREATE TABLE "payments_agg_90d_snapshots" (
	"snapshot_id" integer NOT NULL,
	"as_of" date NOT NULL,
	"user_id" text collate "C" NOT NULL,
	"failed_payments_90d" integer,
	CONSTRAINT "payments_agg_90d_snapshots_snapshot_id_user_id_as_of_pk" PRIMARY KEY("snapshot_id","user_id","as_of")
) PARTITION BY LIST ("as_of");
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "payments_agg_90d_snapshots" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "payments_agg_90d_snapshots" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_insert AFTER INSERT ON "payments_agg_90d_snapshots" REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_published();
--> statement-breakpoint
CREATE TABLE "support_agg_90d_snapshots" (
	"snapshot_id" integer NOT NULL,
	"as_of" date NOT NULL,
	"user_id" text collate "C" NOT NULL,
	"support_tickets_90d" integer,
	"ticket_avg_resolution_hrs_90d" double precision,
	CONSTRAINT "support_agg_90d_snapshots_snapshot_id_user_id_as_of_pk" PRIMARY KEY("snapshot_id","user_id","as_of")
) PARTITION BY LIST ("as_of");
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "support_agg_90d_snapshots" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "support_agg_90d_snapshots" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_insert AFTER INSERT ON "support_agg_90d_snapshots" REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_published();
--> statement-breakpoint
CREATE TABLE "labels_snapshots" (
	"snapshot_id" integer NOT NULL,
	"as_of" date NOT NULL,
	"user_id" text collate "C" NOT NULL,
	"churn_label" boolean,
	CONSTRAINT "labels_snapshots_snapshot_id_user_id_as_of_pk" PRIMARY KEY("snapshot_id","user_id","as_of")
) PARTITION BY LIST ("as_of");
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "labels_snapshots" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "labels_snapshots" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_insert AFTER INSERT ON "labels_snapshots" REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_published();
--> statement-breakpoint
CREATE TABLE "subs_profile_online" (
	"user_id" text collate "C" PRIMARY KEY NOT NULL,
	"as_of" date NOT NULL,
	"months_active" integer,
	"monthly_fee" double precision,
	"paperless_billing" boolean,
	"plan_stream_tv" boolean,
	"plan_stream_movies" boolean,
	"net_service" text
);
--> statement-breakpoint
CREATE TABLE "usage_agg_30d_online" (
	"user_id" text collate "C" PRIMARY KEY NOT NULL,
	"as_of" date NOT NULL,
	"watch_hours_30d" double precision,
	"avg_session_mins_7d" double precision,
	"unique_devices_30d" integer,
	"skips_7d" integer,
	"rebuffer_events_7d" integer
);
--> statement-breakpoint
CREATE TABLE "payments_agg_90d_online" (
	"user_id" text collate "C" PRIMARY KEY NOT NULL,
	"as_of" date NOT NULL,
	"failed_payments_90d" integer
);
--> statement-breakpoint
CREATE TABLE "support_agg_90d_online" (
	"user_id" text collate "C" PRIMARY KEY NOT NULL,
	"as_of" date NOT NULL,
	"support_tickets_90d" integer,
	"ticket_avg_resolution_hrs_90d" double precision
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
