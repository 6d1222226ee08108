import { DEFAULT_TASK } from "../../values/task.js";
import type { LearntTable } from "../encoding/learnt-table.js";
import { backgroundOf } from "../explain/background.js";
import type { Matrix } from "../matrix.js";
import type { Labels } from "../tasks/labels.js";
import type { TrainingData, TrainOptions } from "../types.js";

/** What a reader of the ONNX file alone needs to know: what goes where, and what the answer means. */
export function onnxMetadata(
  data: TrainingData<Labels>,
  { codings }: LearntTable,
  matrix: Matrix,
  { algorithm, task = DEFAULT_TASK }: TrainOptions,
  threshold: number | null,
  calibration: string | null,
): Record<string, string> {
  const vocabularies = new Map(matrix.columns.map(({ name, vocabulary }) => [name, vocabulary]));
  const numbers = new Map(codings.map(({ feature, width }) => [feature, width]));
  const features = data.features.map(({ name, kind }) => ({
    name,
    kind,
    categories: vocabularies.get(name),
    // How many an encoded category stands for; which is in the graph.
    numbers: numbers.get(name),
  }));
  return {
    "asof.algorithm": algorithm,
    "asof.background": JSON.stringify(backgroundOf(matrix)),
    "asof.features": JSON.stringify(features),
    ...(calibration !== null && { "asof.calibration": calibration }),
    ...(task !== DEFAULT_TASK && { "asof.task": task }),
    ...(data.classes && { "asof.classes": JSON.stringify(data.classes) }),
    ...(threshold !== null && { "asof.threshold": String(threshold) }),
  };
}
