import { meanAndDeviation, type Spread } from "./spread.js";

/** Metrics of `evaluate`, by name, one fit and judgement per fold. */
export interface FoldMetrics {
  folds: Record<string, number>[];
  summary: Record<string, Spread>;
}

export function summarised(folds: Record<string, number>[]): FoldMetrics {
  const names = Object.keys(folds[0]!);
  const summary = Object.fromEntries(
    names.map((name) => [name, meanAndDeviation(folds.map((metrics) => metrics[name]!))]),
  );
  return { folds, summary };
}

/** `cv_<metric>_mean` and `cv_<metric>_std`. */
export function foldMetricValues({ summary }: FoldMetrics): Record<string, number> {
  return Object.fromEntries(
    Object.entries(summary).flatMap(([name, { mean, std }]) => [
      [`cv_${name}_mean`, mean],
      [`cv_${name}_std`, std],
    ]),
  );
}
