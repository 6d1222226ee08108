import type pg from "pg";
import { LanePool } from "./lane-pool.js";
import { createClient, type Pool, SESSION } from "./pool.js";

/** Sessions that a pooler lends out in turn are looked for among so many. */
const SESSIONS = 6;
const ANSWER_MS = 5_000;
const ADVICE =
  "name the PostgreSQL server itself in DATABASE_DIRECT_URL beside it, or in DATABASE_URL alone (asof keeps a pool of its own)";

/** Between asof and PostgreSQL is a pooler that asof cannot work through. */
export class PoolerError extends Error {
  constructor(reason: string) {
    super(`DATABASE_URL leads to a connection pooler, such as PgBouncer, ${reason}; ${ADVICE}`);
  }
}

/**
 * Finds out whether connections are PostgreSQL's own sessions. Through a pool in transaction mode session locks are granted
 * twice, LISTEN hears nothing, and waits never end. A pooler makes up the process id that it names at the connection.
 * @throws {PoolerError} they are not
 * @throws {Error} the server cannot be reached
 */
export async function requireSessions(url: string): Promise<void> {
  const clients: pg.Client[] = [];
  const open = async () => {
    const client = createClient(url);
    client.on("error", () => {});
    clients.push(client);
    await client.connect();
    return client;
  };
  try {
    const first = await open();
    const pid = await backend(first);
    if ((first as unknown as { processID: number }).processID === pid) return;
    await requireSettings(first);
    for (let i = 1; i < SESSIONS; i++) {
      const other = await open();
      // Lent for as long as its transaction lasts.
      await timely(other.query("begin"));
      if ((await backend(other)) === pid || (await backend(first)) !== pid)
        throw new PoolerError("in transaction mode, where session locks and LISTEN do not work");
    }
  } catch (error) {
    throw explain(error);
  } finally {
    await Promise.all(clients.map((client) => client.end().catch(() => {})));
  }
}

/** Settings that a pooler in transaction mode does not keep for its clients: they must be the database's own. */
const DEFAULTS: Readonly<Record<string, { wanted: string; holds(value: string): boolean }>> = {
  extra_float_digits: { wanted: "1", holds: (value) => Number(value) >= 1 },
  bytea_output: { wanted: "hex", holds: (value) => value === "hex" },
};

/**
 * Finds out whether a pooler can be used for what needs no session.
 * @param direct the URL of PostgreSQL itself
 * @throws {PoolerError} it leads to another database, or what PostgreSQL writes through it is not what asof reads
 * @throws {Error} it cannot be reached
 */
export async function requireDefaults(url: string, direct: string): Promise<void> {
  const target = { url, pooled: true };
  const pool = new LanePool(target, 1, ANSWER_MS);
  const lane: Pool = pool
    .lane({ ...PROBE, session: { settings: {}, timeoutMs: null, canceller: () => lane } })
    .asPool();
  const other = createClient(direct);
  other.on("error", () => {});
  const where = `select system_identifier || ' ' || current_database() as at from pg_control_system()`;
  try {
    for (const [name, value] of Object.entries({ DateStyle: "ISO", TimeZone: "UTC" })) {
      const set = await setting(lane, name);
      if (!set.startsWith(value)) throw new PoolerError(`that does not keep ${name} of its clients`);
    }
    for (const [name, { wanted, holds }] of Object.entries(DEFAULTS)) {
      const value = await setting(lane, name);
      if (!holds(value))
        throw new PoolerError(
          `to a database whose ${name} is ${value}, which it cannot change for asof: alter database … set ${name} = ${wanted}`,
        );
    }
    await other.connect();
    const [here, there] = [await lane.query(where), await other.query(where)];
    if (here.rows[0].at !== there.rows[0].at)
      throw new PoolerError("to another database than DATABASE_DIRECT_URL");
  } finally {
    await Promise.all([pool.end(), other.end().catch(() => {})]);
  }
}

const PROBE = { name: "the start", group: { reserved: 0, keepOpen: false }, most: 1, queue: null };

async function setting(lane: Pool, name: string): Promise<string> {
  const { rows } = await timely(lane.query<{ value: string }>("select current_setting($1) as value", [name]));
  return rows[0]!.value;
}

async function backend(client: pg.Client): Promise<number> {
  const { rows } = await timely(client.query<{ pid: number }>("select pg_backend_pid() as pid"));
  return rows[0]!.pid;
}

/** Some poolers drop what a client asks for at the connection; snapshot hashes depend on it. */
async function requireSettings(client: pg.Client): Promise<void> {
  const asked = [...SESSION.matchAll(/-c (\w+)=(\S+)/g)];
  for (const [, name, value] of asked) {
    const { rows } = await timely(client.query("select current_setting($1) as value", [name]));
    if (!String(rows[0].value).startsWith(value!))
      throw new PoolerError(`that ignores settings of a session (${name})`);
  }
}

function timely<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new PoolerError("in transaction mode: a second session got no connection in 5 s")),
      ANSWER_MS,
    );
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

function explain(error: unknown): unknown {
  const { message = "" } = error as Error;
  if (/unsupported startup parameter/.test(message))
    return new PoolerError(`that refuses settings of a session (${message})`);
  if (/transaction blocks not allowed in statement pooling mode/.test(message))
    return new PoolerError("in statement mode, where there are no transactions");
  return error;
}
