CREATE TABLE "drift_comparisons" (
	"before_owner_id" integer NOT NULL,
	"before_column" text NOT NULL,
	"after_owner_id" integer NOT NULL,
	"after_column" text NOT NULL,
	"part" text NOT NULL,
	"comparison" jsonb NOT NULL,
	"computed_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "drift_comparisons_sides" PRIMARY KEY("before_owner_id","after_owner_id","part","before_column","after_column")
);
--> statement-breakpoint
CREATE TABLE "feature_profiles" (
	"owner_id" integer NOT NULL,
	"part" text NOT NULL,
	"column_name" text NOT NULL,
	"profile" jsonb NOT NULL,
	"computed_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "feature_profiles_owner_id_part_column_name_pk" PRIMARY KEY("owner_id","part","column_name")
);
--> statement-breakpoint
ALTER TABLE "drift_comparisons" ADD CONSTRAINT "drift_comparisons_before_owner_id_snapshots_id_fk" FOREIGN KEY ("before_owner_id") REFERENCES "public"."snapshots"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "drift_comparisons" ADD CONSTRAINT "drift_comparisons_after_owner_id_snapshots_id_fk" FOREIGN KEY ("after_owner_id") REFERENCES "public"."snapshots"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "feature_profiles" ADD CONSTRAINT "feature_profiles_owner_id_snapshots_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."snapshots"("id") ON DELETE no action ON UPDATE no action;
