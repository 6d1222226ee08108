import { RedisLink } from "../../features/online/redis/redis-link.js";
import { type Check, failed, ok } from "./check.js";

const ANSWER_MS = 2_000;

export async function checkRedis(url: string | undefined): Promise<Check> {
  if (!url) return ok("redis", "none: PostgreSQL is the online store");
  const link = await RedisLink.open(url);
  const { hostname, port } = new URL(url);
  const place = `${hostname}:${port || 6379}`;
  try {
    await link.send([["PING"]], ANSWER_MS);
    return ok("redis", `${place} answers`);
  } catch (error) {
    const message = `${place}: ${((error as Error).cause as Error | undefined)?.message ?? "not connected"}`;
    return failed(
      "redis",
      message,
      "start it, check REDIS_URL, or unset it: PostgreSQL is then the online store",
    );
  } finally {
    link.close();
  }
}
