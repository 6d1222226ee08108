import type { Matrix } from "../matrix.js";
import { evaluate } from "../metrics.js";
import { randomOrder } from "./random-order.js";
import { meanAndDeviation, type Spread } from "./spread.js";

export const REPEATS = 5;
export const MAX_ROWS = 5_000;

/** How much worse the model gets when one feature's values are dealt out among the rows at random. */
export interface PermutationImportance {
  feature: string;
  /** Fall of the AUC. */
  auc: Spread;
  /** Rise of the log-loss. */
  log_loss: Spread;
}

/**
 * Breiman's (2001) permutation importance on at most 5 000 of the rows: the first ones, which are a random sample because
 * held-out rows stand in the order of their keys' hashes. All features are dealt out by the same five orders, which
 * follow from the seed. Cost: features x 5 predictions of the sample.
 */
export function permutationImportance(
  matrix: Matrix,
  labels: Uint8Array,
  predict: (matrix: Matrix) => Float64Array,
  seed: number,
): { rows: number; repeats: number; features: PermutationImportance[] } {
  const rows = Math.min(matrix.rows, MAX_ROWS);
  const width = matrix.columns.length;
  const sample = { ...matrix, rows, values: matrix.values.slice(0, rows * width) };
  const judged = labels.subarray(0, rows);
  const whole = evaluate(judged, predict(sample), 0.5).metrics;
  const orders = Array.from({ length: REPEATS }, (_, repeat) => randomOrder(rows, seed, repeat));
  const features = matrix.columns.map(({ name }, column) => {
    const own = columnOf(sample, column);
    const worse = orders.map((order) => {
      for (let row = 0; row < rows; row++) sample.values[row * width + column] = own[order[row]!]!;
      const { auc, log_loss } = evaluate(judged, predict(sample), 0.5).metrics;
      return { auc: whole.auc - auc, log_loss: log_loss - whole.log_loss };
    });
    for (let row = 0; row < rows; row++) sample.values[row * width + column] = own[row]!;
    return {
      feature: name,
      auc: meanAndDeviation(worse.map(({ auc }) => auc)),
      log_loss: meanAndDeviation(worse.map(({ log_loss }) => log_loss)),
    };
  });
  return { rows, repeats: REPEATS, features };
}

function columnOf({ rows, columns, values }: Matrix, column: number): Float32Array {
  return Float32Array.from({ length: rows }, (_, row) => values[row * columns.length + column]!);
}
