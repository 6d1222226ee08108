import type { Queryable } from "../db/pool.js";
import { BadUserInputError, RunNotFoundError } from "../errors/errors.js";
import { RunInUseError } from "../errors/tracking-errors.js";
import { blobIsUnused } from "./files/blob-uses.js";
import type { DeletedRun } from "./run-deletion.js";

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
  children: string[];
}

/** Of one call; each goes in a transaction of its own. */
const MOST_RUNS = 1_000;
const LONGEST_DAYS = 36_500;
const STARTED_ANOTHER = "another run was started by it, and stays";

/** Why an old run stays whatever else goes; null: nothing was made from it. Lists that are read once, not once a run. */
const REASON = `case
  when kind = 'ERASE' then 'it is the record of an erasure'
  when id in (select unnest(array[run_id, registered_by, trained_on]) from model_versions) then 'a model version was made from it'
  when id in (select run_id from snapshots) then 'a snapshot is its'
  when id in (select run_id from online_views) then 'online values are its'
end`;

/** $1 before when it ended, $2 kinds. */
const OLD = `
  old as materialized (
    select id, created_at, finished_at, ${REASON} as reason from runs
    where status not in ('QUEUED', 'RUNNING') and finished_at < $1 and ($2::text[] is null or kind = any($2))
  ), free as (
    select * from old where reason is null and not exists (
      select 1 from runs c where c.parent_run_id = old.id
        and not exists (select 1 from old o where o.id = c.id and o.reason is null))
  )`;

/** The oldest of those that go, of these the newest first: a run goes after those that it started. */
const OLD_RUNS = `
  with ${OLD}, next as (select * from free order by finished_at, id limit $3)
  select id, (select count(*)::int from artifacts a where a.run_id = next.id) as artifacts,
    array(select c.id from runs c where c.parent_run_id = next.id) as children
  from next order by created_at desc`;

const KEPT_RUNS = `
  with ${OLD}
  select coalesce(reason, '${STARTED_ANOTHER}') as reason, count(*)::int as runs
  from old where id not in (select id from free) group by 1 order by 2 desc, 1`;

const BYTES_OF = `
  select coalesce(sum(coalesce(octet_length(b.bytes), b.size,
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
  const before = await daysAgo(db, keepDays);
  const { rows: free } = await db.query<OldRun>(OLD_RUNS, [before, kinds, MOST_RUNS + 1]);
  const { rows: kept } = await db.query<RunRetentionReport["kept"][number]>(KEPT_RUNS, [before, kinds]);
  // The newest of them is one that nobody asked about.
  const more = free.length > MOST_RUNS;
  const report = { dryRun, before, artifacts: 0, bytesFreed: 0, kept, more };
  const goes = new Set<string>();
  for (const run of more ? free.slice(1) : free) {
    // A child that is not among them, or that stayed, keeps its parent.
    if (!run.children.every((id) => goes.has(id))) continue;
    const gone = dryRun ? null : await remove(run.id).catch(cameToUse);
    if (!dryRun && gone === null) continue;
    goes.add(run.id);
    report.artifacts += run.artifacts;
    report.bytesFreed += gone?.bytesFreed ?? 0;
  }
  const runIds = [...goes];
  if (dryRun && runIds.length > 0) {
    const { rows } = await db.query<{ bytes: number }>(BYTES_OF, [runIds]);
    report.bytesFreed = rows[0]!.bytes;
  }
  return { ...report, runIds };
}

/** By the database's clock, which wrote when runs ended. */
async function daysAgo(db: Queryable, days: number): Promise<Date> {
  const { rows } = await db.query<{ before: Date }>(
    "select clock_timestamp() - make_interval(days => $1::int) as before",
    [days],
  );
  return rows[0]!.before;
}

/** Somebody made something from it meanwhile, or deleted it. */
function cameToUse(error: unknown): null {
  if (error instanceof RunInUseError || error instanceof RunNotFoundError) return null;
  throw error;
}
