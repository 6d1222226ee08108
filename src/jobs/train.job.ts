import { type Pool, withTransaction } from "../db/pool.js";
import { type Deployment, featuresOf, findService } from "../definitions/language/deployment.js";
import { ModelNotFoundError } from "../errors/errors.js";
import { requireRows } from "../features/snapshot-rows.js";
import { countTrainingRows, type PinnedSnapshots, readTrainingRows } from "../features/training-rows.js";
import { ArtifactStore } from "../registry/artifact-store.js";
import type { Algorithm, ModelSignature, ModelVersion } from "../registry/model.js";
import { ModelStore } from "../registry/model-store.js";
import { mayStillWrite, RunTracker } from "../registry/run-tracker.js";
import { trainInWorker } from "../training/train.js";
import { type FeatureValue, TrainingDataBuilder } from "../training/training-data.js";
import type { TrainingData, TrainOptions, TrainProgress, TrainResult } from "../training/types.js";
import { type Job, type JobContext, RunSupersededError, type StepContext } from "./job.js";
import { featureSpecs } from "./training-features.js";

/** A train run's parameters: everything that decides its outcome, pinned when it was asked for. */
export interface TrainParams {
  asOf: string;
  labelAsOf: string;
  model: string;
  algorithm: Algorithm;
  seed: number;
  testFraction: number;
  /** Complete, defaults included. */
  hyperparameters: Record<string, unknown>;
  snapshot: { id: number; revision: number; contentSha256: string };
  labelSnapshot: { id: number; revision: number; contentSha256: string };
}

interface Fitted {
  sha256: string;
  bytes: number;
  threshold: number;
  signature: ModelSignature;
  metrics: Record<string, number>;
  curve: { name: string; step: number; value: number }[];
}

/** Trains one version from pinned snapshots: read, fitted in a worker thread, evaluated, registered. */
export class TrainJob implements Job {
  readonly kind = "TRAIN";
  readonly queue = "asof_training";

  constructor(
    private readonly pool: Pool,
    private readonly definitions: Deployment,
  ) {}

  async execute(context: JobContext): Promise<Record<string, unknown>> {
    const params = context.params as unknown as TrainParams;
    const fitted = await context.step("fit", (step) => this.#fit(context, params, step));
    const version = await context.step("register", () => this.#register(context, params, fitted));
    return { version: version.version, sha256: fitted.sha256, threshold: fitted.threshold };
  }

  /** The model and everything said about it are kept as artifacts before the step ends. */
  async #fit({ runId }: JobContext, params: TrainParams, step: StepContext): Promise<Fitted> {
    await new RunTracker(this.pool).saveSnapshot(runId, params.snapshot.id);
    const data = await this.#read(params, step);
    const options = {
      algorithm: params.algorithm,
      seed: params.seed,
      testFraction: params.testFraction,
      params: params.hyperparameters,
    } as TrainOptions;
    const onProgress = (progress: TrainProgress) => report(step, progress);
    const result = await trainInWorker(data, options, { onProgress, signal: step.signal });
    await saveArtifacts(new ArtifactStore(this.pool), runId, params, data, result);
    const { sha256, onnx, threshold, metrics, curve } = result;
    const signature = { ...result.signature, features: data.features };
    return { sha256, bytes: onnx.byteLength, threshold, signature, metrics, curve };
  }

  async #read(params: TrainParams, step: StepContext): Promise<TrainingData> {
    const service = findService(this.definitions, params.model);
    if (!service) throw new ModelNotFoundError(params.model);
    const pinned: PinnedSnapshots = { features: params.snapshot.id, label: params.labelSnapshot.id };
    const { labelled, usable } = await countTrainingRows(this.pool, this.definitions, service, pinned);
    const builder = new TrainingDataBuilder(featureSpecs(featuresOf(service.views)), usable);
    const startedAt = performance.now();
    let rows = 0;
    for await (const row of readTrainingRows(this.pool, this.definitions, service, pinned)) {
      builder.add(row.key, row.label, row.values as FeatureValue[]);
      if (++rows % 5_000 !== 0) continue;
      step.signal.throwIfAborted();
      const rowsPerSecond = Math.round((rows * 1000) / (performance.now() - startedAt));
      step.progress(rows / usable, `${rows} of ${usable} rows read, ${rowsPerSecond} rows/s`, {
        rowsPerSecond,
      });
    }
    // Retention may have come between the asking and the reading: then fewer rows, or none, were read.
    await requireRows(this.pool, [pinned.features, pinned.label]);
    const left = labelled > usable ? `; ${labelled - usable} labelled users lack a row in some view` : "";
    await step.log(`read ${rows} rows${left}`, { rows, labelled });
    return builder.finish();
  }

  async #register(
    { runId, attempt }: JobContext,
    params: TrainParams,
    fitted: Fitted,
  ): Promise<ModelVersion> {
    const { sha256, bytes, threshold, signature } = fitted;
    return withTransaction(this.pool, async (tx) => {
      if (!(await mayStillWrite(tx, runId, attempt))) throw new RunSupersededError(runId);
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
      await tracker.saveResult(runId, { version: version.version });
      await tracker.event(runId, {
        type: "METRIC",
        step: "register",
        message: `version ${version.version}: auc ${fitted.metrics.auc?.toFixed(4)}, f1 ${fitted.metrics.f1?.toFixed(4)}`,
        data: fitted.metrics,
      });
      return version;
    });
  }
}

function report(step: StepContext, { phase, done, total, unit, ratePerSecond, metric }: TrainProgress): void {
  const rate = ratePerSecond === undefined ? "" : `, ${Math.round(ratePerSecond)} ${unit}/s`;
  const value = metric ? `, ${metric.name} ${metric.value.toFixed(4)}` : "";
  const message = `${phase.replaceAll("_", " ")}: ${done} of ${total} ${unit}${rate}${value}`;
  step.progress(done / total, message, { phase, done, total, unit, ratePerSecond, metric });
}

async function saveArtifacts(
  store: ArtifactStore,
  runId: string,
  params: TrainParams,
  data: TrainingData,
  result: TrainResult,
): Promise<void> {
  const json = (name: string, content: unknown) =>
    store.save(runId, {
      name,
      mediaType: "application/json",
      bytes: Buffer.from(`${JSON.stringify(content, null, 2)}\n`),
    });
  await store.save(runId, { name: "model.onnx", mediaType: "application/octet-stream", bytes: result.onnx });
  await json("feature_schema.json", {
    model: params.model,
    features: data.features,
    inputs: result.signature.inputs,
    outputs: result.signature.outputs,
    threshold: result.threshold,
  });
  await json("confusion_matrix.json", result.confusion);
  await json("roc_curve.json", result.roc);
  await json("validation_curve.json", result.curve);
}
