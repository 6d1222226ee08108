import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Logger, pino } from "pino";
import { createPool } from "../../src/db/pool.js";
import type { Deployment } from "../../src/definitions/language/deployment.js";
import { type Asof, startAsof } from "../../src/process/app.js";
import type { OfflineConfig } from "../../src/process/config/offline.js";
import type { Config, ProcessRole } from "../../src/process/config.js";
import type { MakeEngine } from "../../src/process/engine/run-engine.js";
import { testConfig } from "./config.js";
import { createMigratedDatabase, type TestDatabase } from "./database.js";
import { testing } from "./deployment/testing.js";
import { createDatabaseOf, type OwnMigrations, ownMigrations } from "./deployment.js";
import { GraphQLClient } from "./graphql.js";

export interface TestApp {
  asof: Asof;
  client: GraphQLClient;
  url: string;
  /** A folder to write deliveries to. */
  dataDir: string;
  /** Rows of a query straight to the database, for what the API does not show. */
  sql<T = Record<string, any>>(text: string, values?: unknown[]): Promise<T[]>;
  /** Locks a table in a session of the test's own, until it is released. */
  hold(table: string): Promise<{ release(): Promise<void> }>;
  stop(): Promise<void>;
}

/** A whole asof in this process, on a database of its own. One per test file: the run engine is a singleton. */
export async function startTestApp(
  options: {
    definitions?: Deployment;
    dataDir?: string;
    role?: ProcessRole;
    redisUrl?: string;
    onlineStoreUrl?: string;
    predictionLog?: Config["predictionLog"];
    requestTimeoutMs?: number;
    keepAliveMs?: number;
    lineage?: Config["lineage"];
    /** Where runs keep Parquet, and what joins files. */
    offline?: Partial<OfflineConfig>;
    makeEngine?: MakeEngine;
    /** Where its log goes; absent: nowhere, unless LOG_LEVEL says otherwise. */
    logger?: Logger;
    /** What is done to its database before it starts. */
    prepare?(url: string): Promise<void>;
    /** A database of the caller's, which stays; absent: one with the tables of the definitions. */
    databaseUrl?: string;
    /** What else differs. */
    config?: Partial<Config>;
    /** The folder of the deployment's migrations, for such a database. */
    migrations?: string;
  } = {},
): Promise<TestApp> {
  const definitions = options.definitions ?? testing;
  const migrations = definitions.name === testing.name ? null : ownMigrations();
  const database = await databaseFor(definitions, migrations, options.databaseUrl);
  const own = mkdtempSync(join(tmpdir(), "asof-data-"));
  const dataDir = options.dataDir ?? own;
  await options.prepare?.(database.url);
  const { role, predictionLog, requestTimeoutMs, keepAliveMs, lineage } = options;
  const config = testConfig({
    databaseUrl: database.url,
    migrations: options.migrations ?? migrations?.folder ?? null,
    onlineStoreUrl: options.onlineStoreUrl ?? options.redisUrl ?? null,
    home: own,
    dataDir,
    logLevel: process.env.LOG_LEVEL ?? "silent",
    ...(role === undefined ? {} : { role }),
    ...(predictionLog === undefined ? {} : { predictionLog }),
    ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
    ...(keepAliveMs === undefined ? {} : { keepAliveMs }),
    ...(lineage === undefined ? {} : { lineage }),
    ...options.config,
    ...options.offline,
  });
  const logger = options.logger ?? pino({ level: config.logLevel });
  const asof = await startAsof(config, definitions, logger, options.makeEngine);
  const pool = createPool(database.url, 2);
  return {
    asof,
    client: new GraphQLClient(asof.address),
    url: database.url,
    dataDir,
    sql: async (text, values) => (await pool.query(text, values)).rows,
    hold: async (table) => {
      const client = await pool.connect();
      await client.query(`begin; lock table ${table} in access exclusive mode`);
      return {
        release: async () => {
          await client.query("commit");
          client.release();
        },
      };
    },
    stop: async () => {
      await asof.close();
      await pool.end();
      await database.drop();
      migrations?.remove();
      rmSync(own, { recursive: true, force: true });
    },
  };
}

async function databaseFor(
  definitions: Deployment,
  migrations: OwnMigrations | null,
  url: string | undefined,
): Promise<Pick<TestDatabase, "url" | "drop">> {
  if (url) return { url, drop: async () => {} };
  return migrations ? createDatabaseOf(definitions, migrations) : createMigratedDatabase();
}
