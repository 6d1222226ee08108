import cluster from "node:cluster";
import { AggregatorRegistry, type Registry } from "prom-client";

const METRICS_LIMIT_MS = 5_000;

interface MetricsRequest {
  metricsRequest: number;
}
interface MetricsAnswer extends MetricsRequest {
  text: string | null;
}

export const isMetricsRequest = (message: unknown): message is MetricsRequest =>
  typeof message === "object" && message !== null && "metricsRequest" in message;

let requests = 0;
let answering = false;

/**
 * This process's metrics, or, where it is one of several on a port, those of all of them added up. A sibling that does
 * not answer in time costs the others' share: then they are this one's alone.
 */
export async function metricsOfAll(registry: Registry): Promise<string> {
  if (!cluster.isWorker || !process.connected) return registry.metrics();
  return (await askPrimary()) ?? registry.metrics();
}

/** From now on this process tells the primary its metrics when asked. */
export function shareMetrics(registry: Registry): void {
  if (!cluster.isWorker) return;
  AggregatorRegistry.setRegistries(registry);
  if (answering) return;
  answering = true;
  new AggregatorRegistry();
}

function askPrimary(): Promise<string | null> {
  const metricsRequest = ++requests;
  return new Promise((resolve) => {
    const end = (text: string | null) => {
      clearTimeout(timer);
      process.off("message", hear);
      resolve(text);
    };
    const hear = (message: unknown) => {
      if (isMetricsRequest(message) && message.metricsRequest === metricsRequest)
        end((message as MetricsAnswer).text);
    };
    const timer = setTimeout(() => end(null), METRICS_LIMIT_MS);
    process.on("message", hear);
    process.send!({ metricsRequest });
  });
}
