import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import type { Logger } from "pino";
import { createClient } from "../pool.js";

/** Changes of the schema, by processes that start at once, take turns. */
export async function withMigrationLock(
  url: string,
  work: (client: pg.Client) => Promise<void>,
  log?: Pick<Logger, "warn">,
): Promise<void> {
  const client = await connectTo(url);
  try {
    await takeMigrationLock(client, log);
    await work(client);
  } finally {
    await client.end();
  }
}

/** @throws {Error} it cannot be reached, with the place and without its password */
export async function connectTo(url: string): Promise<pg.Client> {
  const client = createClient(url);
  try {
    await client.connect();
    return client;
  } catch (cause) {
    const { hostname, port, pathname } = new URL(url);
    const reason =
      cause instanceof Error ? cause.message || (cause as { code?: string }).code : String(cause);
    throw new Error(
      `PostgreSQL at ${hostname || "localhost"}:${port || 5432}${pathname} cannot be reached: ${reason}; check DATABASE_URL`,
      { cause },
    );
  }
}

const LOCK_POLL_MS = 100;
/** Another process may be at a long migration. */
const LOCK_LIMIT_MS = 1_800_000;
const SAY_EVERY_MS = 10_000;
const LOCK = "hashtextextended('asof_migrations', 0)";
const HOLDER = `select a.pid, a.client_addr::text as address, a.application_name as name, a.backend_start as since
  from pg_locks l join pg_stat_activity a using (pid)
  where l.locktype = 'advisory' and l.granted and ((l.classid::bigint << 32) | l.objid::bigint) = ${LOCK} limit 1`;

/**
 * By asking again and again: a statement that waits holds a snapshot, and the holder's CREATE INDEX CONCURRENTLY
 * would wait for that one in turn, for ever.
 * @throws {Error} somebody else has it for half an hour
 */
async function takeMigrationLock(client: pg.Client, log?: Pick<Logger, "warn">): Promise<void> {
  const since = performance.now();
  for (let say = SAY_EVERY_MS; ; ) {
    const { rows } = await client.query<{ taken: boolean }>(`select pg_try_advisory_lock(${LOCK}) as taken`);
    if (rows[0]!.taken) return;
    const waitedMs = Math.round(performance.now() - since);
    if (waitedMs > say) {
      say += SAY_EVERY_MS;
      const holder = (await client.query(HOLDER)).rows[0];
      log?.warn({ waitedMs, holder }, "waiting for another process that changes the schema");
      if (waitedMs > LOCK_LIMIT_MS)
        throw new Error(
          `another session has changed the schema for half an hour: PostgreSQL's process ${holder?.pid}; end it there (pg_terminate_backend), then start again`,
        );
    }
    await delay(LOCK_POLL_MS);
  }
}
