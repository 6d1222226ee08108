import type { OnlineStoreKind } from "../online-store-kind.js";

/** Its client is imported where it is used: most processes and commands need none. */
export const redis: OnlineStoreKind = {
  name: "redis",
  description:
    "A copy in Redis or Valkey: one server, a Cluster (several hosts, or one that is a node of it), or the primary that Sentinels name. `rediss` is TLS.",
  schemes: ["redis", "rediss", "redis+sentinel", "rediss+sentinel"],
  async open({ url, definitions, pool, truth, closing }) {
    const { RedisLink } = await import("./redis-link.js");
    const { RedisOnlineStore } = await import("./redis-online-store.js");
    const [reads, writes] = await Promise.all([RedisLink.open(url), RedisLink.open(url)]);
    closing.push(() => {
      reads.close();
      writes.close();
    });
    return RedisOnlineStore.open(pool, definitions, truth, { reads, writes });
  },
  async check(url) {
    const { RedisLink } = await import("./redis-link.js");
    const { checkRedis } = await import("./check-redis.js");
    const link = await RedisLink.open(url);
    try {
      return await checkRedis(link, url);
    } finally {
      link.close();
    }
  },
  remedy: "start it, check REDIS_URL, or unset it: PostgreSQL is then the online store",
};
