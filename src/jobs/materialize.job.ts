import { type Pool, withTransaction } from "../db/pool.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { SnapshotNotFoundError } from "../errors/errors.js";
import { materialize } from "../features/materialize.js";
import { SnapshotStore } from "../features/snapshot-store.js";
import { mayStillWrite, RunTracker } from "../registry/run-tracker.js";
import { type Job, type JobContext, RunSupersededError } from "./job.js";

export interface MaterializeParams {
  /** The newest snapshot where null. */
  asOf: string | null;
}

/** Copies one snapshot's newest revision to the online store. */
export class MaterializeJob implements Job {
  readonly kind = "MATERIALIZE";
  readonly queue = "asof_data";

  constructor(
    private readonly pool: Pool,
    private readonly definitions: Deployment,
  ) {}

  async execute(context: JobContext): Promise<Record<string, unknown>> {
    const { asOf } = context.params as unknown as MaterializeParams;
    return context.step("materialize", async () => {
      const snapshots = new SnapshotStore(this.pool);
      const snapshot = asOf === null ? await snapshots.newest() : await snapshots.find(asOf);
      if (!snapshot) throw new SnapshotNotFoundError(asOf ?? "any date");
      const written = await withTransaction(this.pool, async (tx) => {
        if (!(await mayStillWrite(tx, context.runId, context.attempt)))
          throw new RunSupersededError(context.runId);
        await new RunTracker(tx).saveSnapshot(context.runId, snapshot.id);
        return materialize(tx, this.definitions, snapshot.id, context.runId);
      });
      return { asOf: snapshot.asOf, revision: snapshot.revision, written };
    });
  }
}
