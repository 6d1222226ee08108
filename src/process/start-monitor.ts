import type { Logger } from "pino";
import type { Database } from "../db/database.js";
import type { Deployment } from "../definitions/language/deployment.js";
import type { FeatureStore } from "../features/feature-store.js";
import { PredictionLog } from "../monitoring/prediction-log.js";
import { servability } from "../registry/servability.js";
import { FeaturePlans } from "../serving/feature-plan.js";
import type { ModelCache } from "../serving/model-cache.js";
import { PredictionMonitor } from "../serving/prediction-monitor.js";
import type { Prediction } from "../serving/types.js";
import type { Closing } from "./closing.js";
import type { Config } from "./config.js";

interface MonitorParts {
  config: Config;
  definitions: Deployment;
  database: Database;
  logger: Logger;
  closing: Closing;
}

/** Receives every prediction: first the model's shadow, then the prediction log. */
export function startMonitor(
  { config, definitions, database, logger, closing }: MonitorParts,
  features: FeatureStore,
  cache: ModelCache,
) {
  if (!config.predictionLog) return undefined;
  // One that cannot be served would be given rows that lack what it needs.
  const shadowsOf = (model: string) => {
    const canary = cache.canary(model);
    const both = canary && [canary.challenger?.served, cache.production(model)?.served];
    return (both ?? [cache.shadow(model)]).flatMap((shadow) =>
      shadow && servability(shadow.version, definitions).servable ? [shadow] : [],
    );
  };
  const log = new PredictionLog(database.pool, definitions, config.predictionLog, logger);
  const plans = new FeaturePlans(definitions);
  const monitor = new PredictionMonitor(log, definitions, features, shadowsOf, plans, logger);
  closing.push(
    () => log.close(),
    () => monitor.flush(),
  );
  log.start();
  return { observe: (predictions: Iterable<Prediction>) => monitor.observe(predictions), log };
}
