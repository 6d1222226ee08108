import type { Deployment } from "../../definitions/language/deployment.js";
import { stateSources } from "../../definitions/language/windows/sources-of.js";
import { type Queryable, quote } from "../pool.js";
import { liveTableName, onlineTableName } from "../tables/derived.js";

/**
 * Per cent. A month updates every row of a live and an online table, and PostgreSQL writes each anew: where its page has
 * room, no index is touched and the log takes only what differs, for less than half of the cost. Such a table gets as
 * large without it, in its first update.
 */
const FILL_FACTOR = 45;

/** Has the tables that every month updates leave that room. No row is moved: pages that are full empty as they are updated. */
export async function leaveRoomForUpdates(db: Queryable, deployment: Deployment): Promise<void> {
  const tables = [...stateSources(deployment).map(liveTableName), ...deployment.views.map(onlineTableName)];
  const { rows } = await db.query<{ name: string }>(
    `select name from unnest($1::text[]) name join pg_class c on c.oid = to_regclass(quote_ident(name))
     where not coalesce(c.reloptions::text like '%fillfactor=%', false)`,
    [tables],
  );
  for (const { name } of rows) await db.query(`alter table ${quote(name)} set (fillfactor = ${FILL_FACTOR})`);
}
