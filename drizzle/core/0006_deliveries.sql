CREATE TABLE "deliveries" (
	"name" text PRIMARY KEY NOT NULL,
	"scheme" text NOT NULL,
	"files" jsonb NOT NULL,
	"bytes" bigint NOT NULL,
	"modified_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "delivery_scan" (
	"only_row" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"began_at" timestamp with time zone NOT NULL,
	"scanned_at" timestamp with time zone,
	"problem" text,
	CONSTRAINT "delivery_scan_only_row" CHECK ("delivery_scan"."only_row")
);
