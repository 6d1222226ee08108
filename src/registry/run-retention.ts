import type { Queryable } from "../db/pool.js";
import { BadUserInputError } from "../errors/errors.js";
import { RunInUseError } from "../errors/tracking-errors.js";
import { blobIsUnused } from "./files/blob-uses.js";
import type { DeletedRun } from "./run-deletion.js";
import { isOfRun } from "./version-of-run.js";

export interface RunRetentionRequest {
  keepDays: number;
  /** Only these; null: every kind. */
  kinds: readonly string[] | null;
  dryRun: boolean;
}

/** What of old runs went, or would go, and what stays although it is old. */
export interface RunRetentionReport {
  dryRun: boolean;
  /** Runs that ended before it are looked at. */
  before: Date;
  /** The ids of those that went, or would. */
  runIds: string[];
  artifacts: number;
  /** Of artifacts that nothing else has. */
  bytesFreed: number;
  kept: { reason: string; runs: number }[];
  /** Whether there are older runs than were looked at: ask again. */
  more: boolean;
}

interface OldRun {
  id: string;
  artifacts: number;
  /** Why it stays; null: nothing that this statement sees keeps it. */
  reason: string | null;
  children: string[];
  before: Date;
}

/** Of one call; each goes in a transaction of its own. */
const MOST_RUNS = 1_000;
const LONGEST_DAYS = 36_500;

/** The oldest, of these the newest first: a run goes after those that it started. */
const OLD_RUNS = `
  select * from (
    select r.id, r.created_at, clock_timestamp() - make_interval(days => $1::int) as before,
      (select count(*)::int from artifacts a where a.run_id = r.id) as artifacts,
      array(select c.id from runs c where c.parent_run_id = r.id) as children,
      case
        when r.kind = 'ERASE' then 'it is the record of an erasure'
        when exists (select 1 from model_versions v where ${isOfRun("r.id", "v")} or v.trained_on = r.id) then 'a model version was made from it'
        when exists (select 1 from snapshots s where s.run_id = r.id) then 'a snapshot is its'
        when exists (select 1 from online_views o where o.run_id = r.id) then 'online values are its'
      end as reason
    from runs r
    where r.status not in ('QUEUED', 'RUNNING') and r.finished_at < clock_timestamp() - make_interval(days => $1::int)
      and ($2::text[] is null or r.kind = any($2))
    order by r.finished_at limit $3
  ) old order by created_at desc`;

const BYTES_OF = `
  select coalesce(sum(coalesce(octet_length(b.bytes),
    (select sum(octet_length(p.bytes)) from artifact_pieces p where p.upload = b.upload))), 0)::float8 as bytes
  from artifact_blobs b
  where b.sha256 in (select sha256 from artifacts where run_id = any($1)) and ${blobIsUnused("u.run_id <> all($1)")}`;

/**
 * Deletes the runs that ended so many days ago and that nothing was made from, as `deleteRun` does each. A run that
 * started another stays as long as that one.
 * @param remove deletes one
 * @throws {BadUserInputError} keepDays is no number of days
 */
export async function applyRunRetention(
  db: Queryable,
  { keepDays, kinds, dryRun }: RunRetentionRequest,
  remove: (runId: string) => Promise<DeletedRun>,
): Promise<RunRetentionReport> {
  if (!(keepDays >= 1 && keepDays <= LONGEST_DAYS)) {
    throw new BadUserInputError(`keepDays: 1 to ${LONGEST_DAYS} was expected; got ${keepDays}`, {
      argument: "keepDays",
    });
  }
  const { rows: old } = await db.query<OldRun>(OLD_RUNS, [keepDays, kinds, MOST_RUNS + 1]);
  // The newest of them is one that nobody asked about.
  const looked = old.length > MOST_RUNS ? old.slice(1) : old;
  const goes = new Set<string>();
  const kept = new Map<string, number>();
  let [artifacts, bytesFreed] = [0, 0];
  const keep = (reason: string) => kept.set(reason, (kept.get(reason) ?? 0) + 1);
  for (const run of looked) {
    const reason = run.reason ?? (run.children.every((id) => goes.has(id)) ? null : STARTED_ANOTHER);
    if (reason !== null) {
      keep(reason);
      continue;
    }
    const gone = dryRun ? null : await remove(run.id).catch(inUse);
    if (!dryRun && gone === null) {
      keep("something came to use it meanwhile");
      continue;
    }
    goes.add(run.id);
    artifacts += run.artifacts;
    bytesFreed += gone?.bytesFreed ?? 0;
  }
  const runIds = [...goes];
  if (dryRun && runIds.length > 0) {
    const { rows } = await db.query<{ bytes: number }>(BYTES_OF, [runIds]);
    bytesFreed = rows[0]!.bytes;
  }
  return {
    ...{ dryRun, before: old[0]?.before ?? daysAgo(keepDays), runIds, artifacts, bytesFreed },
    kept: [...kept].map(([reason, runs]) => ({ reason, runs })),
    more: old.length > MOST_RUNS,
  };
}

const STARTED_ANOTHER = "another run was started by it, and stays";
const daysAgo = (days: number): Date => new Date(Date.now() - days * 86_400_000);

function inUse(error: unknown): null {
  if (error instanceof RunInUseError) return null;
  throw error;
}
