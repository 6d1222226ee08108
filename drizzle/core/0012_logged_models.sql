CREATE TABLE "logged_model_files" (
	"model_id" uuid NOT NULL,
	"name" text NOT NULL,
	"media_type" text NOT NULL,
	"bytes" bigint NOT NULL,
	"sha256" text NOT NULL,
	CONSTRAINT "logged_model_files_model_id_name_pk" PRIMARY KEY("model_id","name")
);
--> statement-breakpoint
CREATE TABLE "logged_model_metrics" (
	"model_id" uuid NOT NULL,
	"run_id" uuid NOT NULL,
	"name" text NOT NULL,
	"step" bigint NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"value" double precision NOT NULL,
	"dataset_name" text,
	"dataset_digest" text,
	CONSTRAINT "logged_model_metrics_model_id_run_id_name_step_at_value_pk" PRIMARY KEY("model_id","run_id","name","step","at","value")
);
--> statement-breakpoint
CREATE TABLE "logged_models" (
	"id" uuid PRIMARY KEY NOT NULL,
	"experiment_id" bigint NOT NULL,
	"source_run_id" uuid,
	"name" text NOT NULL,
	"model_type" text DEFAULT '' NOT NULL,
	"status" text DEFAULT 'PENDING' NOT NULL,
	"params" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"tags" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"actor" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"deleted_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "model_version_files" (
	"version_id" integer NOT NULL,
	"name" text NOT NULL,
	"media_type" text NOT NULL,
	"bytes" bigint NOT NULL,
	"sha256" text NOT NULL,
	CONSTRAINT "model_version_files_version_id_name_pk" PRIMARY KEY("version_id","name")
);
--> statement-breakpoint
CREATE TABLE "run_models" (
	"run_id" uuid NOT NULL,
	"model_id" uuid NOT NULL,
	"role" text NOT NULL,
	"step" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "run_models_run_id_model_id_role_pk" PRIMARY KEY("run_id","model_id","role")
);
--> statement-breakpoint
ALTER TABLE "models" ADD COLUMN "kind" text DEFAULT 'served' NOT NULL;
--> statement-breakpoint
ALTER TABLE "models" ADD COLUMN "created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL;
--> statement-breakpoint
ALTER TABLE "models" ADD COLUMN "deleted_at" timestamp with time zone;
--> statement-breakpoint
ALTER TABLE "logged_model_files" ADD CONSTRAINT "logged_model_files_model_id_logged_models_id_fk" FOREIGN KEY ("model_id") REFERENCES "public"."logged_models"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "logged_model_files" ADD CONSTRAINT "logged_model_files_sha256_artifact_blobs_sha256_fk" FOREIGN KEY ("sha256") REFERENCES "public"."artifact_blobs"("sha256") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "logged_model_metrics" ADD CONSTRAINT "logged_model_metrics_model_id_logged_models_id_fk" FOREIGN KEY ("model_id") REFERENCES "public"."logged_models"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "logged_model_metrics" ADD CONSTRAINT "logged_model_metrics_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "logged_models" ADD CONSTRAINT "logged_models_experiment_id_experiments_id_fk" FOREIGN KEY ("experiment_id") REFERENCES "public"."experiments"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "logged_models" ADD CONSTRAINT "logged_models_source_run_id_runs_id_fk" FOREIGN KEY ("source_run_id") REFERENCES "public"."runs"("id") ON DELETE set null ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "model_version_files" ADD CONSTRAINT "model_version_files_version_id_model_versions_id_fk" FOREIGN KEY ("version_id") REFERENCES "public"."model_versions"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "model_version_files" ADD CONSTRAINT "model_version_files_sha256_artifact_blobs_sha256_fk" FOREIGN KEY ("sha256") REFERENCES "public"."artifact_blobs"("sha256") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "run_models" ADD CONSTRAINT "run_models_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "run_models" ADD CONSTRAINT "run_models_model_id_logged_models_id_fk" FOREIGN KEY ("model_id") REFERENCES "public"."logged_models"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "logged_model_files_sha256" ON "logged_model_files" USING btree ("sha256");
--> statement-breakpoint
CREATE INDEX "logged_models_experiment" ON "logged_models" USING btree ("experiment_id","created_at","id");
--> statement-breakpoint
CREATE INDEX "logged_models_run" ON "logged_models" USING btree ("source_run_id");
--> statement-breakpoint
CREATE INDEX "model_version_files_sha256" ON "model_version_files" USING btree ("sha256");
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE ON "model_version_files" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
-- What answered requests stays on record. A version that is only kept answered nobody, whatever its stage.
create or replace function asof_refuse_served_deletion() returns trigger language plpgsql as $$
begin
  if old.signature is null and old.registered_by is null then
    return old;
  end if;
  if old.stage in ('PRODUCTION', 'STAGING') or exists (
    select 1 from stage_transitions t
    where t.model = old.model and t.version = old.version and t.to_stage = 'PRODUCTION'
  ) then
    raise exception 'DELETE of version % of % is refused: it is or was served', old.version, old.model
      using errcode = 'restrict_violation', hint = 'archive it: promote it to ARCHIVED';
  end if;
  return old;
end $$;
