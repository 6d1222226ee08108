import { Registry } from "../../values/registry.js";
import type { OnlineStoreKind } from "./online-store-kind.js";
import { postgresOnline } from "./postgres/postgres.js";
import { redis } from "./redis/redis.js";

export const builtInOnlineStores = [postgresOnline, redis] as const satisfies readonly OnlineStoreKind[];

export const onlineStores = new Registry<OnlineStoreKind>("online store", builtInOnlineStores);

/**
 * The store that a URL names by its scheme; PostgreSQL where there is none.
 * @throws {Error} no store has the scheme; the message lists those there are, and nothing else of the URL
 */
export function onlineStoreOf(url: string | null): OnlineStoreKind {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url ?? "")?.[1]?.toLowerCase() ?? null;
  for (const store of onlineStores) {
    const isMeant = url === null ? store.schemes.length === 0 : store.schemes.includes(scheme ?? "");
    if (isMeant) return store;
  }
  const known = [...onlineStores].flatMap(({ schemes }) => schemes.map((each) => `${each}://`));
  if (url === null) throw new Error(`set ONLINE_STORE_URL, to one of ${known.join(", ")}`);
  throw new Error(
    `ONLINE_STORE_URL: no online store is for ${scheme ? `${scheme}://` : "a text without a scheme"}; ` +
      `begin it with one of ${known.join(", ")}, or unset it: PostgreSQL is then the online store`,
  );
}
