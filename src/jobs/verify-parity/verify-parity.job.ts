import { type Pool, withTransaction } from "../../db/pool.js";
import type { Deployment } from "../../definitions/language/deployment.js";
import { entityNames } from "../../definitions/language/entity-names.js";
import type { OnlineStore } from "../../features/online/online-store.js";
import { LISTED, verifyParity } from "../../features/parity.js";
import { ArtifactStore } from "../../registry/artifact-store.js";
import { mayStillWrite } from "../../registry/run-tracker.js";
import { type Job, type JobContext, RunSupersededError, type StepContext } from "../job.js";

const SAMPLE = 20;

/** Compares what is served online with what the snapshots say, for all users. Differences are a result, not a failure. */
export class VerifyParityJob implements Job {
  readonly kind = "VERIFY_PARITY";
  /** With what writes the online tables: a comparison in the middle of that would report what is only on its way. */
  readonly queue = "asof_data";

  constructor(
    private readonly pool: Pool,
    private readonly definitions: Deployment,
    private readonly online: OnlineStore,
  ) {}

  execute(context: JobContext): Promise<Record<string, unknown>> {
    return context.step("compare", (step) => this.#compare(context, step));
  }

  async #compare({ runId, attempt }: JobContext, step: StepContext): Promise<Record<string, unknown>> {
    const { views, entity } = this.definitions;
    const { field, many, manyWords } = entityNames(entity);
    let done = 0;
    const {
      listed: found,
      users,
      ...rest
    } = await withTransaction(this.pool, async (tx) => {
      await tx.query("set transaction isolation level repeatable read, read only");
      return verifyParity(tx, this.definitions, this.online.copy, (view) => {
        step.signal.throwIfAborted();
        step.progress(++done / views.length, view);
      });
    });
    const report = { ...rest, [many]: users };
    const listed = found.map(({ store, view, userId, ...of }) => ({ store, view, [field]: userId, ...of }));
    const artifact = { ...report, listed, truncated: rest.differences > LISTED };
    await withTransaction(this.pool, async (tx) => {
      if (!(await mayStillWrite(tx, runId, attempt))) throw new RunSupersededError(runId);
      const bytes = Buffer.from(`${JSON.stringify(artifact, null, 1)}\n`);
      await new ArtifactStore(tx).save(runId, { name: "parity.json", mediaType: "application/json", bytes });
    });
    await step.log(`${rest.differences} differences over ${users} ${manyWords}`);
    return { ...report, sample: listed.slice(0, SAMPLE) };
  }
}
