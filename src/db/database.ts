import { fileURLToPath } from "node:url";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate } from "drizzle-orm/node-postgres/migrator";
import type pg from "pg";
import type { Config } from "../config.js";
import { type EmbeddedDatabase, startEmbedded } from "./embedded.js";
import { createClient, createPool, type Pool, quote } from "./pool.js";

/** The database of this process: its own embedded server, or the one of DATABASE_URL. */
export interface Database {
  url: string;
  pool: Pool;
  embedded: EmbeddedDatabase | null;
  close(): Promise<void>;
}

const MIGRATIONS = fileURLToPath(new URL("../../drizzle", import.meta.url));
const OLDEST_VERSION = 160_000;

/**
 * Connects, starting the embedded server where no DATABASE_URL is given, and brings the schema up to date.
 * @throws {Error} the server cannot be reached, is too old, or a migration fails
 */
export async function openDatabase(config: Pick<Config, "databaseUrl" | "home">): Promise<Database> {
  const embedded = config.databaseUrl ? null : await startEmbedded(config.home);
  const url = config.databaseUrl ?? embedded!.url;
  try {
    if (embedded) await createDatabase(url);
    await migrateDatabase(url);
  } catch (error) {
    if (embedded?.started) await embedded.stop();
    throw error;
  }
  const pool = createPool(url, 20);
  return {
    url,
    pool,
    embedded,
    close: async () => {
      await pool.end();
      // Processes of one ASOF_HOME share its server; the last one out stops it.
      if (embedded && !(await othersConnected(url))) await embedded.stop();
    },
  };
}

async function othersConnected(url: string): Promise<boolean> {
  const client = createClient(url);
  await client.connect();
  try {
    const { rowCount } = await client.query(
      "select 1 from pg_stat_activity where application_name = 'asof' and pid <> pg_backend_pid() limit 1",
    );
    return rowCount === 1;
  } finally {
    await client.end();
  }
}

async function createDatabase(url: string): Promise<void> {
  const target = new URL(url);
  const name = target.pathname.slice(1);
  target.pathname = "/postgres";
  const client = createClient(target.href);
  await client.connect();
  try {
    const found = await client.query("select 1 from pg_database where datname = $1", [name]);
    if (found.rowCount === 0) await client.query(`create database ${quote(name)}`);
  } catch (error) {
    // Another process of the same home was first.
    if ((error as { code?: string }).code !== "42P04" && (error as { code?: string }).code !== "23505")
      throw error;
  } finally {
    await client.end();
  }
}

/** Applies what is missing of drizzle/*.sql. */
export function migrateDatabase(url: string, folder: string = MIGRATIONS): Promise<void> {
  return withMigrationLock(url, async (client) => {
    const { rows } = await client.query("select current_setting('server_version_num')::int as version");
    if (rows[0].version < OLDEST_VERSION) {
      throw new Error(`PostgreSQL ${rows[0].version} is too old: asof needs 16 or newer`);
    }
    await migrate(drizzle(client), {
      migrationsFolder: folder,
      migrationsSchema: "public",
      migrationsTable: "asof_migrations",
    });
  });
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
      `PostgreSQL at ${hostname}:${port || 5432}${pathname} cannot be reached: ${reason}; check DATABASE_URL`,
      { cause },
    );
  }
  try {
    await client.query("select pg_advisory_lock(hashtextextended('asof_migrations', 0))");
    await work(client);
  } finally {
    await client.end();
  }
}
