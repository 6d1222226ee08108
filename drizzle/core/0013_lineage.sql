CREATE TABLE "lineage_cursors" (
	"name" text PRIMARY KEY NOT NULL,
	"event_id" bigint NOT NULL,
	"sender" uuid,
	"held_until" timestamp with time zone,
	"problem" text,
	"failing_since" timestamp with time zone
);
--> statement-breakpoint
CREATE INDEX "run_events_sent" ON "run_events" USING btree ("id") WHERE type = 'STATUS' and status <> 'QUEUED';
