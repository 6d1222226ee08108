ALTER TABLE "prediction_log" ADD COLUMN "class" text;
--> statement-breakpoint
ALTER TABLE "prediction_log" ADD COLUMN "class_probabilities" double precision[];
--> statement-breakpoint
ALTER TABLE "prediction_log" ADD COLUMN "shadow_class" text;
--> statement-breakpoint
ALTER TABLE "prediction_log" ADD COLUMN "shadow_class_probabilities" double precision[];
