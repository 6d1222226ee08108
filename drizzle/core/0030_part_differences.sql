CREATE TABLE "part_differences" (
	"before_owner_id" integer NOT NULL,
	"after_owner_id" integer NOT NULL,
	"part" text NOT NULL,
	"columns_sha256" text NOT NULL,
	"difference" jsonb NOT NULL,
	"computed_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "part_differences_sides" PRIMARY KEY("before_owner_id","after_owner_id","part","columns_sha256")
);
--> statement-breakpoint
ALTER TABLE "part_differences" ADD CONSTRAINT "part_differences_before_owner_id_snapshots_id_fk" FOREIGN KEY ("before_owner_id") REFERENCES "public"."snapshots"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "part_differences" ADD CONSTRAINT "part_differences_after_owner_id_snapshots_id_fk" FOREIGN KEY ("after_owner_id") REFERENCES "public"."snapshots"("id") ON DELETE no action ON UPDATE no action;
