import cluster from "node:cluster";
import type { Logger } from "pino";
import type { Database } from "../db/database.js";
import { Listener } from "../db/listener.js";
import type { Stores } from "../jobs/stores.js";
import { runningCanaries } from "../registry/canaries.js";
import { EventHub } from "../registry/event-hub.js";
import { TransitionHub } from "../registry/transition-hub.js";
import { storedRowsOf } from "../serving/background-rows.js";
import { ModelCache } from "../serving/model-cache.js";
import type { Closing } from "./closing.js";
import type { Config } from "./config.js";
import { hearPrimary } from "./hear-primary.js";

/** What a start waits for its models: one that takes longer, or never loads, is served when it is there. */
const MODELS_LOADED_MS = 10_000;

interface StreamParts {
  config: Config;
  database: Database;
  logger: Logger;
  closing: Closing;
}

/** What follows the database as it changes, by whatever process: events, transitions, the models served. */
export function openStreams(
  { config, database, logger, closing }: StreamParts,
  { models, artifacts }: Pick<Stores, "models" | "artifacts">,
) {
  const listener = cluster.isWorker ? hearPrimary() : new Listener(database.url);
  const events = new EventHub(database.lanes.streams, listener);
  const transitions = new TransitionHub(models.history, listener);
  const cache = new ModelCache(
    models,
    artifacts,
    logger,
    config.externalModels,
    (version) => storedRowsOf(database.pool, version),
    async (model) => (await runningCanaries(database.pool, [model]))[0] ?? null,
  );
  transitions.onChange((model) => void cache.refresh(model));
  listener.on("asof_model_aliases", (model) => void cache.refresh(model));
  listener.on("asof_canaries", (model) => void cache.refresh(model));
  listener.onReconnect(() => void cache.refreshAll().catch(() => {}));
  closing.push(
    () => listener.close(),
    () => events.close(),
    () => transitions.close(),
    () => cache.close(),
  );
  const start = async () => {
    await listener.start();
    await transitions.start();
    await cache.refreshAll(MODELS_LOADED_MS);
  };
  return { listener, events, transitions, cache, start };
}
