import { literal, quote } from "../db/pool.js";
import { pushTableName, snapshotTableName } from "../db/tables/derived.js";
import type { FeatureView, Source } from "../definitions/language/deployment.js";
import { isEffective } from "./effective-snapshots.js";

/** SQL: of each date the newest revision that holds and has its rows: as_of, id. */
export const NEWEST_SNAPSHOTS = `
  select distinct on (as_of) as_of, id from snapshots
  where ${isEffective("snapshots")}
  order by as_of, revision desc`;

/**
 * SQL: the source's part of each of these snapshots that it was delivered for: owner_id and event_date. What others carry on
 * from one of them is listed by it.
 */
export const newestParts = (source: Source): string => `
  select p.owner_id, p.event_date from (${NEWEST_SNAPSHOTS}) newest
  join snapshot_parts p on p.snapshot_id = newest.id and p.event_date = newest.as_of and p.name = ${literal(source.name)}`;

/**
 * SQL of a relation: what is to be served of each user, the row of the greatest date among the newest revisions of the
 * extracts and what was pushed. Of one date the extract's row comes first, then the last push. Columns: the key, as_of,
 * the features. Not a CTE, so that a condition on the key reaches the indices.
 */
export function newestRows(keyName: string, view: FeatureView, until = "'infinity'"): string {
  const key = quote(keyName);
  const columns = (alias: string) =>
    [keyName, "as_of", ...view.features].map((column) => `${alias}.${quote(column)}`).join(", ");
  return `
    (select distinct on (held.${key}) ${columns("held")} from (
       select ${columns("v")}, 0 as from_push, 0 as push_id from ${quote(snapshotTableName(view.source.name))} v
       join (${newestParts(view.source)}) part on part.event_date = v.as_of and part.owner_id = v.snapshot_id
       where v.as_of <= ${until}
       union all
       select ${columns("p")}, 1, p.push_id from ${quote(pushTableName(view))} p where p.as_of <= ${until}
     ) held order by held.${key}, held.as_of desc, held.from_push, held.push_id desc)`;
}
