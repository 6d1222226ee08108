import type { Metric } from "../registry/run.js";

/** Of metrics with one point a name; null also where the value is no number of JSON. */
export function metricValue(latest: readonly Metric[], name: string): number | null {
  const found = latest.find((metric) => metric.name === name);
  return found && Number.isFinite(found.value) ? found.value : null;
}
