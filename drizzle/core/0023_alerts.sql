CREATE TABLE "alert_conditions" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "alert_conditions_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"rule" text NOT NULL,
	"event" text NOT NULL,
	"subject" text NOT NULL,
	"since" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"message" jsonb NOT NULL,
	CONSTRAINT "alert_conditions_once" UNIQUE("rule","event","subject")
);
--> statement-breakpoint
CREATE TABLE "alert_cursors" (
	"name" text PRIMARY KEY NOT NULL,
	"position" bigint NOT NULL,
	"looked_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "alert_deliveries" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"rule" text NOT NULL,
	"event" text NOT NULL,
	"key" text NOT NULL,
	"channel" text NOT NULL,
	"message" jsonb NOT NULL,
	"state" text DEFAULT 'PENDING' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"next_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"leased_until" timestamp with time zone,
	"delivered_at" timestamp with time zone,
	"last_error" text,
	CONSTRAINT "alert_deliveries_once" UNIQUE("rule","event","key")
);
--> statement-breakpoint
CREATE TABLE "alert_rules" (
	"name" text PRIMARY KEY NOT NULL,
	"triggers" jsonb NOT NULL,
	"channel" text NOT NULL,
	"options" jsonb NOT NULL,
	"declared" boolean DEFAULT false NOT NULL,
	"actor" text NOT NULL,
	"changed_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"after_event" bigint NOT NULL,
	"after_move" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "alert_conditions" ADD CONSTRAINT "alert_conditions_rule_alert_rules_name_fk" FOREIGN KEY ("rule") REFERENCES "public"."alert_rules"("name") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "alert_deliveries_waiting" ON "alert_deliveries" USING btree ("rule","next_at") WHERE state = 'PENDING';
--> statement-breakpoint
CREATE INDEX "alert_deliveries_newest" ON "alert_deliveries" USING btree ("created_at","id");
