import type { Metric } from "../registry/run.js";

/** The value of the greatest step; of two with the same step, the one recorded later. */
export function lastValue(metrics: readonly Metric[], name: string): number | null {
  const last = metrics
    .filter((metric) => metric.name === name)
    .reduce<Metric | null>(
      (best, metric) =>
        best && (best.step - metric.step || best.at.getTime() - metric.at.getTime()) > 0 ? best : metric,
      null,
    );
  return last?.value ?? null;
}
