import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { AlertDeliveryCount } from "../alerts/delivery-store.js";
import type { ViewFreshness } from "../features/types.js";
import type { LineageBacklog } from "../lineage/lineage-outbox.js";
import type { Services } from "../services/services.js";
import type { PredictionMetrics } from "./counted-predictor.js";
import { registerEventLoopLag, UNUSED } from "./event-loop-lag.js";
import { registerOperations } from "./operations-metrics.js";
import { sharedRead } from "./shared-read.js";

export interface Metrics extends PredictionMetrics {
  registry: Registry;
  httpSeconds: Histogram<"route" | "method" | "status">;
  operationSeconds: Histogram<"operation">;
}

const userBuckets = [1, 2, 5, 10, 50, 100, 500, 1000, 5000, 10_000];
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** One registry per app, so that two apps in one process do not count into each other. */
export function createMetrics(services: Services, openSockets: () => number): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, ...UNUSED });
  registerEventLoopLag(registry);
  // Before the metrics that query the database, so that the pool is measured without the scrape's own queries.
  registerOperations(registry, services.operations, services.config.metricsCacheMs);
  new Gauge({
    name: "asof_feature_hit_rate",
    help: "Share of requested feature values found present since the process started.",
    // Over several processes of one port.
    aggregator: "average",
    registers: [registry],
    collect() {
      this.set(services.features.hitRate() ?? Number.NaN);
    },
  });
  registerFreshness(registry, services);
  registerLineage(registry, services);
  registerAlerts(registry, services);
  const readUsers = new Histogram({
    name: "asof_feature_read_batch_size",
    help: "Users in one read of online values, which requests at once share.",
    buckets: userBuckets,
    registers: [registry],
  });
  services.features.onOnlineRead((users) => readUsers.observe(users));
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
    predictionSeconds: new Histogram({
      name: "asof_prediction_duration_seconds",
      help: "Calls that were answered, features and score included, by model and version.",
      labelNames: ["model", "version"],
      buckets,
      registers: [registry],
    }),
    predictionUsers: new Histogram({
      name: "asof_prediction_batch_size",
      help: "Users asked for in one call, by model.",
      labelNames: ["model"],
      buckets: userBuckets,
      registers: [registry],
    }),
  };
}

/** Read from the database every METRICS_CACHE_MS; while it is away the series are left out and the rest is answered. */
function registerFreshness(registry: Registry, { features, config }: Services): void {
  const readAll = sharedRead(
    () => features.freshness(),
    new Map<string, ViewFreshness>(),
    config.metricsCacheMs,
  );
  const perView = (name: string, help: string, read: (freshness: ViewFreshness) => number | null) =>
    new Gauge({
      name,
      help,
      labelNames: ["view"],
      // Every process reads the same from the database.
      aggregator: "max",
      registers: [registry],
      async collect() {
        const known = await readAll();
        this.reset();
        for (const [view, freshness] of known) {
          const value = read(freshness);
          if (value !== null) this.set({ view }, value);
        }
      },
    });
  perView(
    "asof_feature_view_age_seconds",
    "Seconds since the newest event time of the view's online values.",
    ({ ageSeconds }) => ageSeconds,
  );
  perView("asof_feature_view_rows", "Users with an online row of the view.", ({ rowCount }) => rowCount);
}

/** Of every process: each reads the same from the database. */
function registerLineage(registry: Registry, { lineage, config }: Services): void {
  if (!lineage) return;
  const read = sharedRead<LineageBacklog | null>(() => lineage.backlog(), null, config.metricsCacheMs);
  const ofBacklog = (name: string, help: string, value: (backlog: LineageBacklog) => number) =>
    new Gauge({
      name,
      help,
      aggregator: "max",
      registers: [registry],
      async collect() {
        const backlog = await read();
        this.reset();
        if (backlog) this.set(value(backlog));
      },
    });
  ofBacklog(
    "asof_lineage_waiting_events",
    "Changes of runs that wait to be sent to the receiver of lineage, as far as 100 000.",
    ({ events }) => events,
  );
  ofBacklog(
    "asof_lineage_waiting_seconds",
    "Age of the change that has waited longest for the receiver of lineage.",
    ({ oldestSeconds }) => oldestSeconds,
  );
}

/** Of every process, too: each message counts until it is forgotten. */
function registerAlerts(registry: Registry, { alerts, config }: Services): void {
  const read = sharedRead<AlertDeliveryCount[]>(() => alerts.counts(), [], config.metricsCacheMs);
  const ofCounts = <Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    set: (gauge: Gauge<Label>, counts: readonly AlertDeliveryCount[]) => void,
  ) =>
    new Gauge({
      ...{ name, help, labelNames, aggregator: "max" as const, registers: [registry] },
      async collect() {
        const counts = await read();
        this.reset();
        set(this, counts);
      },
    });
  ofCounts(
    "asof_alert_deliveries",
    "Messages of alerts of the last 30 days, by channel and state.",
    ["channel", "state"],
    (gauge, counts) => {
      for (const { channel, state, count } of counts) gauge.set({ channel, state }, count);
    },
  );
  ofCounts(
    "asof_alert_waiting_seconds",
    "Age of the message that has waited longest, by channel.",
    ["channel"],
    (gauge, counts) => {
      for (const { channel, state, oldestSeconds } of counts)
        if (state === "PENDING") gauge.set({ channel }, oldestSeconds);
    },
  );
}
