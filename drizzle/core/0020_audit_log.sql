CREATE TABLE "audit_log" (
	"id" bigint PRIMARY KEY NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"actor" text NOT NULL,
	"role" text,
	"request_id" text,
	"action" text NOT NULL,
	"subject" text,
	"outcome" text NOT NULL,
	"code" text,
	"answers" bigint,
	"salt" "bytea",
	"details" text,
	"details_hash" "bytea" NOT NULL,
	"previous_hash" "bytea" NOT NULL,
	"hash" "bytea" NOT NULL,
	"erased_by" bigint
);
--> statement-breakpoint
ALTER TABLE "audit_log" ADD CONSTRAINT "audit_log_erased_by_erasures_id_fk" FOREIGN KEY ("erased_by") REFERENCES "public"."erasures"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "audit_log_answers" ON "audit_log" USING btree ("answers");
--> statement-breakpoint
CREATE INDEX "audit_log_at" ON "audit_log" USING btree ("at");
--> statement-breakpoint
ALTER TABLE "audit_log" ADD CONSTRAINT "audit_log_outcome" CHECK ("outcome" in ('ASKED', 'DONE', 'REFUSED', 'FAILED'));
--> statement-breakpoint
-- The only change: an erasure that is on record takes what the hash of the details was made of.
create function asof_refuse_audit_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if old.erased_by is null and new.erased_by is not null and new.salt is null and new.details is null
      and to_jsonb(new) - '{salt,details,erased_by}'::text[] = to_jsonb(old) - '{salt,details,erased_by}'::text[]
    then
      return new;
    end if;
  end if;
  raise exception '% of audit_log is refused: it is only added to', tg_op using errcode = 'restrict_violation',
    hint = 'asof doctor --audit shows whether it was ever changed';
end $$;
--> statement-breakpoint
create trigger refuse_change before update or delete on audit_log
  for each row execute function asof_refuse_audit_change();
--> statement-breakpoint
create trigger refuse_truncate before truncate on audit_log
  for each statement execute function asof_refuse_audit_change();
--> statement-breakpoint
-- Adds entries, in their order, to the one chain of all processes: the lock is held to the end of the transaction. The hash
-- is that of docs/audit.md. What was only asked need not be on disk yet: whatever is done after it reaches the disk after it.
create function asof_append_audit(entries jsonb) returns setof bigint language plpgsql as $$
declare
  head record;
  entry record;
  own bytea;
begin
  perform pg_advisory_xact_lock(hashtextextended('asof_audit', 0));
  if not exists (select from jsonb_array_elements(entries) e where e->>'outcome' <> 'ASKED') then
    perform set_config('synchronous_commit', 'off', true);
  end if;
  select id, hash into head from audit_log order by id desc limit 1;
  if not found then
    select 0::bigint as id, decode(repeat('00', 32), 'hex') as hash into head;
  end if;
  for entry in
    select e.*, date_trunc('milliseconds', clock_timestamp()) as at, head.id + place as id
    from rows from (jsonb_to_recordset(entries) as (
      actor text, role text, request_id text, action text, subject text, outcome text, code text, answers bigint,
      salt text, details text, details_hash text
    )) with ordinality as e(actor, role, request_id, action, subject, outcome, code, answers, salt, details, details_hash, place)
    order by place
  loop
    own := sha256(convert_to(array_to_json(array[
      encode(head.hash, 'hex'), entry.id::text, to_char(entry.at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      entry.actor, entry.role, entry.request_id, entry.action, entry.subject, entry.outcome, entry.code,
      entry.answers::text, entry.details_hash
    ])::text, 'UTF8'));
    insert into audit_log (id, at, actor, role, request_id, action, subject, outcome, code, answers, salt, details,
      details_hash, previous_hash, hash)
    values (entry.id, entry.at, entry.actor, entry.role, entry.request_id, entry.action, entry.subject, entry.outcome,
      entry.code, entry.answers, decode(entry.salt, 'hex'), entry.details, decode(entry.details_hash, 'hex'), head.hash, own);
    head.hash := own;
    return next entry.id;
  end loop;
end $$;
