import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { createClient } from "../pool.js";

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
