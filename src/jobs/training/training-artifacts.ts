import type { Pool } from "../../db/pool.js";
import { ArtifactStore } from "../../registry/artifact-store.js";
import type { TrainResult } from "../../training/types.js";
import type { FittedSummary } from "./fitted.js";
import type { TrainParams } from "./train-params.js";
import { FEATURE_SCHEMA } from "./training-features.js";
import { TRAINING_RECORD, trainingRecord } from "./training-record.js";

/** The model and everything said about it. */
export async function saveTrainingArtifacts(
  pool: Pool,
  runId: string,
  params: TrainParams,
  { result, fitted }: { result: TrainResult; fitted: FittedSummary },
): Promise<void> {
  const store = new ArtifactStore(pool);
  const json = (name: string, content: unknown) =>
    store.save(runId, {
      name,
      mediaType: "application/json",
      bytes: Buffer.from(`${JSON.stringify(content, null, 2)}\n`),
    });
  await store.save(runId, { name: "model.onnx", mediaType: "application/octet-stream", bytes: result.onnx });
  await json(FEATURE_SCHEMA, {
    model: params.model,
    features: result.features,
    inputs: result.signature.inputs,
    outputs: result.signature.outputs,
    threshold: result.threshold,
  });
  await json("validation_curve.json", result.curve);
  for (const { name, json: text } of result.reports) {
    await store.save(runId, { name, mediaType: "application/json", bytes: Buffer.from(text) });
  }
  await json(TRAINING_RECORD, await trainingRecord(pool, runId, params, fitted));
}
