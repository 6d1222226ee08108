import type { Experiment } from "../../registry/experiment.js";
import { invalid } from "./mlflow-error.js";
import { pairsOf } from "./shapes.js";

export const experimentAnswer = ({ id, name, tags, createdAt, updatedAt, deletedAt }: Experiment) => ({
  experiment_id: String(id),
  name,
  artifact_location: `mlflow-artifacts:/${id}`,
  lifecycle_stage: deletedAt ? "deleted" : "active",
  last_update_time: updatedAt.getTime(),
  creation_time: createdAt.getTime(),
  ...(Object.keys(tags).length > 0 ? { tags: pairsOf(tags) } : {}),
});

/** Experiments are numbered, though their ids travel as texts. @throws {MlflowError} */
export function experimentNumber(id: string): number {
  if (/^\d{1,15}$/.test(id)) return Number(id);
  throw invalid(
    `experiment_id: the number of an experiment was expected; got ${JSON.stringify(id.slice(0, 60))}`,
  );
}
