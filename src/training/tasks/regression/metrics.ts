import { type SampleWeights, weightedMean } from "../../sample-weights.js";

export interface RegressionMetrics {
  rmse: number;
  mae: number;
  mape: number;
  r2: number;
}

/** Below it a label counts as so much where errors are taken as shares: scikit-learn's. */
const LEAST_LABEL = 2 ** -52;

/** Of one answer per label, as scikit-learn measures them. NaN of no rows. */
export function evaluateValues(
  labels: Float64Array,
  answers: Float64Array,
  weights: SampleWeights = null,
): RegressionMetrics {
  return {
    rmse: rootMeanSquare(labels, answers, weights),
    mae: meanAbsolute(labels, answers, weights),
    mape: weightedMean(labels.length, weights, (row) => shareOf(labels[row]!, answers[row]!)),
    r2: explainedShare(labels, answers, weights),
  };
}

/** Root of the mean squared error. */
export const rootMeanSquare = (
  labels: Float64Array,
  answers: Float64Array,
  weights: SampleWeights = null,
): number => Math.sqrt(meanSquare(labels, answers, weights));

export const meanAbsolute = (
  labels: Float64Array,
  answers: Float64Array,
  weights: SampleWeights = null,
): number => weightedMean(labels.length, weights, (row) => Math.abs(labels[row]! - answers[row]!));

/** |label − answer| / |label|: of a label of 0 it is a very large number. */
export const shareOf = (label: number, answer: number): number =>
  Math.abs(label - answer) / Math.max(Math.abs(label), LEAST_LABEL);

/** 1 − squared errors / squared distances from the mean; of labels that are all alike 1 for no error, else 0. */
function explainedShare(labels: Float64Array, answers: Float64Array, weights: SampleWeights): number {
  const mean = weightedMean(labels.length, weights, (row) => labels[row]!);
  const errors = meanSquare(labels, answers, weights);
  const distances = weightedMean(labels.length, weights, (row) => (labels[row]! - mean) ** 2);
  return distances === 0 ? (errors === 0 ? 1 : 0) : 1 - errors / distances;
}

const meanSquare = (labels: Float64Array, answers: Float64Array, weights: SampleWeights): number =>
  weightedMean(labels.length, weights, (row) => (labels[row]! - answers[row]!) ** 2);
