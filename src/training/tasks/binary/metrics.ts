import type { Costs } from "../../../values/decision.js";
import { type SampleWeights, weightedMean } from "../../sample-weights.js";
import type { Confusion, RocPoint } from "../../types.js";
import { calibrationCurve, expectedCalibrationError } from "./calibration.js";

export interface Evaluation {
  metrics: {
    /** NaN when only one class is present. */
    auc: number;
    average_precision: number;
    f1: number;
    f1_at_0_5: number;
    accuracy: number;
    accuracy_at_0_5: number;
    /** 0 when nothing is called positive. */
    precision: number;
    precision_at_0_5: number;
    recall: number;
    recall_at_0_5: number;
    log_loss: number;
    brier: number;
    expected_calibration_error: number;
  };
  /** At `threshold`. */
  confusion: Confusion;
  roc: RocPoint[];
}

/**
 * Metrics of `probabilities` (one per row, 0..1) against `labels` (0/1); a row is called positive when its
 * probability >= `threshold`. Rows count by their weights, in the confusion and the curve, too.
 */
export function evaluate(
  labels: Uint8Array,
  probabilities: Float64Array,
  threshold: number,
  weights: SampleWeights = null,
): Evaluation {
  const steps = rankedSteps(labels, probabilities, weights);
  const confusion = confusionAt(labels, probabilities, threshold, weights);
  const called = ratesOf(confusion);
  const atHalf = ratesOf(confusionAt(labels, probabilities, 0.5, weights));
  return {
    metrics: {
      auc: areaUnder(steps),
      average_precision: averagePrecision(steps),
      f1: called.f1,
      f1_at_0_5: atHalf.f1,
      accuracy: called.accuracy,
      accuracy_at_0_5: atHalf.accuracy,
      precision: called.precision,
      precision_at_0_5: atHalf.precision,
      recall: called.recall,
      recall_at_0_5: atHalf.recall,
      log_loss: logLoss(labels, probabilities, weights),
      brier: brier(labels, probabilities, weights),
      expected_calibration_error: expectedCalibrationError(calibrationCurve(labels, probabilities, weights)),
    },
    confusion,
    roc: rocCurve(steps),
  };
}

/** Mean of -log of the probability given to what happened (nats); probabilities are clipped to [1e-15, 1 - 1e-15]. */
export const logLoss = (
  labels: Uint8Array,
  probabilities: Float64Array,
  weights: SampleWeights = null,
): number => weightedMean(labels.length, weights, (row) => nats(labels[row]!, probabilities[row]!));

/** The log-loss of one row. */
export function nats(label: number, probability: number): number {
  const given = label ? probability : 1 - probability;
  return -Math.log(Math.min(Math.max(given, 1e-15), 1 - 1e-15));
}

/** What wrong answers cost, per row. */
export function costPerRow(
  labels: Uint8Array,
  probabilities: Float64Array,
  threshold: number,
  { falsePositive, falseNegative }: Costs,
  weights: SampleWeights = null,
): number {
  return weightedMean(labels.length, weights, (row) => {
    const isCalled = probabilities[row]! >= threshold;
    if (isCalled) return labels[row] === 0 ? falsePositive : 0;
    return labels[row] === 1 ? falseNegative : 0;
  });
}

/** Counts, or sums of weights, among the rows with a probability >= `probability`. */
export interface Step {
  probability: number;
  truePositive: number;
  falsePositive: number;
}

/** One step per distinct probability, from the greatest down: tied rows are always called together. */
export function rankedSteps(
  labels: Uint8Array,
  probabilities: Float64Array,
  weights: SampleWeights = null,
): Step[] {
  if (weights) return weightedSteps(labels, probabilities, weights);
  // Each class sorted by itself, then merged: without a comparator the sort is a native one.
  const positives = probabilities.filter((_, row) => labels[row] === 1).sort();
  const negatives = probabilities.filter((_, row) => labels[row] !== 1).sort();
  const steps: Step[] = [];
  let [positive, negative] = [positives.length, negatives.length];
  while (positive > 0 || negative > 0) {
    const highest = positive > 0 ? positives[positive - 1]! : Number.NEGATIVE_INFINITY;
    const probability = negative > 0 ? Math.max(highest, negatives[negative - 1]!) : highest;
    // "Not below" ends with NaN, too.
    while (positive > 0 && !(positives[positive - 1]! < probability)) positive--;
    while (negative > 0 && !(negatives[negative - 1]! < probability)) negative--;
    steps.push({
      probability,
      truePositive: positives.length - positive,
      falsePositive: negatives.length - negative,
    });
  }
  return steps;
}

function weightedSteps(labels: Uint8Array, probabilities: Float64Array, weights: Float64Array): Step[] {
  const order = Uint32Array.from(labels.keys()).sort(
    (a, b) => probabilities[b]! - probabilities[a]! || a - b,
  );
  const steps: Step[] = [];
  let [truePositive, falsePositive] = [0, 0];
  for (const [k, row] of order.entries()) {
    if (labels[row] === 1) truePositive += weights[row]!;
    else falsePositive += weights[row]!;
    const probability = probabilities[row]!;
    if (k + 1 < order.length && probabilities[order[k + 1]!] === probability) continue;
    steps.push({ probability, truePositive, falsePositive });
  }
  return steps;
}

/** The AUC of `evaluate` alone. */
export function areaUnderRoc(
  labels: Uint8Array,
  probabilities: Float64Array,
  weights: SampleWeights = null,
): number {
  return areaUnder(rankedSteps(labels, probabilities, weights));
}

/** Trapezoids under the ROC curve: P(positive ranked over negative) + P(tie) / 2. */
function areaUnder(steps: Step[]): number {
  const last = steps.at(-1)!;
  let area = 0;
  let [positives, negatives] = [0, 0];
  for (const { truePositive, falsePositive } of steps) {
    area += ((truePositive + positives) / 2) * (falsePositive - negatives);
    [positives, negatives] = [truePositive, falsePositive];
  }
  return area / (last.truePositive * last.falsePositive);
}

/** Sum of precision x gain in recall (scikit-learn's average_precision_score). */
export function averagePrecision(steps: Step[]): number {
  const positives = steps.at(-1)!.truePositive;
  let sum = 0;
  let before = 0;
  for (const { truePositive, falsePositive } of steps) {
    sum += ((truePositive - before) * truePositive) / (truePositive + falsePositive);
    before = truePositive;
  }
  return ratio(sum, positives);
}

/** From (0, 0) to (1, 1); above `maxPoints` steps, evenly spaced ones. */
function rocCurve(steps: Step[], maxPoints = 200): RocPoint[] {
  const last = steps.at(-1)!;
  const origin = { probability: steps[0]!.probability + 1, truePositive: 0, falsePositive: 0 };
  const points = [origin, ...thinned(steps, maxPoints - 1)];
  return points.map(({ probability, truePositive, falsePositive }) => ({
    falsePositiveRate: ratio(falsePositive, last.falsePositive),
    truePositiveRate: ratio(truePositive, last.truePositive),
    threshold: probability,
  }));
}

/** At most `maxPoints` of them, evenly spaced, the last always among them. */
export function thinned<T>(points: readonly T[], maxPoints: number): T[] {
  const kept = Math.min(points.length, maxPoints);
  return Array.from({ length: kept }, (_, k) => points[Math.round(((k + 1) * points.length) / kept) - 1]!);
}

export function confusionAt(
  labels: Uint8Array,
  probabilities: Float64Array,
  threshold: number,
  weights: SampleWeights = null,
): Confusion {
  const counts = [0, 0, 0, 0];
  for (let row = 0; row < labels.length; row++) {
    counts[2 * labels[row]! + (probabilities[row]! >= threshold ? 1 : 0)]! += weights ? weights[row]! : 1;
  }
  const [trueNegative, falsePositive, falseNegative, truePositive] = counts as [
    number,
    number,
    number,
    number,
  ];
  return { threshold, truePositive, falsePositive, trueNegative, falseNegative };
}

function ratesOf({ truePositive, falsePositive, trueNegative, falseNegative }: Confusion) {
  const rows = truePositive + falsePositive + trueNegative + falseNegative;
  return {
    f1: ratio(2 * truePositive, 2 * truePositive + falsePositive + falseNegative),
    accuracy: (truePositive + trueNegative) / rows,
    precision: ratio(truePositive, truePositive + falsePositive),
    recall: ratio(truePositive, truePositive + falseNegative),
  };
}

export const brier = (
  labels: Uint8Array,
  probabilities: Float64Array,
  weights: SampleWeights = null,
): number => weightedMean(labels.length, weights, (row) => (probabilities[row]! - labels[row]!) ** 2);

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
