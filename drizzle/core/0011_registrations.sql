ALTER TABLE "model_versions" DROP CONSTRAINT "model_versions_run_id_unique";
--> statement-breakpoint
ALTER TABLE "model_versions" ALTER COLUMN "sha256" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "model_versions" ALTER COLUMN "bytes" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "model_versions" ALTER COLUMN "run_id" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "model_versions" ALTER COLUMN "snapshot_id" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "model_versions" ALTER COLUMN "label_snapshot_id" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "model_versions" ALTER COLUMN "signature" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "model_versions" ALTER COLUMN "threshold" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "model_versions" ADD COLUMN "registered_by" uuid;
--> statement-breakpoint
ALTER TABLE "model_versions" ADD COLUMN "source" text;
--> statement-breakpoint
ALTER TABLE "model_versions" ADD COLUMN "trained_on" uuid;
--> statement-breakpoint
ALTER TABLE "model_versions" ADD COLUMN "trained_snapshots" integer[];
--> statement-breakpoint
ALTER TABLE "model_versions" ADD CONSTRAINT "model_versions_registered_by_runs_id_fk" FOREIGN KEY ("registered_by") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "model_versions" ADD CONSTRAINT "model_versions_trained_on_runs_id_fk" FOREIGN KEY ("trained_on") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "model_versions_run" ON "model_versions" USING btree ("run_id");
--> statement-breakpoint
CREATE INDEX "model_versions_registered_by" ON "model_versions" USING btree ("registered_by");
--> statement-breakpoint
ALTER TABLE "model_versions" ADD CONSTRAINT "model_versions_judged" CHECK (case when signature is null then threshold is null
        else num_nulls(sha256, bytes, snapshot_id, label_snapshot_id, threshold, coalesce(registered_by, run_id)) = 0 end);
--> statement-breakpoint
ALTER TABLE "model_versions" ADD CONSTRAINT "model_versions_stage" CHECK (stage = 'NONE' or signature is not null or registered_by is null);
--> statement-breakpoint
-- A version is written once: its file when it is asked for, what was measured of it when it was judged.
create or replace function asof_refuse_version_change() returns trigger language plpgsql as $$
declare
  free text[] := '{stage,description,tags}';
begin
  if old.signature is null and old.registered_by is not null then
    free := free || '{signature,threshold,snapshot_id,label_snapshot_id}'::text[];
  end if;
  if to_jsonb(new) - free <> to_jsonb(old) - free then
    raise exception 'UPDATE of version % of % is refused: its content is immutable', old.version, old.model
      using errcode = 'restrict_violation', hint = 'train again: it becomes the next version';
  end if;
  return new;
end $$;
