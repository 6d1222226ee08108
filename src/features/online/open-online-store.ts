import type { Database } from "../../db/database.js";
import type { Deployment } from "../../definitions/language/deployment.js";
import type { OnlineStore } from "./online-store.js";
import { PostgresOnlineStore } from "./postgres/postgres-online-store.js";
import { onlineStoreOf } from "./registry.js";

/**
 * The store that the URL names, with PostgreSQL behind it; PostgreSQL alone where there is none.
 * @param closing gets what closes its connections
 * @throws {Error} no store has the URL's scheme
 */
export function openOnlineStore(
  { lanes, reads, pool }: Database,
  definitions: Deployment,
  url: string | null,
  closing: (() => unknown)[],
): Promise<OnlineStore> {
  const truth = new PostgresOnlineStore(reads.predictions, definitions, reads.requests, lanes.health);
  return onlineStoreOf(url).open({ url: url ?? "", definitions, pool, truth, closing });
}
