ALTER TABLE "run_latest_metrics" ALTER COLUMN "step" SET DATA TYPE bigint;
--> statement-breakpoint
ALTER TABLE "run_metrics" ALTER COLUMN "step" SET DATA TYPE bigint;
