ALTER TABLE "prediction_log" ALTER COLUMN "user_id" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "prediction_log" ADD COLUMN "request" jsonb;
