CREATE TABLE "artifact_uploads" (
	"id" uuid PRIMARY KEY NOT NULL,
	"touched_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
