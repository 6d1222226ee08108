CREATE TABLE "artifact_objects" (
	"place" text PRIMARY KEY NOT NULL,
	"state" text DEFAULT 'WRITING' NOT NULL,
	"since" timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "artifact_blobs" ADD COLUMN "place" text;
--> statement-breakpoint
ALTER TABLE "artifact_blobs" ADD COLUMN "size" bigint;
--> statement-breakpoint
ALTER TABLE "artifact_blobs" ADD COLUMN "stored_at" timestamp with time zone;
--> statement-breakpoint
-- By itself: what is there already is not written again.
ALTER TABLE "artifact_blobs" ALTER COLUMN "stored_at" SET DEFAULT clock_timestamp();
--> statement-breakpoint
CREATE INDEX "artifact_blobs_to_move" ON "artifact_blobs" USING btree ("stored_at") WHERE place is null and (upload is not null or octet_length(bytes) > 65536);
--> statement-breakpoint
CREATE INDEX "artifact_blobs_place" ON "artifact_blobs" USING btree ("place") WHERE place is not null;
--> statement-breakpoint
alter table artifact_blobs drop constraint artifact_blobs_bytes_or_pieces;
--> statement-breakpoint
ALTER TABLE "artifact_blobs" ADD CONSTRAINT "artifact_blobs_somewhere" CHECK (num_nonnulls(bytes, upload, place) = 1);
--> statement-breakpoint
ALTER TABLE "artifact_blobs" ADD CONSTRAINT "artifact_blobs_size" CHECK (num_nulls(place, size) <> 1);
--> statement-breakpoint
-- An object goes after the commit that deletes its content, by whoever removes what is left: none is forgotten by a process that dies.
create or replace function asof_leave_object() returns trigger language plpgsql as $$
begin
  insert into artifact_objects (place, state) values (old.place, 'LEFT')
  on conflict (place) do update set state = 'LEFT';
  return null;
end $$;
--> statement-breakpoint
create trigger leave_object after delete on artifact_blobs for each row when (old.place is not null)
  execute function asof_leave_object();
--> statement-breakpoint
-- What a hash stands for never changes. Where its bytes are does once: they leave the database.
create or replace trigger refuse_change before update on artifact_blobs for each row
  when (not (new.sha256 = old.sha256 and old.place is null and new.place is not null))
  execute function asof_refuse_change();
