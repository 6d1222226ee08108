import { LoggedModelNotFoundError } from "../../errors/tracking-errors.js";
import type { ModelMetric } from "../../registry/logged-model-metrics.js";
import type { LoggedModel } from "../../registry/logged-models.js";
import { loggedModelRoot } from "./artifact-place.js";
import { runHex, runUuid } from "./run-id.js";
import { float64Text, pairsOf } from "./shapes.js";

/** A logged model's id as MLflow writes it. */
export const modelHex = (uuid: string): string => `m-${runHex(uuid)}`;

/** @throws {LoggedModelNotFoundError} */
export function modelUuid(id: string): string {
  const uuid = id.startsWith("m-") ? runUuid(id.slice(2)) : null;
  if (uuid) return uuid;
  throw new LoggedModelNotFoundError(id);
}

const STATUSES = {
  PENDING: "LOGGED_MODEL_PENDING",
  READY: "LOGGED_MODEL_READY",
  UPLOAD_FAILED: "LOGGED_MODEL_UPLOAD_FAILED",
} as const satisfies Record<LoggedModel["status"], string>;

/** As the client names it, and as its number in the protocol. */
export const STATUS_OF: Readonly<Record<string, LoggedModel["status"]>> = {
  LOGGED_MODEL_PENDING: "PENDING",
  LOGGED_MODEL_READY: "READY",
  LOGGED_MODEL_UPLOAD_FAILED: "UPLOAD_FAILED",
};

export const artifactUriOf = ({ experimentId, id }: Pick<LoggedModel, "experimentId" | "id">): string =>
  `mlflow-artifacts:/${loggedModelRoot(experimentId, modelHex(id))}`;

export function loggedModelAnswer(model: LoggedModel, metrics: readonly ModelMetric[]) {
  const params = pairsOf(model.params);
  return {
    info: {
      model_id: modelHex(model.id),
      experiment_id: String(model.experimentId),
      name: model.name,
      creation_timestamp_ms: model.createdAt.getTime(),
      last_updated_timestamp_ms: model.updatedAt.getTime(),
      artifact_uri: artifactUriOf(model),
      status: STATUSES[model.status],
      model_type: model.modelType,
      ...(model.sourceRunId ? { source_run_id: runHex(model.sourceRunId) } : {}),
      tags: pairsOf(model.tags),
    },
    data: {
      ...(params.length > 0 ? { params } : {}),
      ...(metrics.length > 0 ? { metrics: metrics.map(metricOf) } : {}),
    },
  };
}

const metricOf = ({ modelId, runId, name, value, step, at, datasetName, datasetDigest }: ModelMetric) => ({
  key: name,
  value: float64Text(value),
  timestamp: at?.getTime(),
  step,
  model_id: modelHex(modelId),
  run_id: runHex(runId),
  ...(datasetName === null ? {} : { dataset_name: datasetName }),
  ...(datasetDigest === null ? {} : { dataset_digest: datasetDigest }),
});
