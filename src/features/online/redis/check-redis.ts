import type { RedisLink } from "./redis-link.js";
import { STAMP_DIGITS, WRITE_SCRIPT } from "./redis-rows.js";
import { placeOfHost } from "./redis-servers.js";
import { redisTarget } from "./redis-url.js";

const ANSWER_MS = 2_000;

/**
 * Does on every server what a fill does there: a server that only answers may still refuse writes, scripts or the
 * user's commands.
 * @returns the servers that take writes
 * @throws {Error} one refuses; the message begins with where
 */
export async function checkRedis(link: RedisLink, url: string): Promise<string> {
  const primaries = link.primaries();
  const { kind, hosts, service } = redisTarget(url);
  if (primaries.length === 0)
    throw new Error(
      `${hosts.map(placeOfHost).join(", ")}: not connected${kind === "sentinel" ? ` to ${service}` : ""}`,
    );
  for (const primary of primaries) {
    const key = `asof:doctor:{${primary.tag}}`;
    try {
      for (const command of [
        ["INFO", "server"],
        ["INFO", "replication"],
        ["SCAN", "0", "COUNT", "1"],
      ])
        await link.ask(primary, command, ANSWER_MS);
      await link.runScript(WRITE_SCRIPT, [[key, "tried", "".padEnd(STAMP_DIGITS, "0")]], ANSWER_MS);
      await link.send([["DEL", key]], ANSWER_MS);
    } catch (error) {
      const problem = ((error as Error).cause as Error | undefined)?.message ?? (error as Error).message;
      throw new Error(`${primary.place}: ${problem}`, { cause: error });
    }
  }
  if (kind === "server" && primaries.length === 1) return `${primaries[0]!.place} answers and takes writes`;
  return `${primaries.length} ${primaries.length === 1 ? "primary takes" : "primaries take"} writes: ${primaries.map(({ place }) => place).join(", ")}`;
}
