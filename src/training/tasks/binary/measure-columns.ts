import { randomOrder } from "../../evaluation/random-order.js";
import type { Rescore } from "../../learner.js";
import type { Matrix } from "../../matrix.js";
import { areaUnderRoc, logLoss } from "./metrics.js";

export const REPEATS = 5;
/** Numbers per column and repeat: fall of the AUC, rise of the log-loss. */
export const JUDGED = 2;

/**
 * Writes for each of the columns how far the AUC falls and the log-loss rises in each repeat. The sample's values are changed
 * meanwhile and put back.
 */
export function measureColumns(
  sample: Matrix,
  labels: Uint8Array,
  rescore: Rescore,
  seed: number,
  columns: Iterable<number>,
  out: Float64Array,
): void {
  const { rows, values } = sample;
  const width = sample.columns.length;
  const whole = rescore(sample);
  const [wholeAuc, wholeLoss] = [areaUnderRoc(labels, whole), logLoss(labels, whole)];
  const orders = Array.from({ length: REPEATS }, (_, repeat) => randomOrder(rows, seed, repeat));
  for (const column of columns) {
    const own = Float32Array.from({ length: rows }, (_, row) => values[row * width + column]!);
    for (const [repeat, order] of orders.entries()) {
      for (let row = 0; row < rows; row++) values[row * width + column] = own[order[row]!]!;
      const probabilities = rescore(sample, column);
      const at = (column * REPEATS + repeat) * JUDGED;
      out[at] = wholeAuc - areaUnderRoc(labels, probabilities);
      out[at + 1] = logLoss(labels, probabilities) - wholeLoss;
    }
    for (let row = 0; row < rows; row++) values[row * width + column] = own[row]!;
  }
}
