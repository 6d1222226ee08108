import type { Deployment } from "../definitions/language/deployment.js";
import { joinEmbedded, type ServerLog } from "./embedded/shared-server.js";
import { type Lanes, type LanesOptions, openLanes } from "./lanes-of-process.js";
import { migrateDatabase } from "./migrations/migrate.js";
import { END_GRACE_MS, type Pool, type Queryable } from "./pool.js";
import { PoolerError, requireDefaults, requireSessions } from "./pooler.js";
import { ReadReplica } from "./read-replica.js";

export { withMigrationLock } from "./migrations/lock.js";
export { migrateDatabase, requireServerVersion } from "./migrations/migrate.js";

/** Where the database is, how many connections to it are held, and what bounds its statements and its end. */
export interface DatabaseOptions {
  /** PostgreSQL itself. Null: an embedded one is started in `home`. */
  databaseUrl: string | null;
  /** The same database through a pooler in transaction mode; null: there is none. */
  pooledUrl: string | null;
  /** A standby of it that reads may be answered from; null: there is none. */
  readUrl: string | null;
  /** How far behind a standby is still used. */
  readMaxLagMs: number;
  /** Most connections to answer requests with; null: as many as the server has room for. */
  connections: number | null;
  home: string;
  /** The folder of the deployment's own migrations; null: where the deployment says. */
  migrations: string | null;
  /** 0: never. */
  requestTimeoutMs: number;
  shutdown: { timeoutMs: number };
}

/** The database of this process: of its home's embedded server, or the one of DATABASE_URL. */
export interface Database {
  /** PostgreSQL itself: for LISTEN, session locks and runs. */
  url: string;
  /** Connections by what they are for. */
  lanes: Lanes;
  /** The lane of runs and upkeep: their statements take as long as they take. */
  pool: Pool;
  /** The lane of requests: a statement ends with its request, and after REQUEST_TIMEOUT_MS. */
  requests: Pool;
  /** For single statements that only read, of the lanes `predictions` and `requests`: by a standby where one has all. */
  reads: { predictions: Queryable; requests: Queryable };
  /** Absent: there is no standby. */
  replica?: ReadReplica;
  /** Why it will not come back: of an embedded server that cannot be kept up. Absent: it is kept up elsewhere. */
  lost?: Promise<Error>;
  close(): Promise<void>;
}

/** What runs work with, beside what answers requests. */
export const RUN_CONNECTIONS = 12;
/** Of a server that others use, too: a hundred connections are usual, for all of them. */
const SHARED_SERVER_CONNECTIONS = 4;
/** Of the embedded server, which allows 200 and is asof's alone. */
const OWN_SERVER_CONNECTIONS = 24;
/** Of the time to stop: what a connection in use may hold up the end. */
const END_SHARE = 0.1;

/**
 * Connects, starting the embedded server where no DATABASE_URL is given, and brings the schema up to date.
 * @param runs connections for runs: what uses them needs sessions
 * @param log told what is being done, and how an embedded server fares
 * @throws {Error} the server cannot be reached or is too old
 * @throws {StartError} the database is another deployment's or a newer release's, or a migration fails
 */
export async function openDatabase(
  config: DatabaseOptions,
  deployment: Deployment,
  runs = RUN_CONNECTIONS,
  log?: ServerLog,
  cutShort?: AbortSignal,
): Promise<Database> {
  const server = config.databaseUrl ? null : await joinEmbedded(config.home, log);
  const url = config.databaseUrl ?? server!.url;
  try {
    if (config.databaseUrl) await refusePooler(config.databaseUrl);
    if (config.pooledUrl) await requireDefaults(config.pooledUrl, url);
    cutShort?.throwIfAborted();
    const migrations = config.migrations ?? deployment.migrations;
    await migrateDatabase(url, { ...deployment, migrations }, log);
  } catch (error) {
    await server?.leave();
    throw error;
  }
  const database = connectDatabase(url, config, runs);
  const replica = config.readUrl
    ? new ReadReplica(
        config.readUrl,
        database.lanes,
        lanesOptions(config, 0),
        config.readMaxLagMs,
        log ?? SILENT,
      )
    : null;
  await replica?.start();
  return {
    ...database,
    ...(replica ? { replica, reads: readsOf(replica) } : {}),
    ...(server ? { lost: server.lost } : {}),
    close: async () => {
      await replica?.end();
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

type ConnectOptions = Pick<
  DatabaseOptions,
  "requestTimeoutMs" | "shutdown" | "connections" | "databaseUrl" | "pooledUrl"
>;

/** Connects to the database as it is: the process that opened it has migrated it, and keeps its server running. */
export function connectDatabase(url: string, config: ConnectOptions, runs: number): Database {
  const { pooledUrl } = config;
  const pooled = runs === 0 && pooledUrl !== null;
  const { end, ...lanes } = openLanes({ url: pooled ? pooledUrl : url, pooled }, lanesOptions(config, runs));
  const { predictions, requests } = lanes;
  return { url, lanes, pool: lanes.background, requests, reads: { predictions, requests }, close: end };
}

const readsOf = (replica: ReadReplica): Database["reads"] => ({
  predictions: replica.over("predictions"),
  requests: replica.over("requests"),
});

const SILENT = { info: () => {}, warn: () => {} };

function lanesOptions(config: ConnectOptions, runs: number): LanesOptions {
  const { connections, databaseUrl, requestTimeoutMs: timeoutMs, shutdown } = config;
  return {
    connections: connections ?? (databaseUrl ? SHARED_SERVER_CONNECTIONS : OWN_SERVER_CONNECTIONS),
    runs,
    timeoutMs,
    endGraceMs: Math.min(END_GRACE_MS, shutdown.timeoutMs * END_SHARE),
  };
}
