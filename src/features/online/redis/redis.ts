import type { OnlineStoreKind } from "../online-store-kind.js";

const ANSWER_MS = 2_000;

/** Its client is imported where it is used: most processes and commands need none. */
export const redis: OnlineStoreKind = {
  name: "redis",
  description: "A copy in Redis or Valkey, one server; the path is the database number, `rediss://` is TLS.",
  schemes: ["redis", "rediss"],
  async open({ url, definitions, pool, truth, closing }) {
    const { RedisLink } = await import("./redis-link.js");
    const { RedisOnlineStore } = await import("./redis-online-store.js");
    const link = await RedisLink.open(url);
    closing.push(() => link.close());
    return RedisOnlineStore.open(pool, definitions, truth, link);
  },
  async check(url) {
    const { RedisLink } = await import("./redis-link.js");
    const link = await RedisLink.open(url);
    const { hostname, port } = new URL(url);
    const place = `${hostname}:${port || 6379}`;
    try {
      await link.send([["PING"]], ANSWER_MS);
      return `${place} answers`;
    } catch (error) {
      const problem = ((error as Error).cause as Error | undefined)?.message ?? "not connected";
      throw new Error(`${place}: ${problem}`, { cause: error });
    } finally {
      link.close();
    }
  },
  remedy: "start it, check REDIS_URL, or unset it: PostgreSQL is then the online store",
};
