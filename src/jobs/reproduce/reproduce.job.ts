import type { Pool } from "../../db/pool.js";
import { type Deployment, findService } from "../../definitions/language/deployment.js";
import { verifySnapshot } from "../../features/snapshot-verify.js";
import { ModelStore } from "../../registry/model-store.js";
import { RunStore } from "../../registry/run-store.js";
import { RunTracker } from "../../registry/run-tracker.js";
import type { Job, JobContext, StepContext } from "../job.js";
import type { TrainParams } from "../training/train-params.js";
import { Trainer } from "../training/trainer.js";
import { learnedFeatures } from "../training/training-features.js";
import { readTrainingRecord, type TrainingRecord } from "../training/training-record.js";
import { compareTrainings, type Difference, differingLeaves } from "./reproduction.js";

/** The original's parameters, as its row holds them now, and which run it was. */
export interface ReproduceParams extends TrainParams {
  runId: string;
}

/** Trains again from a run's own pinned snapshots, seed and parameters, and says what differs. */
export class ReproduceJob implements Job {
  readonly kind = "REPRODUCE";
  readonly queue = "asof_training";
  readonly #trainer: Trainer;

  constructor(
    private readonly pool: Pool,
    private readonly definitions: Deployment,
  ) {
    this.#trainer = new Trainer(pool, definitions);
  }

  async execute(context: JobContext): Promise<Record<string, unknown>> {
    const { runId: originalId, ...params } = context.params as unknown as ReproduceParams;
    const changed = await context.step("verify", (step) => this.#verify(params, step));
    const fitted = await context.step("fit", async (step) => {
      await new RunTracker(this.pool).saveSnapshot(context.runId, params.snapshot.id);
      // What is declared today is not asked: a feature may have come since, or gone.
      const learned = await learnedFeatures(this.pool, originalId);
      const table = await this.#trainer.read(params, step, learned);
      return this.#trainer.fitAndKeep(context.runId, params, table, step);
    });
    return context.step("compare", async (step) => {
      const metrics = Object.entries(fitted.metrics).map(([name, value]) => ({ name, value }));
      await new RunTracker(this.pool).saveMetrics(context.runId, metrics);
      const reproduced = (await readTrainingRecord(this.pool, context.runId))!;
      const { record, complete } = await this.#original(originalId, params);
      const differences = [...changed, ...compareTrainings(record, reproduced)];
      const environment = differingLeaves("environment", record.environment, reproduced.environment);
      const identical = differences.length === 0;
      const named = differences.map(({ what }) => what).join(", ");
      await step.log(identical ? "identical" : `not identical: ${named}`, { differences, environment });
      return { runId: originalId, identical, differences, environment, complete, sha256: fitted.sha256 };
    });
  }

  /** Whether the snapshots' rows are still what was published. */
  async #verify({ model, ...pinned }: TrainParams, step: StepContext): Promise<Difference[]> {
    const service = findService(this.definitions, model);
    if (!service) return [];
    const asked = [
      { id: pinned.snapshot.id, names: service.views.map(({ source }) => source.name) },
      { id: pinned.labelSnapshot.id, names: [service.label.source.name] },
    ];
    const differences: Difference[] = [];
    for (const { id, names } of asked) {
      for (const { name, recorded, found } of await verifySnapshot(
        this.pool,
        this.definitions.entity.key,
        id,
        names,
      )) {
        if (recorded === found) continue;
        differences.push({ what: `snapshot ${id}, ${name}`, original: recorded, reproduced: found });
      }
    }
    const changed = differences.map(({ what }) => what).join("; ");
    await step.log(
      changed ? `changed since they were published: ${changed}` : "the snapshots are as published",
    );
    return differences;
  }

  /** Of a run that kept no record, what its rows tell: its model, threshold and metrics. */
  async #original(
    runId: string,
    params: TrainParams,
  ): Promise<{ record: TrainingRecord; complete: boolean }> {
    const kept = await readTrainingRecord(this.pool, runId);
    if (kept) return { record: kept, complete: true };
    const [version] = await new ModelStore(this.pool).findVersionsByRun([runId]);
    const runs = new RunStore(this.pool);
    const run = (await runs.find(runId))!;
    // The outcome, not the series by tree or iteration.
    const points = (await runs.metrics([runId]))[0]!.filter(({ step }) => step === 0);
    const record = {
      params,
      dataSha256: null,
      splitSha256: null,
      // A trial that was not the best has no version, its hash is in its result.
      modelSha256: version?.sha256 ?? (run.result?.sha256 as string | undefined) ?? null,
      threshold: version?.threshold ?? null,
      metrics: Object.fromEntries(points.map(({ name, value }) => [name, value])),
      environment: run.environment,
    };
    return { record, complete: false };
  }
}
