import { setTimeout as delay } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { openDatabase, RUN_CONNECTIONS, withMigrationLock } from "../db/database.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { buildHttpApp, buildProbeApp } from "../http/app.js";
import { closeHttp } from "../http/stop.js";
import { facades } from "../interop/registry.js";
import { migrateEngine } from "../jobs/engine/engine.js";
import { startTracing } from "../observability/tracing.js";
import type { Services } from "../services/services.js";
import { lowerPriorityWith, lowerSessionPriority } from "../threads/lower-priority.js";
import { VERSION } from "../values/version.js";
import { type Closing, closeAll } from "./closing.js";
import { compose } from "./compose.js";
import type { Config } from "./config.js";
import { checkAgainstRecords } from "./create-asof.js";
import { engineHere } from "./engine/engine-here.js";
import type { MakeEngine } from "./engine/run-engine.js";
import type { Stoppable } from "./lifecycle.js";
import { requireGuard } from "./open-auth.js";
import { markStart } from "./start-parts.js";

/** A running asof: what it serves, where, and how it ends. */
export interface Asof extends Stoppable {
  services: Services;
  config: Config;
  http: FastifyInstance;
  /** `http://127.0.0.1:4000`, with BASE_PATH behind it. */
  address: string;
  /** Hands over runs and answers `/ready` with 503 while load balancers notice, then finishes requests and closes. */
  stop(drainMs: number): Promise<void>;
  /** The same at once; safe to call twice. */
  close(): Promise<void>;
}

/** Of the time to stop: what requests may take. The rest is for closing what they used. */
const REQUESTS_SHARE = 0.7;

/**
 * Starts one process: database, migrations, event streams, models, engine (unless `api`) and HTTP (`worker`:
 * probes and metrics only).
 * @param makeEngine where runs are executed, by role `all`; a `worker` does so in the thread it has
 * @param cutShort has the start throw its reason
 * @throws {Error} something it needs cannot be had; what had been started is closed again
 */
export async function startAsof(
  config: Config,
  definitions: Deployment,
  logger: Logger,
  makeEngine: MakeEngine = engineHere,
  cutShort?: AbortSignal,
): Promise<Asof> {
  checkAgainstRecords(definitions);
  const { timeoutMs } = config.shutdown;
  const closing: Closing = [];
  const first: Closing = [];
  let closed: Promise<void> | null = null;
  const close = () => {
    closed ??= closeAll(closing, logger);
    return closed;
  };
  try {
    const endTracing = await startTracing(VERSION);
    if (endTracing) closing.push(endTracing);
    const engine = { all: makeEngine, worker: engineHere, api: null }[config.role];
    const runs = engine === engineHere ? RUN_CONNECTIONS : 0;
    const database = await openDatabase(config, definitions, runs, logger, cutShort);
    closing.push(() => database.close());
    markStart("database");
    cutShort?.throwIfAborted();
    if (config.role === "worker") {
      lowerSessionPriority(process.pid);
      lowerPriorityWith(database.pool);
    }
    await requireGuard(config, database.pool, logger);
    await withMigrationLock(database.url, () => migrateEngine(database.url, logger), logger);
    markStart("engine's tables");
    const services = await compose({
      config,
      definitions,
      database,
      logger,
      version: VERSION,
      closing,
      first,
      makeEngine: engine,
    });
    markStart("services and engine");
    cutShort?.throwIfAborted();
    const build = config.role === "worker" ? buildProbeApp : buildHttpApp;
    const spoken = facades.filter(({ name }) => config.interop.includes(name));
    const http = await build(services, { logger, facades: spoken });
    closing.push(() => closeHttp(http, timeoutMs * REQUESTS_SHARE));
    const listening = await http.listen({ host: config.host, port: config.port });
    markStart("HTTP");
    const address = `${listening}${config.basePath}`;
    const stop = async (drainMs: number) => {
      const until = performance.now() + timeoutMs * REQUESTS_SHARE;
      http.stopping = true;
      // Others take the runs over while this one still answers requests.
      const handedOver = closeAll(first, logger);
      await delay(drainMs);
      await closeHttp(http, Math.max(0, until - performance.now()));
      await handedOver;
      await close();
    };
    const left = () => ({
      requests: [...http.underWay].map(({ id, what }) => ({ reqId: id, what })),
      connections: services.operations.pools(),
    });
    return { services, config, http, address, stop, left, close, lost: database.lost };
  } catch (error) {
    await close();
    throw error;
  }
}
