import type { Deployment } from "../definitions/language/deployment.js";
import { joinEmbedded, type ServerLog } from "./embedded/shared-server.js";
import { type Lanes, openLanes } from "./lanes-of-process.js";
import { migrateDatabase } from "./migrations/migrate.js";
import { END_GRACE_MS, type Pool } from "./pool.js";
import { PoolerError, requireSessions } from "./pooler.js";

export { withMigrationLock } from "./migrations/lock.js";
export { migrateDatabase, requireServerVersion } from "./migrations/migrate.js";

/** Where the database is, and what bounds its statements and its end. */
export interface DatabaseOptions {
  /** Null: an embedded PostgreSQL is started in `home`. */
  databaseUrl: string | null;
  home: string;
  /** The folder of the deployment's own migrations; null: where the deployment says. */
  migrations: string | null;
  /** 0: never. */
  requestTimeoutMs: number;
  shutdown: { timeoutMs: number };
}

/** The database of this process: of its home's embedded server, or the one of DATABASE_URL. */
export interface Database {
  url: string;
  /** Connections by what they are for. */
  lanes: Lanes;
  /** The lane of runs and upkeep: their statements take as long as they take. */
  pool: Pool;
  /** The lane of requests: a statement ends with its request, and after REQUEST_TIMEOUT_MS. */
  requests: Pool;
  /** Why it will not come back: of an embedded server that cannot be kept up. Absent: it is kept up elsewhere. */
  lost?: Promise<Error>;
  close(): Promise<void>;
}

export const RUN_CONNECTIONS = 12;
/** Of what executes no runs with them: upkeep. */
export const UPKEEP_CONNECTIONS = 5;
/** Of the time to stop: what a connection in use may hold up the end. */
const END_SHARE = 0.1;

/**
 * Connects, starting the embedded server where no DATABASE_URL is given, and brings the schema up to date.
 * @param connections for runs and upkeep
 * @param log told what is being done, and how an embedded server fares
 * @throws {Error} the server cannot be reached or is too old
 * @throws {StartError} the database is another deployment's or a newer release's, or a migration fails
 */
export async function openDatabase(
  config: DatabaseOptions,
  deployment: Deployment,
  connections = RUN_CONNECTIONS,
  log?: ServerLog,
  cutShort?: AbortSignal,
): Promise<Database> {
  const server = config.databaseUrl ? null : await joinEmbedded(config.home, log);
  const url = config.databaseUrl ?? server!.url;
  try {
    if (config.databaseUrl) await refusePooler(config.databaseUrl);
    cutShort?.throwIfAborted();
    const migrations = config.migrations ?? deployment.migrations;
    await migrateDatabase(url, { ...deployment, migrations }, log);
  } catch (error) {
    await server?.leave();
    throw error;
  }
  const database = connectDatabase(url, config, connections);
  return {
    ...database,
    ...(server ? { lost: server.lost } : {}),
    close: async () => {
      await database.close();
      await server?.leave();
    },
  };
}

/** Where the server cannot be reached, the migrations say so. */
async function refusePooler(url: string): Promise<void> {
  await requireSessions(url).catch((error) => {
    if (error instanceof PoolerError) throw error;
  });
}

/** Connects to the database as it is: the process that opened it has migrated it, and keeps its server running. */
export function connectDatabase(
  url: string,
  { shutdown, requestTimeoutMs }: Pick<DatabaseOptions, "requestTimeoutMs" | "shutdown">,
  connections: number,
): Database {
  const endGraceMs = Math.min(END_GRACE_MS, shutdown.timeoutMs * END_SHARE);
  const { end, ...lanes } = openLanes(url, {
    timeoutMs: requestTimeoutMs,
    background: connections,
    endGraceMs,
  });
  return { url, lanes, pool: lanes.background, requests: lanes.requests, close: end };
}
