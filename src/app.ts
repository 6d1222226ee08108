import { readFileSync } from "node:fs";
import { DBOS } from "@dbos-inc/dbos-sdk";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { requireGuard } from "./auth/open-auth.js";
import { type Closing, compose } from "./compose.js";
import type { Config } from "./config.js";
import { openDatabase, withMigrationLock } from "./db/database.js";
import type { Deployment } from "./definitions/language/deployment.js";
import { buildHttpApp, buildProbeApp } from "./http/app.js";
import { DBOS_SCHEMA } from "./jobs/engine.js";
import type { Services } from "./services.js";

/** A running asof: what it serves, where, and how it ends. */
export interface Asof {
  services: Services;
  http: FastifyInstance;
  /** `http://127.0.0.1:4000` */
  address: string;
  /** Finishes requests, hands over runs, closes everything; safe to call twice. */
  close(): Promise<void>;
}

const VERSION: string = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version;

/**
 * Starts one process: database, migrations, event streams, models, engine (unless `api`) and HTTP (`worker`:
 * probes and metrics only).
 * @throws {Error} something it needs cannot be had; what had been started is closed again
 */
export async function startAsof(config: Config, definitions: Deployment, logger: Logger): Promise<Asof> {
  const closing: Closing = [];
  let closed: Promise<void> | null = null;
  const close = () => {
    closed ??= closeAll(closing, logger);
    return closed;
  };
  try {
    const database = await openDatabase(config);
    closing.push(() => database.close());
    await requireGuard(config, database.pool, logger);
    await withMigrationLock(database.url, () => DBOS.migrate(database.url, { schemaName: DBOS_SCHEMA }));
    const services = await compose({ config, definitions, database, logger, version: VERSION, closing });
    const build = config.role === "worker" ? buildProbeApp : buildHttpApp;
    const http = await build(services, { logger });
    closing.push(() => http.close());
    const address = await http.listen({ host: config.host, port: config.port });
    return { services, http, address, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Last opened, first closed; one failure does not keep the rest open. */
async function closeAll(closing: Closing, logger: Logger): Promise<void> {
  for (const step of closing.reverse()) {
    try {
      await step();
    } catch (error) {
      logger.error({ err: error }, "closing");
    }
  }
}
