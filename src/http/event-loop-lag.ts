import { monitorEventLoopDelay } from "node:perf_hooks";
import { Gauge, type Registry } from "prom-client";

/**
 * How often the event loop is asked whether it turns, in ms. Each time wakes the process: at prom-client's 10 ms that was
 * half of what an idle one did.
 */
const SAMPLED_MS = 50;

/** Of prom-client's own series: its sampling ends with them, but for one in many days. */
export const UNUSED = { eventLoopMonitoringPrecision: 2 ** 31 - 1 };
const SERIES = ["", "_min", "_max", "_mean", "_stddev", "_p50", "_p90", "_p99"];

/**
 * By how much the event loop turned late since the last scrape, in seconds. prom-client's names for it; its numbers include
 * the pause between two samples, these do not.
 */
export function registerEventLoopLag(registry: Registry): void {
  for (const series of SERIES) registry.removeSingleMetric(`nodejs_eventloop_lag${series}_seconds`);
  const histogram = monitorEventLoopDelay({ resolution: SAMPLED_MS });
  histogram.enable();
  const gauge = (
    name: string,
    help: string,
    aggregator: "average" | "min" | "max",
    nanoseconds: () => number,
  ) =>
    new Gauge({
      name: `nodejs_eventloop_lag_${name}`,
      help,
      aggregator,
      registers: [registry],
      collect() {
        // Nothing was sampled yet: there is no least and no mean.
        this.set(histogram.count === 0 ? 0 : Math.max(0, nanoseconds() / 1e9 - SAMPLED_MS / 1e3));
      },
    });
  gauge("min_seconds", "The least lag of the event loop since the last scrape.", "min", () => histogram.min);
  gauge(
    "mean_seconds",
    "The mean lag of the event loop since the last scrape.",
    "average",
    () => histogram.mean,
  );
  for (const percent of [50, 90, 99] as const)
    gauge(
      `p${percent}_seconds`,
      `The ${percent}th percentile of the event loop's lag since the last scrape.`,
      "average",
      () => histogram.percentile(percent),
    );
  gauge("max_seconds", "The greatest lag of the event loop since the last scrape.", "max", () => {
    const { max } = histogram;
    // The last of them: what follows is of the next scrape.
    histogram.reset();
    return max;
  });
}
