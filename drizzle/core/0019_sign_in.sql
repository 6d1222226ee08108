ALTER TABLE "api_tokens" ADD COLUMN "person" text;
--> statement-breakpoint
ALTER TABLE "api_tokens" ADD COLUMN "sees_personal" boolean DEFAULT false NOT NULL;
