import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Services } from "../services.js";

export interface Metrics {
  registry: Registry;
  httpSeconds: Histogram<"route" | "method" | "status">;
  operationSeconds: Histogram<"operation">;
  predictions: Counter<"model" | "version" | "outcome">;
}

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** One registry per app, so that two apps in one process do not count into each other. */
export function createMetrics(services: Services, openSockets: () => number): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: "asof_feature_hit_rate",
    help: "Share of requested feature values found present since the process started.",
    registers: [registry],
    collect() {
      this.set(services.features.hitRate() ?? Number.NaN);
    },
  });
  new Gauge({
    name: "asof_websocket_connections",
    help: "WebSocket connections open now.",
    registers: [registry],
    collect() {
      this.set(openSockets());
    },
  });
  return {
    registry,
    httpSeconds: new Histogram({
      name: "http_request_duration_seconds",
      help: "HTTP requests by route, method and status.",
      labelNames: ["route", "method", "status"],
      buckets,
      registers: [registry],
    }),
    operationSeconds: new Histogram({
      name: "graphql_operation_duration_seconds",
      help: "GraphQL operations over HTTP by type; invalid: it could not be run.",
      labelNames: ["operation"],
      buckets,
      registers: [registry],
    }),
    predictions: new Counter({
      name: "asof_predictions_total",
      help: "Users scored, by model, version and outcome: ok or an error code.",
      labelNames: ["model", "version", "outcome"],
      registers: [registry],
    }),
  };
}
