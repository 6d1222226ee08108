create trigger announce after insert on stage_transitions
  for each row execute function asof_announce_transition();
--> statement-breakpoint
create trigger refuse_change before update or delete on stage_transitions
  for each row execute function asof_refuse_change();
--> statement-breakpoint
create trigger refuse_truncate before truncate on stage_transitions
  for each statement execute function asof_refuse_change();
--> statement-breakpoint
create trigger refuse_change before update or delete on snapshots
  for each row execute function asof_refuse_change();
--> statement-breakpoint
create trigger refuse_truncate before truncate on snapshots
  for each statement execute function asof_refuse_change();
--> statement-breakpoint
create trigger refuse_change before update on artifact_blobs
  for each row execute function asof_refuse_change();
--> statement-breakpoint
create trigger announce_cancelled after update of status on runs
  for each row when (new.status = 'CANCELLED' and old.status <> 'CANCELLED')
  execute function asof_announce_run_cancelled();
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "snapshot_drops" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "snapshot_drops" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
-- Either the bytes themselves or the pieces of an upload.
ALTER TABLE "artifact_blobs" ADD CONSTRAINT "artifact_blobs_bytes_or_pieces" CHECK (("bytes" is null) <> ("upload" is null));
--> statement-breakpoint
-- Parquet is compressed already, and a CSV's pieces are read as often as they are written.
ALTER TABLE "artifact_pieces" ALTER COLUMN "bytes" SET STORAGE EXTERNAL;
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE ON "artifact_pieces" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
create trigger keep_latest_inserted after insert on run_metrics
  referencing new table as written for each statement execute function asof_keep_latest_metrics();
--> statement-breakpoint
create trigger keep_latest_updated after update on run_metrics
  referencing new table as written for each statement execute function asof_keep_latest_metrics();
--> statement-breakpoint
create trigger refuse_change before update on model_versions
  for each row execute function asof_refuse_version_change();
--> statement-breakpoint
create trigger refuse_delete before delete on model_versions
  for each row execute function asof_refuse_served_deletion();
--> statement-breakpoint
create trigger refuse_truncate before truncate on model_versions
  for each statement execute function asof_refuse_change();
--> statement-breakpoint
create trigger announce after insert or update or delete on model_aliases
  for each row execute function asof_announce_alias();
--> statement-breakpoint
create trigger announce after insert or update or delete on api_tokens
  for each statement execute function asof_announce_api_token();
--> statement-breakpoint
ALTER TABLE "api_tokens" ADD CONSTRAINT "api_tokens_role_check" CHECK (role in ('viewer', 'operator', 'admin'));
--> statement-breakpoint
CREATE INDEX "prediction_log_shadow" ON "prediction_log" USING btree ("model","shadow_version","at") WHERE shadow_version is not null;
--> statement-breakpoint
-- What a snapshot says of itself is written once. Only where a column is kept may move: a rename, a change of type.
create or replace function asof_guard_part() returns trigger language plpgsql as $$
declare
  before record;
begin
  if tg_op = 'UPDATE' and current_setting('asof.moves_columns', true) = 'on' then
    before := old;
    before.columns := new.columns;
    if before is not distinct from new then
      return new;
    end if;
  end if;
  raise exception '% of % is refused: its rows are immutable', tg_op, tg_table_name
    using errcode = 'restrict_violation', hint = 'ingest corrected content: it becomes the next revision';
end $$;
--> statement-breakpoint
CREATE TRIGGER guard_part BEFORE UPDATE OR DELETE ON "snapshot_parts" FOR EACH ROW EXECUTE FUNCTION asof_guard_part();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "snapshot_parts" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "snapshot_withdrawals" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "snapshot_withdrawals" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
