import type { SampleWeights } from "../../sample-weights.js";

const BINS = 10;

/** Rows whose probability lies in [from, to), of the last bin [from, to]. */
export interface CalibrationPoint {
  from: number;
  to: number;
  /** Or what they weigh. */
  rows: number;
  meanProbability: number;
  /** Share of label 1. */
  positiveRate: number;
}

/** Ten bins of equal width; those without rows are left out. */
export function calibrationCurve(
  labels: Uint8Array,
  probabilities: Float64Array,
  weights: SampleWeights = null,
): CalibrationPoint[] {
  const rows = new Float64Array(BINS);
  const positives = new Float64Array(BINS);
  const sums = new Float64Array(BINS);
  for (let row = 0; row < labels.length; row++) {
    const bin = Math.min(BINS - 1, Math.floor(probabilities[row]! * BINS));
    const weight = weights ? weights[row]! : 1;
    rows[bin]! += weight;
    positives[bin]! += weight * labels[row]!;
    sums[bin]! += weight * probabilities[row]!;
  }
  return Array.from(rows, (count, bin) => ({
    from: bin / BINS,
    to: (bin + 1) / BINS,
    rows: count,
    meanProbability: sums[bin]! / count,
    positiveRate: positives[bin]! / count,
  })).filter((point) => point.rows > 0);
}

/** Mean distance of probability and outcome over the bins, each by its rows (Guo et al. 2017, eq. 3). */
export function expectedCalibrationError(curve: CalibrationPoint[]): number {
  const total = curve.reduce((sum, { rows }) => sum + rows, 0);
  return curve.reduce(
    (sum, { rows, meanProbability, positiveRate }) =>
      sum + (rows / total) * Math.abs(meanProbability - positiveRate),
    0,
  );
}
