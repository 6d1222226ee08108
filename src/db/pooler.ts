import type pg from "pg";
import { createClient, poolConfig } from "./pool.js";

/** Sessions that a pooler lends out in turn are looked for among so many. */
const SESSIONS = 6;
const ANSWER_MS = 5_000;
const ADVICE =
  "name the PostgreSQL server itself in DATABASE_URL (asof keeps pools of its own), or a pool in session mode that passes settings on";

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

async function backend(client: pg.Client): Promise<number> {
  const { rows } = await timely(client.query<{ pid: number }>("select pg_backend_pid() as pid"));
  return rows[0]!.pid;
}

/** Some poolers drop what a client asks for at the connection; snapshot hashes depend on it. */
async function requireSettings(client: pg.Client): Promise<void> {
  const asked = [...(poolConfig("", 1).options ?? "").matchAll(/-c (\w+)=(\S+)/g)];
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
