import { type Pool, withTransaction } from "../../db/pool.js";
import type { Deployment } from "../../definitions/language/deployment.js";
import { mayStillWrite, RunTracker } from "../../registry/run-tracker.js";
import { type Job, type JobContext, RunSupersededError } from "../job.js";
import type { TrainParams } from "../training/train-params.js";
import { Trainer } from "../training/trainer.js";

/** Trains one version from pinned snapshots: read, fitted in a worker thread, evaluated, registered. */
export class TrainJob implements Job {
  readonly kind = "TRAIN";
  readonly queue = "asof_training";
  readonly #trainer: Trainer;

  constructor(
    private readonly pool: Pool,
    definitions: Deployment,
  ) {
    this.#trainer = new Trainer(pool, definitions);
  }

  async execute(context: JobContext): Promise<Record<string, unknown>> {
    const { runId, attempt } = context;
    const params = context.params as unknown as TrainParams;
    // The model and everything said about it are kept as artifacts before the step ends.
    const fitted = await context.step("fit", async (step) => {
      await new RunTracker(this.pool).saveSnapshot(runId, params.snapshot.id);
      const table = await this.#trainer.read(params, step);
      return this.#trainer.fitAndKeep(runId, params, table, step);
    });
    const version = await context.step("register", () =>
      withTransaction(this.pool, async (tx) => {
        if (!(await mayStillWrite(tx, runId, attempt))) throw new RunSupersededError(runId);
        const registered = await this.#trainer.register(tx, runId, params, fitted);
        await new RunTracker(tx).saveResult(runId, { version: registered.version });
        return registered;
      }),
    );
    return { version: version.version, sha256: fitted.sha256, threshold: fitted.threshold };
  }
}
