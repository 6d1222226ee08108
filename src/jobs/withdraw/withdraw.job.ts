import { type Pool, withTransaction } from "../../db/pool.js";
import type { Deployment } from "../../definitions/language/deployment.js";
import type { OnlineStore } from "../../features/online/online-store.js";
import { withdrawSnapshot } from "../../features/snapshot-withdrawal.js";
import { RunStore } from "../../registry/run-store.js";
import { mayStillWrite, RunTracker } from "../../registry/run-tracker.js";
import { type Job, type JobContext, RunSupersededError, type StepContext } from "../job.js";

export interface WithdrawParams {
  asOf: string;
  reason: string;
}

/** Withdraws the newest revision of a date: on record, and no longer read by whoever asks from now on. */
export class WithdrawJob implements Job {
  readonly kind = "WITHDRAW";
  /** With what publishes and materializes. */
  readonly queue = "asof_data";

  constructor(
    private readonly pool: Pool,
    private readonly definitions: Deployment,
    private readonly online: OnlineStore,
  ) {}

  async execute(context: JobContext): Promise<Record<string, unknown>> {
    const result = await context.step("withdraw", (step) => this.#withdraw(context, step));
    await context.step("materialize", (step) => this.online.fill(step.signal));
    return result;
  }

  /** The withdrawal and the run's result become true together, once. */
  async #withdraw(
    { runId, attempt, params }: JobContext,
    step: StepContext,
  ): Promise<Record<string, unknown>> {
    const { asOf, reason } = params as unknown as WithdrawParams;
    const result = await withTransaction(this.pool, async (tx) => {
      if (!(await mayStillWrite(tx, runId, attempt))) throw new RunSupersededError(runId);
      const run = (await new RunStore(tx).find(runId))!;
      // Committed, but the process died before the step's checkpoint.
      if (run.result) return run.result;
      const withdrawn = {
        ...(await withdrawSnapshot(tx, this.definitions, { asOf, reason, actor: run.actor, runId })),
      };
      await new RunTracker(tx).saveResult(runId, withdrawn);
      return withdrawn;
    });
    await step.log(`withdrawn: snapshot ${asOf} revision ${result.revision}`, result);
    return result;
  }
}
