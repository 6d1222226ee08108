CREATE TABLE "run_schedule_firings" (
	"name" text NOT NULL,
	"scheduled_for" timestamp with time zone NOT NULL,
	"settled" boolean DEFAULT false NOT NULL,
	"run_id" uuid,
	"error" jsonb,
	CONSTRAINT "run_schedule_firings_name_scheduled_for_pk" PRIMARY KEY("name","scheduled_for")
);
--> statement-breakpoint
CREATE TABLE "run_schedules" (
	"name" text PRIMARY KEY NOT NULL,
	"cron" text NOT NULL,
	"timezone" text NOT NULL,
	"kind" text NOT NULL,
	"params" jsonb NOT NULL,
	"catch_up" boolean NOT NULL,
	"paused" boolean DEFAULT false NOT NULL,
	"actor" text NOT NULL,
	"last_fired_at" timestamp with time zone,
	"due_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "run_schedule_firings" ADD CONSTRAINT "run_schedule_firings_name_run_schedules_name_fk" FOREIGN KEY ("name") REFERENCES "public"."run_schedules"("name") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "schedule_firings_unsettled" ON "run_schedule_firings" USING btree ("name","scheduled_for") WHERE not settled;
