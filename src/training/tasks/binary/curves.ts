import { rankedSteps, type Step, thinned } from "./metrics.js";

const MAX_POINTS = 200;
const BUCKETS = 10;

/** What calling all rows with probability >= threshold positive gives. */
export interface PrecisionRecallPoint {
  threshold: number;
  precision: number;
  recall: number;
}

/** A tenth of the rows, the likeliest first. */
export interface LiftBucket {
  bucket: number;
  rows: number;
  /** Of these rows; tied rows share their positives evenly, so it need not be whole. */
  positives: number;
  positiveRate: number;
  /** positiveRate over that of all rows. */
  lift: number;
  /** The lowest probability in it. */
  fromProbability: number;
  /** Share of all positives in this and the buckets before. */
  cumulativeRecall: number;
  cumulativeLift: number;
}

/** From the highest threshold down; at most 200 points, evenly spaced over the distinct probabilities. */
export function precisionRecallCurve(
  labels: Uint8Array,
  probabilities: Float64Array,
): PrecisionRecallPoint[] {
  const steps = rankedSteps(labels, probabilities);
  const positives = steps.at(-1)!.truePositive;
  return thinned(steps, MAX_POINTS).map(({ probability, truePositive, falsePositive }) => ({
    threshold: probability,
    precision: truePositive / (truePositive + falsePositive),
    recall: positives === 0 ? 0 : truePositive / positives,
  }));
}

/** Ten buckets of equal size by falling probability, sizes differing by one at most; fewer below ten rows. */
export function liftTable(labels: Uint8Array, probabilities: Float64Array): LiftBucket[] {
  const steps = rankedSteps(labels, probabilities);
  const total = labels.length;
  const positives = steps.at(-1)!.truePositive;
  const buckets = Math.min(BUCKETS, total);
  const baseRate = positives / total;
  const lift = (rate: number) => (positives === 0 ? 0 : rate / baseRate);
  let before = { rows: 0, positives: 0 };
  return Array.from({ length: buckets }, (_, k) => {
    const rows = Math.round(((k + 1) * total) / buckets);
    const reached = positivesAmong(steps, rows);
    const own = { rows: rows - before.rows, positives: reached.positives - before.positives };
    before = { rows, positives: reached.positives };
    return {
      bucket: k + 1,
      ...own,
      positiveRate: own.positives / own.rows,
      lift: lift(own.positives / own.rows),
      fromProbability: reached.probability,
      cumulativeRecall: positives === 0 ? 0 : reached.positives / positives,
      cumulativeLift: lift(reached.positives / rows),
    };
  });
}

/** Positives among the `rows` likeliest rows, and the probability of the last of them. */
function positivesAmong(steps: Step[], rows: number): { positives: number; probability: number } {
  // Steps count cumulated rows: the first that reaches `rows` holds the last of them.
  let low = 0;
  let high = steps.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle]!.truePositive + steps[middle]!.falsePositive >= rows) high = middle;
    else low = middle + 1;
  }
  const step = steps[low]!;
  const before = steps[low - 1] ?? { truePositive: 0, falsePositive: 0 };
  const rowsBefore = before.truePositive + before.falsePositive;
  const tied = step.truePositive + step.falsePositive - rowsBefore;
  const share = (rows - rowsBefore) / tied;
  return {
    positives: before.truePositive + share * (step.truePositive - before.truePositive),
    probability: step.probability,
  };
}
