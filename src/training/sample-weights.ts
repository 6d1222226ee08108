/** How much each row counts, finite and above 0; null: all the same. */
export type SampleWeights = Float64Array | null;

/** Mean over rows 0..rows-1, each by its weight. */
export function weightedMean(
  rows: number,
  weights: SampleWeights,
  measured: (row: number) => number,
): number {
  let sum = 0;
  if (!weights) {
    for (let row = 0; row < rows; row++) sum += measured(row);
    return sum / rows;
  }
  let total = 0;
  for (let row = 0; row < rows; row++) {
    sum += weights[row]! * measured(row);
    total += weights[row]!;
  }
  return sum / total;
}

/** Of these rows; how many they are where all count the same. */
export function sumOfWeights(weights: SampleWeights, rows: Uint32Array): number {
  if (!weights) return rows.length;
  let sum = 0;
  for (let k = 0; k < rows.length; k++) sum += weights[rows[k]!]!;
  return sum;
}

/** Those of the rows, in their order. */
export const weightsOf = (weights: SampleWeights, rows: ArrayLike<number>): SampleWeights =>
  weights && Float64Array.from(rows, (row) => weights[row]!);

/** The least power of two that is no less: what weights are brought to ±1 by without rounding. */
export function weightUnit(weights: Float64Array): number {
  let most = 0;
  for (let row = 0; row < weights.length; row++) if (weights[row]! > most) most = weights[row]!;
  return 2 ** Math.ceil(Math.log2(most));
}

/** Of the greatest weight: float64 sums of up to 2^23 weights are exact, in whatever order. */
const STEPS = 2 ** 30;

/** A number within ±1 as a whole number of steps. */
export const inWeightSteps = (value: number): number => Math.round(value * STEPS) / STEPS;

/** Within 0 and 1, as whole numbers of steps, one at least: their sums do not depend on the order of rows. */
export function steppedWeights(weights: Float64Array): Float64Array {
  const unit = weightUnit(weights);
  return weights.map((weight) => Math.max(1 / STEPS, inWeightSteps(weight / unit)));
}
