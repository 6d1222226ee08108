import type { Fold } from "./fold.js";
import { foldsOf, INNER_FOLDS, orderByHash, SINGLE_HOLD_OUT_ROWS } from "./row-order.js";

/**
 * Splits rows into training and held-out rows: within each class, ordered by (murmur3(key, seed), key), the
 * first round(testFraction * rows of the class) are held out. Depends on the set of (key, label) alone, not on
 * the order of rows.
 *
 * A hash of the key, and not a shuffle, because the same users come back every month: a key with a low hash is held
 * out in every month in which its label is the same and the class about as large, so a model
 * trained on one month is not judged on users it learnt by heart in another.
 *
 * @returns row numbers, each list in hash order, which is also the canonical order for training.
 */
export function stratifiedSplit(
  keys: readonly string[],
  labels: Uint8Array,
  testFraction: number,
  seed: number,
): { train: Uint32Array; test: Uint32Array } {
  const order = orderByHash(keys, seed);
  const left = rowsOfEach(labels).map((rows) => Math.round(testFraction * rows));
  const test = new Uint32Array(left.reduce((sum, rows) => sum + rows, 0));
  const train = new Uint32Array(labels.length - test.length);
  let testRows = 0;
  let trainRows = 0;
  for (const row of order) {
    const label = labels[row]!;
    if (left[label]! > 0) {
      left[label]!--;
      test[testRows++] = row;
    } else train[trainRows++] = row;
  }
  return { train, test };
}

/**
 * Stratified inner folds over training rows 0..labels.length-1 that already stand in hash order, so that taking
 * every k-th row of a class is a random draw. With `heldOutFolds` 1 only the first fold is returned: a single hold-out.
 */
export function stratifiedFolds(labels: Uint8Array, folds: number, heldOutFolds = folds): Fold[] {
  const seen = rowsOfEach(labels).fill(0);
  const foldOf = labels.map((label) => seen[label]!++ % folds);
  return foldsOf(foldOf, heldOutFolds);
}

/** Five folds, two or more when a class has fewer rows; one hold-out for large tables. */
export function innerFolds(labels: Uint8Array): Fold[] {
  if (labels.length >= SINGLE_HOLD_OUT_ROWS) return stratifiedFolds(labels, INNER_FOLDS, 1);
  const fewest = Math.min(...rowsOfEach(labels).filter((rows) => rows > 0));
  return stratifiedFolds(labels, Math.max(2, Math.min(INNER_FOLDS, fewest)));
}

/** How many rows have each label, by label. */
export function rowsOfEach(labels: Uint8Array | Uint32Array): number[] {
  let most = 0;
  for (const label of labels) most = Math.max(most, label);
  const rows = new Array<number>(most + 1).fill(0);
  for (let row = 0; row < labels.length; row++) rows[labels[row]!]!++;
  return rows;
}
