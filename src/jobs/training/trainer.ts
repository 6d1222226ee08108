import type { Client, Pool } from "../../db/pool.js";
import { type Deployment, findService, labelTypeOf } from "../../definitions/language/deployment.js";
import { entityNames } from "../../definitions/language/entity-names.js";
import { ModelNotFoundError } from "../../errors/errors.js";
import { requireRows } from "../../features/snapshot-rows.js";
import {
  countLabelledUsers,
  type PinnedSnapshots,
  pinLearnedColumns,
  pinTrainingColumns,
  readTrainingBatches,
  type TrainingColumns,
} from "../../features/training-rows.js";
import type { ModelVersion } from "../../registry/model.js";
import { ModelStore } from "../../registry/model-store.js";
import { RunTracker } from "../../registry/run-tracker.js";
import { trainingDataSha256 } from "../../training/data-hash.js";
import { headline, taskForLabel, taskOf } from "../../training/tasks/registry.js";
import { trainInWorker } from "../../training/train.js";
import { type FeatureValue, TrainingDataBuilder } from "../../training/training-data.js";
import type { TrainOptions, TrainProgress, TrainResult } from "../../training/types.js";
import type { StepContext } from "../run-kind.js";
import { describe, type FittedSummary, type ReadTable } from "./fitted.js";
import type { TrainingRowsParams, TrainParams } from "./train-params.js";
import { saveTrainingArtifacts } from "./training-artifacts.js";
import { type FeaturesOfTraining, featureSpecs } from "./training-features.js";

/** What train, trainAndCompare, reproduce and tune runs have in common: read, fit, keep, register. */
export class Trainer {
  constructor(
    readonly pool: Pool,
    private readonly definitions: Deployment,
  ) {}

  /**
   * @param learned what an earlier training of these rows learned from; the service's features, but for those that are
   *   left out, unless given
   * @throws {SnapshotDroppedError} retention dropped the rows of a pinned snapshot, meanwhile too
   * @throws {UndeclaredFeaturesError} a pinned snapshot was made without one of the features
   */
  async read(
    params: TrainingRowsParams,
    step: StepContext,
    learned: FeaturesOfTraining | null = null,
  ): Promise<ReadTable> {
    const service = findService(this.definitions, params.model);
    if (!service) throw new ModelNotFoundError(params.model);
    const pinned: PinnedSnapshots = { features: params.snapshot.id, label: params.labelSnapshot.id };
    const columns = Array.isArray(learned)
      ? await pinLearnedColumns(this.pool, service, pinned, learned)
      : learned
        ? (learned as TrainingColumns)
        : await pinTrainingColumns(this.pool, service, pinned, params.leftOut);
    const labelled = await countLabelledUsers(this.pool, this.definitions, service, pinned, columns);
    const { manyWords } = entityNames(this.definitions.entity);
    const task = taskForLabel(labelTypeOf(service));
    const builder = new TrainingDataBuilder(featureSpecs(columns.features), labelled, task.labelArray);
    const startedAt = performance.now();
    let rows = 0;
    let reported = 0;
    for await (const batch of readTrainingBatches(this.pool, this.definitions, service, pinned, columns)) {
      for (const row of batch) builder.add(row.key, row.label, row.values as FeatureValue[]);
      rows += batch.length;
      if (rows < reported + 5_000) continue;
      reported = rows;
      step.signal.throwIfAborted();
      const rowsPerSecond = Math.round((rows * 1000) / (performance.now() - startedAt));
      const message = `${rows} of ${labelled} labelled ${manyWords} read, ${rowsPerSecond} rows/s`;
      step.progress(rows / labelled, message, { rowsPerSecond });
    }
    // Retention may have come between the asking and the reading: then fewer rows, or none, were read.
    await requireRows(this.pool, [pinned.features, pinned.label]);
    const left = labelled > rows ? `; ${labelled - rows} labelled ${manyWords} lack a row in some view` : "";
    await step.log(`read ${rows} rows${left}`, { rows, labelled });
    const data = builder.finish();
    const types = Object.fromEntries(columns.features.map(({ name, type }) => [name, type]));
    return { task: task.name, data, sha256: await trainingDataSha256(data), types, columns };
  }

  fit({ task, data }: ReadTable, params: TrainParams, step: StepContext): Promise<TrainResult> {
    const options: TrainOptions = {
      task,
      algorithm: params.algorithm,
      seed: params.seed,
      testFraction: params.testFraction,
      params: params.hyperparameters,
      folds: params.folds ?? 0,
    };
    const onProgress = (progress: TrainProgress) => report(step, progress);
    return trainInWorker(data, options, { onProgress, signal: step.signal });
  }

  /** Keeps the model and everything said about it as artifacts of the run. */
  async keep(
    runId: string,
    params: TrainParams,
    table: ReadTable,
    result: TrainResult,
  ): Promise<FittedSummary> {
    const fitted = describe(table, result);
    await saveTrainingArtifacts(this.pool, runId, params, { data: table.data, result, fitted });
    return fitted;
  }

  async fitAndKeep(
    runId: string,
    params: TrainParams,
    table: ReadTable,
    step: StepContext,
  ): Promise<FittedSummary> {
    return this.keep(runId, params, table, await this.fit(table, params, step));
  }

  /** The run's metrics and its version, once; the same run again gets the version it has. */
  async register(
    tx: Client,
    runId: string,
    params: TrainParams,
    fitted: FittedSummary,
  ): Promise<ModelVersion> {
    const { sha256, bytes, threshold, signature } = fitted;
    const tracker = new RunTracker(tx);
    const metrics = Object.entries(fitted.metrics).map(([name, value]) => ({ name, value }));
    await tracker.saveMetrics(runId, [...metrics, ...fitted.curve]);
    const version = await new ModelStore(tx).register({
      model: params.model,
      algorithm: params.algorithm,
      sha256,
      bytes,
      runId,
      snapshotId: params.snapshot.id,
      labelSnapshotId: params.labelSnapshot.id,
      signature,
      threshold,
    });
    await tracker.event(runId, {
      type: "METRIC",
      step: "register",
      message: `version ${version.version}: ${headline(taskOf(signature), fitted.metrics)}`,
      data: fitted.metrics,
    });
    return version;
  }
}

function report(step: StepContext, { phase, done, total, unit, ratePerSecond, metric }: TrainProgress): void {
  const rate = ratePerSecond === undefined ? "" : `, ${Math.round(ratePerSecond)} ${unit}/s`;
  const value = metric ? `, ${metric.name} ${metric.value.toFixed(4)}` : "";
  const message = `${phase.replaceAll("_", " ")}: ${done} of ${total} ${unit}${rate}${value}`;
  step.progress(done / total, message, { phase, done, total, unit, ratePerSecond, metric });
}
