ALTER TABLE "model_versions" DROP CONSTRAINT "model_versions_judged";
--> statement-breakpoint
ALTER TABLE "prediction_log" ALTER COLUMN "prediction" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "model_versions" ADD CONSTRAINT "model_versions_judged" CHECK (case when signature is null then threshold is null
        else num_nulls(sha256, bytes, snapshot_id, label_snapshot_id, coalesce(registered_by, run_id)) = 0 end);
