import { z } from "zod";
import { RunNotFoundError } from "../../errors/errors.js";
import type { RunOutput } from "../../registry/logged-models.js";
import { paramText } from "../../registry/param-text.js";
import type { Metric, RunStatus } from "../../registry/run.js";
import { flatten } from "../../registry/run-comparison.js";
import type { DatasetInput } from "../../registry/run-inputs.js";
import type { FoundRun } from "../../registry/search/run-search.js";
import { runRoot } from "./artifact-place.js";
import { runHex, runUuid } from "./run-id.js";
import { nameOfRun, tagsOfRun, userOfRun } from "./run-tags.js";
import { float64Text, optional, pairsOf } from "./shapes.js";

export const RUN_STATUSES = {
  RUNNING: "RUNNING",
  QUEUED: "SCHEDULED",
  SUCCEEDED: "FINISHED",
  FAILED: "FAILED",
  CANCELLED: "KILLED",
} as const satisfies Record<RunStatus, string>;

/** A run by its id, which older clients call `run_uuid`. */
export const runShape = z.object({ run_id: optional(z.string()), run_uuid: optional(z.string()) });

/** @throws {RunNotFoundError} */
export function runOf({ run_id, run_uuid }: z.output<typeof runShape>): string {
  const given = run_id || run_uuid || "";
  const uuid = runUuid(given);
  if (!uuid) throw new RunNotFoundError(given.slice(0, 100));
  return uuid;
}

export const runInfo = (run: FoundRun) => ({
  run_uuid: runHex(run.id),
  experiment_id: String(run.experimentId),
  run_name: nameOfRun(run),
  user_id: userOfRun(run),
  status: RUN_STATUSES[run.status],
  start_time: (run.startedAt ?? run.createdAt).getTime(),
  ...(run.finishedAt ? { end_time: run.finishedAt.getTime() } : {}),
  artifact_uri: `mlflow-artifacts:/${runRoot(run.experimentId, runHex(run.id))}`,
  lifecycle_stage: run.deletedAt ? "deleted" : "active",
  run_id: runHex(run.id),
});

export const metricAnswer = ({ name, value, step, at }: Metric) => ({
  key: name,
  value: float64Text(value),
  timestamp: at.getTime(),
  step,
});

/** What a run holds beside itself. */
export interface RunParts {
  latest: readonly Metric[];
  inputs: readonly DatasetInput[];
  outputs: readonly RunOutput[];
}

export function runAnswer(run: FoundRun, { latest, inputs, outputs }: RunParts) {
  const params = [...flatten(run.params)].map(([key, value]) => ({ key, value: paramText(value) }));
  return {
    info: runInfo(run),
    data: {
      ...(latest.length > 0 ? { metrics: latest.map(metricAnswer) } : {}),
      ...(params.length > 0 ? { params } : {}),
      tags: pairsOf(tagsOfRun(run)),
    },
    inputs: inputs.length > 0 ? { dataset_inputs: inputs.map(inputAnswer) } : {},
    outputs:
      outputs.length > 0
        ? { model_outputs: outputs.map(({ modelId, step }) => ({ model_id: `m-${runHex(modelId)}`, step })) }
        : {},
  };
}

const inputAnswer = ({ name, digest, sourceType, source, schema, profile, tags }: DatasetInput) => ({
  ...(Object.keys(tags).length > 0 ? { tags: pairsOf(tags) } : {}),
  dataset: { name, digest, source_type: sourceType, source, schema, profile },
});
