CREATE TABLE "lake_files" (
	"lake" text NOT NULL,
	"path" text NOT NULL,
	"owner_id" integer,
	"part" text,
	"run_id" uuid,
	"rows" integer NOT NULL,
	"bytes" bigint NOT NULL,
	"sha256" text NOT NULL,
	"erased_rows" integer DEFAULT 0 NOT NULL,
	"written_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "lake_files_lake_path_pk" PRIMARY KEY("lake","path")
);
--> statement-breakpoint
ALTER TABLE "lake_files" ADD CONSTRAINT "lake_files_owner_id_snapshots_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."snapshots"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "lake_files" ADD CONSTRAINT "lake_files_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "lake_files_owner" ON "lake_files" USING btree ("owner_id","part");
--> statement-breakpoint
CREATE INDEX "lake_files_run" ON "lake_files" USING btree ("run_id");
