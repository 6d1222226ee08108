import { quote } from "../../../db/pool.js";
import { pushTableName } from "../../../db/tables/derived.js";
import { wasRecorded } from "../../effective-snapshots.js";
import type { ReadView } from "../../parent-keys.js";

/**
 * SQL of columns by their places, `_f0`, `_f1`, …, of a table: within a statement no declared name is heard, for it may be
 * any of the statement's own.
 */
export const placed = (features: readonly string[], table: string): string[] =>
  features.map((feature, i) => `${table}.${quote(feature)} as _f${i}`);

/**
 * SQL: as_of and the features, by their places, of the view's last pushed row of the greatest date, of those bound to a
 * snapshot that was known; for `asked` (user_id, as_of, known_at) beside it.
 */
export function lastPush(key: string, view: ReadView): string {
  if (view.takesPushes === false) return "select null where false";
  const table = quote(pushTableName(view));
  return `
    select ${["p.as_of", ...placed(view.features, "p")].join(", ")} from ${table} p
    -- The first condition is met once for all rows: where nothing was ever pushed nothing is looked up.
    where exists (select 1 from ${table}) and p.${key} = asked.user_id and p.as_of <= asked.as_of and exists (
      select 1 from snapshots s
      where s.id = p.snapshot_id and ${wasRecorded("s", "asked.known_at")})
    order by p.as_of desc, p.push_id desc limit 1`;
}

/**
 * SQL: the snapshot that owns the row (null of a pushed one), as_of and the features by their places, of an extract's and a
 * pushed row the one of the later date, of one date the extract's.
 */
export function newerColumns({ features, takesPushes }: ReadView, extract: string, pushed: string): string {
  const columns = ["as_of", ...features.map((_, i) => `_f${i}`)];
  if (takesPushes === false) return ["_owner", ...columns].map((column) => `${extract}.${column}`).join(", ");
  const newer = `${pushed}.as_of > coalesce(${extract}.as_of, '-infinity')`;
  const chosen = columns.map(
    (column) => `case when ${newer} then ${pushed}.${column} else ${extract}.${column} end as ${column}`,
  );
  return [`case when ${newer} then null else ${extract}._owner end as _owner`, ...chosen].join(", ");
}
