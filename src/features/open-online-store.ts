import type { Database } from "../db/database.js";
import { createServingPool } from "../db/request-pool.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { type OnlineStore, PostgresOnlineStore } from "./online-store.js";
import { RedisLink } from "./redis-link.js";
import { RedisOnlineStore } from "./redis-online-store.js";

/** Reads of online values at once: the small ones are two batches, large ones have statements of their own. */
const ONLINE_READS = 4;

/**
 * PostgreSQL, with Redis before it where one is configured.
 * @param closing gets what closes its connections
 */
export async function openOnlineStore(
  database: Database,
  definitions: Deployment,
  redisUrl: string | undefined,
  closing: (() => unknown)[],
): Promise<OnlineStore> {
  const reads = createServingPool(database.url, ONLINE_READS, database.requestOptions);
  closing.push(() => reads.end());
  // A read of some users at most, whoever asks.
  const truth = new PostgresOnlineStore(reads, definitions);
  if (!redisUrl) return truth;
  const redis = await RedisLink.open(redisUrl);
  closing.push(() => redis.close());
  return RedisOnlineStore.open(database.pool, definitions, truth, redis);
}
