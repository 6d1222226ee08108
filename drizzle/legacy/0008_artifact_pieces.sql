CREATE TABLE "artifact_pieces" (
	"upload" uuid NOT NULL,
	"start" bigint NOT NULL,
	"bytes" "bytea" NOT NULL,
	CONSTRAINT "artifact_pieces_upload_start_pk" PRIMARY KEY("upload","start")
);
--> statement-breakpoint
ALTER TABLE "artifact_blobs" ALTER COLUMN "bytes" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "artifacts" ALTER COLUMN "bytes" SET DATA TYPE bigint;
--> statement-breakpoint
ALTER TABLE "artifact_blobs" ADD COLUMN "upload" uuid;
--> statement-breakpoint
-- Either the bytes themselves or the pieces of an upload.
ALTER TABLE "artifact_blobs" ADD CONSTRAINT "artifact_blobs_bytes_or_pieces" CHECK (("bytes" is null) <> ("upload" is null));
--> statement-breakpoint
-- Parquet is compressed already, and a CSV's pieces are read as often as they are written.
ALTER TABLE "artifact_pieces" ALTER COLUMN "bytes" SET STORAGE EXTERNAL;
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE ON "artifact_pieces" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
