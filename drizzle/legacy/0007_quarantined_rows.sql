CREATE TABLE "quarantined_rows" (
	"run_id" uuid NOT NULL,
	"as_of" date NOT NULL,
	"source" text NOT NULL,
	"line" integer NOT NULL,
	"user_id" text,
	"reasons" jsonb NOT NULL,
	"row" json NOT NULL,
	CONSTRAINT "quarantined_rows_run_id_source_line_pk" PRIMARY KEY("run_id","source","line")
);
--> statement-breakpoint
ALTER TABLE "quarantined_rows" ADD CONSTRAINT "quarantined_rows_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "quarantined_rows_as_of" ON "quarantined_rows" USING btree ("as_of");
