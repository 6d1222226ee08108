import { murmur3 } from "../../murmur3.js";
import { sharedArray } from "../../threads/shared.js";
import type { Fold } from "../fold.js";

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
  const positives = labels.reduce((sum, label) => sum + label, 0);
  const left = [Math.round(testFraction * (labels.length - positives)), Math.round(testFraction * positives)];
  const test = new Uint32Array(left[0]! + left[1]!);
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
  const seen = [0, 0];
  const foldOf = labels.map((label) => seen[label]!++ % folds);
  return Array.from({ length: heldOutFolds }, (_, fold) => {
    let held = 0;
    for (let row = 0; row < labels.length; row++) if (foldOf[row] === fold) held++;
    const validate = sharedArray(Uint32Array, held);
    const fit = sharedArray(Uint32Array, labels.length - held);
    let [validateRows, fitRows] = [0, 0];
    for (let row = 0; row < labels.length; row++) {
      if (foldOf[row] === fold) validate[validateRows++] = row;
      else fit[fitRows++] = row;
    }
    return { fit, validate };
  });
}

/** Row numbers ordered by (murmur3(key, seed), key). */
function orderByHash(keys: readonly string[], seed: number): Uint32Array {
  const rows = keys.length;
  // (hash << 32 | row) sorts natively, 1 M rows in 0.1 s; a comparator over strings takes ten times that.
  const packed = new BigUint64Array(rows);
  const halves = new Uint32Array(packed.buffer);
  for (let row = 0; row < rows; row++) {
    halves[2 * row] = row;
    halves[2 * row + 1] = murmur3(keys[row]!, seed);
  }
  packed.sort();
  const order = new Uint32Array(rows);
  for (let start = 0; start < rows; ) {
    let end = start + 1;
    while (end < rows && halves[2 * end + 1] === halves[2 * start + 1]) end++;
    for (let k = start; k < end; k++) order[k] = halves[2 * k]!;
    if (end - start > 1) {
      order.subarray(start, end).sort((a, b) => (keys[a]! < keys[b]! ? -1 : keys[a]! > keys[b]! ? 1 : a - b));
    }
    start = end;
  }
  return order;
}

const INNER_FOLDS = 5;
/** From here on one hold-out of a fifth is precise enough, and five fits are dear. */
const SINGLE_HOLD_OUT_ROWS = 50_000;

/** Five folds, fewer when a class has fewer rows; one hold-out for large tables. */
export function innerFolds(labels: Uint8Array): Fold[] {
  if (labels.length >= SINGLE_HOLD_OUT_ROWS) return stratifiedFolds(labels, INNER_FOLDS, 1);
  const positives = labels.reduce((sum, label) => sum + label, 0);
  return stratifiedFolds(labels, Math.min(INNER_FOLDS, positives, labels.length - positives));
}
