import { eq } from "drizzle-orm";
import { type Client, type Pool, withTransaction } from "../db/pool.js";
import { artifacts, runEvents, runMetrics, runs } from "../db/tables/runs.js";
import { ask } from "../db/typed.js";
import { RunNotFoundError } from "../errors/errors.js";
import { RunInUseError } from "../errors/tracking-errors.js";
import { freeBlobs } from "./files/blob-uses.js";
import type { RunStatus } from "./run.js";
import { isOfRun } from "./version-of-run.js";

/** What went with a run. */
export interface DeletedRun {
  id: string;
  events: number;
  metrics: number;
  artifacts: number;
  /** Of artifacts no other run and no model version has. */
  bytesFreed: number;
}

const FOREIGN_KEY_VIOLATION = "23503";

/**
 * Deletes an ended run for good, in one transaction: its events, metrics, steps and artifacts, and the bytes nothing else
 * refers to.
 * @param forget deletes the records of its attempts in other systems; before the commit, because nothing would delete
 *   them afterwards
 * @throws {RunNotFoundError}
 * @throws {RunInUseError} it has not ended, or something was made from it: nothing has changed
 */
export function deleteRun(
  pool: Pool,
  runId: string,
  forget: (attempts: number) => Promise<unknown>,
): Promise<DeletedRun> {
  return withTransaction(pool, async (tx) => {
    const { blobs, attempts, ...counts } = await deleteRows(tx, runId);
    await forget(attempts);
    return { id: runId, ...counts, bytesFreed: await freeBlobs(tx, blobs) };
  }).catch((error) => {
    if ((error as { code?: string }).code !== FOREIGN_KEY_VIOLATION) throw error;
    throw new RunInUseError(runId, "something was made from it meanwhile; look at it again");
  });
}

/** One statement, over every table that refers to runs: nothing comes to use the run after it was looked at. */
const LOCK_WITH_USES = `
  select status, attempt, array(
    select 'version ' || version || ' of ' || model || ' is its' from model_versions where ${isOfRun("$1::uuid")} or trained_on = $1
    union all select 'snapshot ' || as_of || ', revision ' || revision || ', is its' from snapshots where run_id = $1
    union all (select 'run ' || id || ' was started by it' from runs where parent_run_id = $1 limit 1)
    union all select 'the online values of view ' || view || ' are its' from online_views where run_id = $1
  ) as uses from runs where id = $1 for update`;

type DeletedRows = Omit<DeletedRun, "id" | "bytesFreed"> & { attempts: number; blobs: string[] };

async function deleteRows(tx: Client, runId: string): Promise<DeletedRows> {
  const { rows } = await tx.query<{ status: RunStatus; attempt: number; uses: string[] }>(LOCK_WITH_USES, [
    runId,
  ]);
  const run = rows[0];
  if (!run) throw new RunNotFoundError(runId);
  if (run.status === "QUEUED" || run.status === "RUNNING") {
    throw new RunInUseError(runId, `it is ${run.status}; cancel or finish it first`);
  }
  if (run.uses.length > 0)
    throw new RunInUseError(runId, `${run.uses.join(", ")}; what was made from is kept`);
  const events = await ask(tx, (query) => query.delete(runEvents).where(eq(runEvents.run_id, runId)));
  const metrics = await ask(tx, (query) => query.delete(runMetrics).where(eq(runMetrics.run_id, runId)));
  const files = await ask(tx, (query) =>
    query.delete(artifacts).where(eq(artifacts.run_id, runId)).returning({ sha256: artifacts.sha256 }),
  );
  await ask(tx, (query) => query.delete(runs).where(eq(runs.id, runId)));
  return {
    attempts: run.attempt,
    events: events.rowCount ?? 0,
    metrics: metrics.rowCount ?? 0,
    artifacts: files.length,
    blobs: [...new Set(files.map(({ sha256 }) => sha256))],
  };
}
