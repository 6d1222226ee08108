ALTER TABLE "run_steps" ADD COLUMN "deaths" integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "run_steps" ADD COLUMN "handed_over" boolean DEFAULT false NOT NULL;
