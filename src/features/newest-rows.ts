import { quote } from "../db/pool.js";
import { pushTableName, snapshotTableName } from "../db/tables/derived.js";
import type { FeatureView } from "../definitions/language/deployment.js";

/** SQL: of each date the newest revision, of those that have their rows: as_of, id. */
export const NEWEST_SNAPSHOTS = `
  select distinct on (as_of) as_of, id from snapshots
  where not exists (select 1 from snapshot_drops d where d.snapshot_id = snapshots.id)
  order by as_of, revision desc`;

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
       select ${columns("v")}, 0 as from_push, 0 as push_id from ${quote(snapshotTableName(view))} v
       join (${NEWEST_SNAPSHOTS}) newest on newest.as_of = v.as_of and newest.id = v.snapshot_id
       where v.as_of <= ${until}
       union all
       select ${columns("p")}, 1, p.push_id from ${quote(pushTableName(view))} p where p.as_of <= ${until}
     ) held order by held.${key}, held.as_of desc, held.from_push, held.push_id desc)`;
}
