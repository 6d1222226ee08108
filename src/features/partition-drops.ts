import { setTimeout as delay } from "node:timers/promises";
import { type Client, type Pool, quote, withTransaction } from "../db/pool.js";

export interface Partition {
  parent: string;
  name: string;
}

/** Why retention leaves what somebody works with. */
export const KEPT_IN_USE = "in use: read, published or promoted from right now; ask again";

const ATTEMPTS = 10;
const PAUSE_MS = 100;
const LOCK_NOT_AVAILABLE = "55P03";

/**
 * Does the work in a transaction whose lock waits are short: readers queue up behind a waiting exclusive lock. No date is published
 * meanwhile.
 * @returns null where others had what it locks for a second
 */
export async function unlessInUse<T>(pool: Pool, work: (tx: Client) => Promise<T>): Promise<T | null> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await withTransaction(pool, async (tx) => {
        await tx.query("set local lock_timeout = '200ms'");
        await tx.query("select pg_advisory_xact_lock(hashtextextended('asof_publish', 0))");
        return work(tx);
      });
    } catch (error) {
      if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw error;
      if (attempt === ATTEMPTS) return null;
      await delay(PAUSE_MS);
    }
  }
}

/** Past what guards history: only retention does. */
export async function dropPartitions(tx: Client, partitions: readonly Partition[]): Promise<void> {
  if (partitions.length === 0) return;
  const names = partitions.map(({ name }) => quote(name));
  const parents = [...new Set(partitions.map(({ parent }) => `only ${quote(parent)}`))];
  await tx.query(`lock table ${[...parents, ...names].join(", ")} in access exclusive mode`);
  await tx.query("set local asof.drops_partitions = 'on'");
  await tx.query(`drop table ${names.join(", ")}`);
  await tx.query("set local asof.drops_partitions = 'off'");
}
