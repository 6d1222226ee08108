import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate } from "drizzle-orm/node-postgres/migrator";
import type pg from "pg";
import type { Config } from "../config.js";
import { joinEmbedded } from "./embedded/shared-server.js";
import { createClient, createPool, END_GRACE_MS, type Pool } from "./pool.js";
import { createRequestPool, type RequestPoolOptions } from "./request-pool.js";

/** The database of this process: of its home's embedded server, or the one of DATABASE_URL. */
export interface Database {
  url: string;
  /** What runs, streams and upkeep use: their statements take as long as they take. */
  pool: Pool;
  /** What requests are answered with: a statement ends with its request, and after REQUEST_TIMEOUT_MS. */
  requests: Pool;
  /** Of `requests`, for further connections of that sort. */
  requestOptions: Omit<RequestPoolOptions, "max">;
  close(): Promise<void>;
}

/** Most of one process, beside about fifteen of the run engine and for LISTEN. */
const REQUEST_CONNECTIONS = 14;
export const RUN_CONNECTIONS = 12;
/** Of what executes no runs with them: streams and upkeep. */
export const UPKEEP_CONNECTIONS = 5;
/** Of the time to stop: what a connection in use may hold up the end. */
const END_SHARE = 0.1;

const MIGRATIONS = fileURLToPath(new URL("../../drizzle", import.meta.url));
const OLDEST_VERSION = 160_000;

/**
 * Connects, starting the embedded server where no DATABASE_URL is given, and brings the schema up to date.
 * @param connections for runs, streams and upkeep
 * @throws {Error} the server cannot be reached, is too old, or a migration fails
 */
export async function openDatabase(
  config: Pick<Config, "databaseUrl" | "home" | "requestTimeoutMs" | "shutdown">,
  connections = RUN_CONNECTIONS,
): Promise<Database> {
  const server = config.databaseUrl ? null : await joinEmbedded(config.home);
  const url = config.databaseUrl ?? server!.url;
  try {
    await migrateDatabase(url);
  } catch (error) {
    await server?.leave();
    throw error;
  }
  const database = connectDatabase(url, config, connections);
  return {
    ...database,
    close: async () => {
      await database.close();
      await server?.leave();
    },
  };
}

/** The database as it is: whoever opened it has brought its schema up to date, and keeps its server up. */
export function connectDatabase(
  url: string,
  { shutdown, requestTimeoutMs = 0 }: Pick<Config, "requestTimeoutMs" | "shutdown">,
  connections: number,
): Database {
  const endGraceMs = Math.min(END_GRACE_MS, (shutdown?.timeoutMs ?? Infinity) * END_SHARE);
  const pool = createPool(url, connections, endGraceMs);
  const requestOptions = { timeoutMs: requestTimeoutMs, endGraceMs, canceller: pool };
  const requests = createRequestPool(url, { ...requestOptions, max: REQUEST_CONNECTIONS });
  return {
    url,
    pool,
    requests,
    requestOptions,
    close: async () => {
      await requests.end();
      await pool.end();
    },
  };
}

/** Applies what is missing of drizzle/*.sql. */
export function migrateDatabase(url: string, folder: string = MIGRATIONS): Promise<void> {
  return withMigrationLock(url, async (client) => {
    const { rows } = await client.query("select current_setting('server_version_num')::int as version");
    requireVersion(rows[0].version);
    await migrate(drizzle(client), {
      migrationsFolder: folder,
      migrationsSchema: "public",
      migrationsTable: "asof_migrations",
    }).catch((error) => {
      throw new Error(migrationFailure(error, client.database), { cause: error });
    });
  });
}

/** Drizzle's own message is the statement; why it failed is in its cause. All migrations are one transaction. */
function migrationFailure(error: Error, database: string | undefined): string {
  const { message } = error.cause instanceof Error ? error.cause : error;
  return `the schema of database ${JSON.stringify(database)} cannot be made or changed: ${message}; nothing of it was kept; DATABASE_URL must name a database of asof's own, in UTF8, where its user may create schemas and tables`;
}

/**
 * @param version as `server_version_num` gives it: 150004 is 15.4
 * @throws {Error} older than 16
 */
export function requireVersion(version: number): void {
  if (version >= OLDEST_VERSION) return;
  const shown = `${Math.floor(version / 10_000)}.${version % 10_000}`;
  throw new Error(`PostgreSQL ${shown} is too old: asof needs 16 or newer; check DATABASE_URL`);
}

/** Changes of the schema, by processes that start at once, take turns. */
export async function withMigrationLock(
  url: string,
  work: (client: pg.Client) => Promise<void>,
): Promise<void> {
  const client = createClient(url);
  try {
    await client.connect();
  } catch (cause) {
    const { hostname, port, pathname } = new URL(url);
    const reason =
      cause instanceof Error ? cause.message || (cause as { code?: string }).code : String(cause);
    throw new Error(
      `PostgreSQL at ${hostname || "localhost"}:${port || 5432}${pathname} cannot be reached: ${reason}; check DATABASE_URL`,
      { cause },
    );
  }
  try {
    await takeMigrationLock(client);
    await work(client);
  } finally {
    await client.end();
  }
}

const LOCK_POLL_MS = 100;

/**
 * By asking again and again: a statement that waits holds a snapshot, and the holder's CREATE INDEX CONCURRENTLY
 * would wait for that one in turn, for ever.
 */
async function takeMigrationLock(client: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>(
      "select pg_try_advisory_lock(hashtextextended('asof_migrations', 0)) as taken",
    );
    if (rows[0]!.taken) return;
    await delay(LOCK_POLL_MS);
  }
}
