import "reflect-metadata";
import { parentPort, workerData } from "node:worker_threads";
import type { DestinationStream } from "pino";
import { connectDatabase, RUN_CONNECTIONS } from "../../db/database.js";
import type { Pool } from "../../db/pool.js";
import { isListenNews, RelayedNotifications } from "../../db/relayed-notifications.js";
import { deploymentSha256 } from "../../definitions/language/deployment.js";
import { openOnlineStore } from "../../features/online/open-online-store.js";
import { connectClient } from "../../jobs/engine/dispatcher.js";
import { poolUse } from "../../jobs/operations.js";
import { createStores } from "../../jobs/stores.js";
import { createLogger } from "../../observability/log.js";
import { startTracing } from "../../observability/tracing.js";
import { storedRowsOf } from "../../serving/background-rows.js";
import { ModelCache } from "../../serving/model-cache.js";
import { lowerPriorityWith } from "../../threads/lower-priority.js";
import { VERSION } from "../../values/version.js";
import { type Closing, closeAll } from "../closing.js";
import { loadDeployment } from "../load-deployment.js";
import { engineHere } from "./engine-here.js";
import type { FromEngine, ThreadSetup, ToEngine } from "./messages.js";

/** How often the thread reports its connections to the process, where they changed. */
const REPORT_MS = 1_000;

const port = parentPort!;
const post = (message: FromEngine) => port.postMessage(message);
const { config, definitionsSha256 } = (workerData as ThreadSetup | null) ?? (await firstSetup());
const logger = createLogger(config.logLevel, toProcess());
const closing: Closing = [];

port.on("message", (message: ToEngine) => {
  if (message.kind === "stop") void end();
});
try {
  await run();
  post({ kind: "ready" });
} catch (error) {
  post({ kind: "failed", message: (error as Error).message });
  await end();
}

/** Of a thread that was started to load its modules meanwhile. */
function firstSetup(): Promise<ThreadSetup> {
  return new Promise((resolve) => {
    port.once("message", (message: ToEngine) => {
      if (message.kind === "setup") resolve(message.setup);
    });
  });
}

async function run(): Promise<void> {
  const { definitions } = await loadDeployment(config.deployment);
  if (deploymentSha256(definitions) !== definitionsSha256)
    throw new Error(
      "the engine's thread would serve other definitions than its process: set ASOF_DEFINITIONS for both",
    );
  const endTracing = await startTracing(VERSION);
  if (endTracing) closing.push(endTracing);
  const database = connectDatabase(config.databaseUrl, config, RUN_CONNECTIONS);
  lowerPriorityWith(database.pool);
  closing.push(() => database.close());
  const listener = new RelayedNotifications({
    post,
    hear: (listener) => {
      const hear = (message: ToEngine) => {
        if (isListenNews(message)) listener(message);
      };
      port.on("message", hear);
      return () => port.off("message", hear);
    },
  });
  closing.push(() => listener.close());
  const online = await openOnlineStore(database, definitions, config.onlineStoreUrl, closing);
  const client = await connectClient(database.url, database.pool);
  closing.push(() => client.destroy());
  const { models, artifacts } = createStores(database.pool);
  const cache = new ModelCache(models, artifacts, logger, config.externalModels, (version) =>
    storedRowsOf(database.pool, version),
  );
  closing.push(() => cache.close());
  const engine = engineHere({
    config,
    definitions,
    database,
    logger,
    client,
    listener,
    online,
    cache,
    refresh: askForRefresh(),
    report: { ended: (run) => post({ kind: "ended", run }) },
  });
  await listener.start();
  closing.push(() => engine.stop());
  await engine.start();
  reportConnections(database.pool);
}

/** Whatever the runs have started ends with the thread. */
async function end(): Promise<void> {
  await closeAll(closing, logger);
  process.exit();
}

/** The process writes them: it and this thread would write into each other's lines. */
function toProcess(): DestinationStream {
  return { write: (lines) => post({ kind: "log", lines }) };
}

/** Resolves when the process answers by the version that is in Production now. */
function askForRefresh(): (model: string) => Promise<void> {
  let asked = 0;
  return (model) => {
    const id = ++asked;
    return new Promise((resolve) => {
      const hear = (message: ToEngine) => {
        if (message.kind !== "refreshed" || message.id !== id) return;
        port.off("message", hear);
        resolve();
      };
      port.on("message", hear);
      post({ kind: "refresh", id, model });
    });
  };
}

function reportConnections(pool: Pool): void {
  let reported = "";
  const report = () => {
    const use = poolUse("runs", pool);
    const now = JSON.stringify(use);
    if (now === reported) return;
    reported = now;
    post({ kind: "connections", use });
  };
  report();
  setInterval(report, REPORT_MS).unref();
}
