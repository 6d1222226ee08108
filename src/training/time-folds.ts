import { foldRows } from "./panel.js";
import type { Fold } from "./tasks/fold.js";
import type { Labels } from "./tasks/labels.js";
import { INNER_FOLDS, SINGLE_HOLD_OUT_ROWS } from "./tasks/row-order.js";
import type { Task } from "./tasks/task.js";
import { sharedArray } from "./threads/shared.js";
import type { TrainingData, TrainOptions } from "./types.js";

/** Training rows, with what folds of them follow from. */
export interface FoldedRows {
  /** By place among the training rows: which row of the table it is. */
  readonly rows: Uint32Array;
  readonly labels: Labels;
  readonly starts: Uint32Array | null;
}

/**
 * Folds of whole keys; where the newest dates are held out, folds that go forward in time as well, or none if there are too few
 * dates: then keys are folded.
 * @param count null: those for choosing
 * @throws what `foldRows` throws
 */
export function foldsFor(
  task: Task,
  data: TrainingData<Labels>,
  { rows, labels, starts }: FoldedRows,
  { heldOutFrom }: Pick<TrainOptions, "heldOutFrom">,
  count: number | null,
): Fold[] {
  const forward = heldOutFrom === undefined ? [] : timeFolds(task, data, { rows, labels }, count);
  return forward.length > 0 ? forward : foldRows(task, labels, starts, count);
}

/**
 * Each block of the newest dates is judged by a fit on the dates before it whose labels were known on its first day. Blocks are
 * as large as scikit-learn's TimeSeriesSplit makes them: dates / (folds + 1). Folds that leave nothing to learn from are left out.
 */
export function timeFolds(
  task: Task,
  { dates }: Pick<TrainingData<Labels>, "dates">,
  { rows, labels }: Pick<FoldedRows, "rows" | "labels">,
  count: number | null,
): Fold[] {
  if (!dates) return [];
  const { names, of, labelsOf = names } = dates;
  const present = [...new Set(Array.from(rows, (row) => of[row]!))].sort((a, b) => a - b);
  const folds = Math.min(count ?? INNER_FOLDS, present.length - 1);
  if (folds < 1) return [];
  const size = Math.floor(present.length / (folds + 1));
  const strata = new Set(Array.from(labels, (label) => task.stratum(label))).size;
  const forward = Array.from({ length: folds }, (_, k) => {
    const from = present.length - (folds - k) * size;
    const judged = new Set(present.slice(from, from + size));
    const first = names[present[from]!]!;
    const known = new Set(present.slice(0, from).filter((date) => labelsOf[date]! <= first));
    return { fit: rowsOf(rows, of, known), validate: rowsOf(rows, of, judged) };
  }).filter(({ fit }) => {
    const learnt = new Set(Array.from(fit, (row) => task.stratum(labels[row]!))).size;
    return learnt >= Math.min(2, strata) && fit.length > 0;
  });
  const isLarge = count === null && rows.length >= SINGLE_HOLD_OUT_ROWS;
  return isLarge ? forward.slice(-1) : forward;
}

/** Places of the rows of these dates; shared. */
function rowsOf(rows: Uint32Array, of: ArrayLike<number>, dates: ReadonlySet<number>): Uint32Array {
  const places: number[] = [];
  for (const [place, row] of rows.entries()) if (dates.has(of[row]!)) places.push(place);
  const shared = sharedArray(Uint32Array, places.length);
  shared.set(places);
  return shared;
}
