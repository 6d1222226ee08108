CREATE TABLE "artifact_blobs" (
	"sha256" text PRIMARY KEY NOT NULL,
	"bytes" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "artifacts" (
	"run_id" uuid NOT NULL,
	"name" text NOT NULL,
	"media_type" text NOT NULL,
	"bytes" integer NOT NULL,
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
	"snapshot_id" integer
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
	CONSTRAINT "snapshots_as_of_revision" UNIQUE("as_of","revision")
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
	CONSTRAINT "model_versions_run_id_unique" UNIQUE("run_id"),
	CONSTRAINT "model_versions_number" UNIQUE("model","version")
);
--> statement-breakpoint
CREATE TABLE "models" (
	"name" text PRIMARY KEY NOT NULL,
	"description" text
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
CREATE TABLE "subs_profile_snapshots" (
	"snapshot_id" integer NOT NULL,
	"as_of" date NOT NULL,
	"user_id" text collate "C" NOT NULL,
	"months_active" integer,
	"monthly_fee" double precision,
	"paperless_billing" boolean,
	"plan_stream_tv" boolean,
	"plan_stream_movies" boolean,
	"net_service" text,
	CONSTRAINT "subs_profile_snapshots_snapshot_id_user_id_as_of_pk" PRIMARY KEY("snapshot_id","user_id","as_of")
) PARTITION BY LIST ("as_of");
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "subs_profile_snapshots" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "subs_profile_snapshots" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
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
ALTER TABLE "artifacts" ADD CONSTRAINT "artifacts_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "artifacts" ADD CONSTRAINT "artifacts_sha256_artifact_blobs_sha256_fk" FOREIGN KEY ("sha256") REFERENCES "public"."artifact_blobs"("sha256") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "run_events" ADD CONSTRAINT "run_events_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "run_metrics" ADD CONSTRAINT "run_metrics_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "run_steps" ADD CONSTRAINT "run_steps_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "online_views" ADD CONSTRAINT "online_views_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "snapshots" ADD CONSTRAINT "snapshots_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;
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
CREATE INDEX "artifacts_sha256" ON "artifacts" USING btree ("sha256");
--> statement-breakpoint
CREATE INDEX "run_events_run" ON "run_events" USING btree ("run_id","id");
--> statement-breakpoint
CREATE INDEX "run_metrics_value" ON "run_metrics" USING btree ("name","value");
--> statement-breakpoint
CREATE INDEX "runs_created" ON "runs" USING btree ("created_at","id");
--> statement-breakpoint
CREATE INDEX "runs_kind_status" ON "runs" USING btree ("kind","status");
--> statement-breakpoint
CREATE UNIQUE INDEX "model_versions_production" ON "model_versions" USING btree ("model") WHERE stage = 'PRODUCTION';
--> statement-breakpoint
CREATE UNIQUE INDEX "model_versions_staging" ON "model_versions" USING btree ("model") WHERE stage = 'STAGING';
--> statement-breakpoint
CREATE INDEX "stage_transitions_model" ON "stage_transitions" USING btree ("model","id");
