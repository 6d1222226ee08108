import type { Database } from "../../db/database.js";
import type { Deployment } from "../../definitions/language/deployment.js";
import { type OnlineStore, PostgresOnlineStore } from "./online-store.js";
import { RedisLink } from "./redis/redis-link.js";
import { RedisOnlineStore } from "./redis/redis-online-store.js";

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
  const { predictions, requests, health } = database.lanes;
  const truth = new PostgresOnlineStore(predictions, definitions, requests, health);
  if (!redisUrl) return truth;
  const redis = await RedisLink.open(redisUrl);
  closing.push(() => redis.close());
  return RedisOnlineStore.open(database.pool, definitions, truth, redis);
}
