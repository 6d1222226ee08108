ALTER TABLE "canaries" ADD COLUMN "end_no" bigint;
--> statement-breakpoint
ALTER TABLE "alert_rules" ADD COLUMN "after_canary" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
CREATE UNIQUE INDEX "canaries_end" ON "canaries" USING btree ("end_no");

--> statement-breakpoint
-- Under the lock of moves, to the end of the transaction: numbers grow in the order in which ends become visible, so that who
-- reads on from the last one misses none. What comes to Production has the lock already.
create function asof_count_canary_end() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('asof_stage_transitions', 0));
  new.end_no := (select coalesce(max(end_no), 0) + 1 from canaries);
  return new;
end $$;
--> statement-breakpoint
create trigger count_end before update on canaries for each row
  when (old.ended_at is null and new.ended_at is not null) execute function asof_count_canary_end();
