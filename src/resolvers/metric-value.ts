import type { Metric } from "../registry/run.js";

/** Of metrics with one point a name. */
export function metricValue(latest: readonly Metric[], name: string): number | null {
  return latest.find((metric) => metric.name === name)?.value ?? null;
}
