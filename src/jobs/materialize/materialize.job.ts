import { type Pool, withTransaction } from "../../db/pool.js";
import type { Deployment } from "../../definitions/language/deployment.js";
import { SnapshotNotFoundError } from "../../errors/errors.js";
import { FeatureStore } from "../../features/feature-store.js";
import { type StaleView, staleViews } from "../../features/freshness-watch.js";
import { type MaterializedRows, materialize } from "../../features/materialize.js";
import type { OnlineStore } from "../../features/online/online-store.js";
import { SnapshotStore } from "../../features/snapshot-store.js";
import type { Snapshot } from "../../features/types.js";
import { appendEventOnce } from "../../registry/event-once.js";
import { mayStillWrite, RunTracker } from "../../registry/run-tracker.js";
import { type Job, type JobContext, RunSupersededError, type StepContext } from "../job.js";
import { Pace } from "../pace.js";

export interface MaterializeParams {
  /** The newest snapshot where null. */
  asOf: string | null;
}

/** Copies one snapshot's newest revision to the online store. */
export class MaterializeJob implements Job {
  readonly kind = "MATERIALIZE";
  readonly queue = "asof_data";

  constructor(
    readonly pool: Pool,
    readonly definitions: Deployment,
    readonly online: OnlineStore,
  ) {}

  async execute(context: JobContext): Promise<Record<string, unknown>> {
    const { asOf } = context.params as unknown as MaterializeParams;
    return context.step("materialize", async (step) => {
      const snapshots = new SnapshotStore(this.pool);
      const snapshot = asOf === null ? await snapshots.newest() : await snapshots.find(asOf);
      if (!snapshot) throw new SnapshotNotFoundError(asOf ?? "any date");
      const online = await materializeSnapshot(this, context, snapshot, step);
      const written = countOf(online, "written");
      return { asOf: snapshot.asOf, revision: snapshot.revision, written, older: countOf(online, "older") };
    });
  }
}

/**
 * The step that ingest and materialize runs share: one transaction for all views, then the online store is filled
 * from what it committed. A crash between the two leaves the fill to whoever repeats the step.
 * @returns per view what became of the snapshot's rows
 */
export async function materializeSnapshot(
  { pool, definitions, online }: { pool: Pool; definitions: Deployment; online: OnlineStore },
  { runId, attempt }: Pick<JobContext, "runId" | "attempt">,
  snapshot: Snapshot,
  step: StepContext,
): Promise<Record<string, MaterializedRows>> {
  const rowsOf = (view: string) => snapshot.views.find(({ name }) => name === view)?.rowCount ?? 0;
  const total = definitions.views.reduce((sum, { name }) => sum + rowsOf(name), 0);
  const pace = new Pace(step, total, "rows");
  const materialized = await withTransaction(pool, async (tx) => {
    if (!(await mayStillWrite(tx, runId, attempt))) throw new RunSupersededError(runId);
    await new RunTracker(tx).saveSnapshot(runId, snapshot.id);
    return materialize(tx, definitions, snapshot.id, runId, (view) => pace.advance(rowsOf(view), view));
  });
  await online.fill(step.signal);
  const written = countOf(materialized, "written");
  await step.log("materialized", { written });
  const older = countOf(materialized, "older");
  if (Object.values(older).some((count) => count > 0)) {
    const message = `of the rows of ${snapshot.asOf} some are not served: newer values are`;
    await step.log(message, { severity: "WARNING", older });
  }
  const known = await new FeatureStore(pool, definitions).freshness();
  for (const stale of staleViews(definitions.views, known, new Date())) await tellStale(pool, stale);
  return materialized;
}

const countOf = (
  materialized: Record<string, MaterializedRows>,
  what: keyof MaterializedRows,
): Record<string, number> =>
  Object.fromEntries(Object.entries(materialized).map(([view, rows]) => [view, rows[what]]));

/** Once on the run that materialized the view, by whichever process sees it first. */
export async function tellStale(pool: Pool, { runId, view, message, fields }: StaleView): Promise<void> {
  if (!runId) return;
  const data = { severity: "WARNING", ...fields };
  await appendEventOnce(pool, runId, `stale view ${view}`, { message, step: "materialize", data });
}
