import type { Fold } from "../fold.js";
import { foldsOf, INNER_FOLDS, orderByHash, SINGLE_HOLD_OUT_ROWS } from "../row-order.js";

/**
 * Ordered by (murmur3(key, seed), key), the first round(testFraction * rows) are held out: who comes back another month is
 * mostly on the same side. Depends on the set of keys alone.
 *
 * @returns row numbers, each list in hash order, which is also the canonical order for training.
 */
export function hashedSplit(
  keys: readonly string[],
  _labels: Float64Array,
  testFraction: number,
  seed: number,
): { train: Uint32Array; test: Uint32Array } {
  const order = orderByHash(keys, seed);
  const held = Math.round(testFraction * keys.length);
  return { train: order.slice(held), test: order.slice(0, held) };
}

/** Of rows that stand in hash order: every k-th row is a random draw. */
export function dealtFolds(labels: Float64Array, folds: number, heldOutFolds = folds): Fold[] {
  return foldsOf(
    Uint32Array.from(labels, (_, row) => row % folds),
    heldOutFolds,
  );
}

/** Five folds, two or more of fewer rows; one hold-out for large tables. */
export function innerValueFolds(labels: Float64Array): Fold[] {
  if (labels.length >= SINGLE_HOLD_OUT_ROWS) return dealtFolds(labels, INNER_FOLDS, 1);
  return dealtFolds(labels, Math.max(2, Math.min(INNER_FOLDS, labels.length)));
}
