import { randomOrder } from "../../evaluation/random-order.js";
import type { Rescore } from "../../learner.js";
import type { Matrix } from "../../matrix.js";
import type { SampleWeights } from "../../sample-weights.js";
import type { Labels } from "../labels.js";

export const REPEATS = 5;

/** Of answers; greater is worse. A method's type: which labels it takes is known by the task that it is of. */
export type Loss<L extends Labels> = {
  of(labels: L, answers: Float64Array, weights: SampleWeights): number;
}["of"];

interface Measured {
  rescore: Rescore;
  seed: number;
  features: readonly FeatureColumns[];
  /** Of the rows. */
  weights: SampleWeights;
}

/** A feature, and what the matrix has of it: one column, or, where it is encoded as several numbers, all of these. */
export interface FeatureColumns {
  readonly place: number;
  readonly name: string;
  readonly columns: readonly number[];
}

/** Columns of one feature stand together. */
export function featureColumns(columns: readonly { name: string }[]): FeatureColumns[] {
  const features: { place: number; name: string; columns: number[] }[] = [];
  for (const [column, { name }] of columns.entries()) {
    if (features.at(-1)?.name === name) features.at(-1)!.columns.push(column);
    else features.push({ place: features.length, name, columns: [column] });
  }
  return features;
}

/**
 * Writes for each of the features how far each loss rises in each repeat: by feature, repeat and loss. The sample's values are
 * changed meanwhile and put back.
 */
export function measureColumns<L extends Labels>(
  sample: Matrix,
  labels: L,
  losses: readonly Loss<L>[],
  { rescore, seed, features, weights }: Measured,
  out: Float64Array,
): void {
  const { rows, values } = sample;
  const width = sample.columns.length;
  const asIs = rescore(sample);
  const whole = losses.map((loss) => loss(labels, asIs, weights));
  const orders = Array.from({ length: REPEATS }, (_, repeat) => randomOrder(rows, seed, repeat));
  for (const { place, columns } of features) {
    const own = columns.map((column) =>
      Float32Array.from({ length: rows }, (_, row) => values[row * width + column]!),
    );
    const deal = (from: (row: number) => number) => {
      for (const [k, column] of columns.entries()) {
        for (let row = 0; row < rows; row++) values[row * width + column] = own[k]![from(row)]!;
      }
    };
    // What is remembered of the table as it is serves one column that changed.
    const changed = columns.length === 1 ? columns[0] : undefined;
    for (const [repeat, order] of orders.entries()) {
      deal((row) => order[row]!);
      const answers = rescore(sample, changed);
      const at = (place * REPEATS + repeat) * losses.length;
      for (const [k, loss] of losses.entries()) out[at + k] = loss(labels, answers, weights) - whole[k]!;
    }
    deal((row) => row);
    if (changed === undefined) rescore(sample);
  }
}
