import type { TargetEncoding } from "../values/target-encoding.js";
import { LearntTable } from "./encoding/learnt-table.js";
import type { FitInput, Fitted, Report } from "./learner.js";
import { fitOf } from "./learners/registry.js";
import { keyStarts } from "./panel.js";
import { resolveParams } from "./params.js";
import type { SampleWeights } from "./sample-weights.js";
import type { Labels } from "./tasks/labels.js";
import type { Task } from "./tasks/task.js";
import { sharedArray } from "./threads/shared.js";
import type { Team } from "./threads/team.js";
import { foldsFor } from "./time-folds.js";
import type { TrainingData, TrainOptions } from "./types.js";

/** What a learner is given of some rows. */
export type FitRows = Pick<
  FitInput<never, Labels>,
  "matrix" | "labels" | "weights" | "classes" | "starts"
> & {
  readonly table: LearntTable;
  readonly rows: Uint32Array;
};

export function fitRowsOf(
  task: Task,
  data: TrainingData<Labels>,
  rows: Uint32Array,
  { targetEncoding = null }: { targetEncoding?: TargetEncoding | null },
): FitRows {
  const table = new LearntTable(data, rows, targetEncoding);
  return {
    ...{ table, rows, matrix: table.gatherLearnt(), labels: gather(task, data.labels, rows) },
    ...{ weights: gatherWeights(data, rows), classes: data.classes ?? null, starts: keyStarts(data, rows) },
  };
}

export function fitLearner(
  task: Task,
  data: TrainingData<Labels>,
  { algorithm, params, seed, heldOutFrom }: TrainOptions,
  { table, rows, matrix, labels, weights, classes, starts }: FitRows,
  report: Report,
  team: Team,
): Fitted<unknown, Labels> {
  const learn = fitOf(algorithm, task.name);
  const folded = { rows, labels, starts };
  const folds = () =>
    foldsFor(task, data, folded, { ...(heldOutFrom !== undefined && { heldOutFrom }) }, null).map((fold) =>
      table.forFold(matrix, fold),
    );
  return learn({
    matrix,
    labels,
    weights,
    classes,
    params: resolveParams(algorithm, params, task.name),
    seed,
    folds,
    starts,
    report,
    team,
  });
}

export function gather(task: Task, labels: Labels, rows: Uint32Array): Labels {
  const gathered = sharedArray(task.labelArray, rows.length);
  for (let k = 0; k < rows.length; k++) gathered[k] = labels[rows[k]!]!;
  return gathered;
}

export function gatherWeights({ weights }: TrainingData<Labels>, rows: Uint32Array): SampleWeights {
  if (!weights) return null;
  const gathered = sharedArray(Float64Array, rows.length);
  for (let k = 0; k < rows.length; k++) gathered[k] = weights[rows[k]!]!;
  return gathered;
}
