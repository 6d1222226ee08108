import { quote } from "../db/pool.js";
import { onlineTableName } from "../db/tables/derived.js";
import { isWide } from "../db/wide-rows.js";
import type { FeatureView } from "../definitions/language/deployment.js";
import { newestRows } from "./newest-rows.js";
import { valueTexts } from "./online/online-rows.js";

/** An array, not a function's arguments: of those there may be a hundred. */
const jsonOf = (alias: string, view: FeatureView): string =>
  `to_json(array[${valueTexts(view, `${alias}.`).join(", ")}])::text`;

/** Every user's row of the view as of today, from the snapshots and what was pushed. */
const expectedRows = (key: string, view: FeatureView): string => newestRows(key, view, "current_date");

/**
 * What retention left: the newest date it dropped, and the dates that have their rows.
 * A served row of no kept date and not after that one may stem from a dropped snapshot, or from what was pushed before it.
 */
export const RETAINED = `
  select coalesce((select max(s.as_of) from snapshots s join snapshot_drops d on d.snapshot_id = s.id), '-infinity')::text
      as "droppedUntil",
    array(select distinct as_of::text from snapshots s
      where not exists (select 1 from snapshot_drops d where d.snapshot_id = s.id)) as kept`;

/** Nothing is left to compare the row `o` with: `e` is what was expected of its user instead, if anything. */
const DROPPED = `(o.as_of <= retained."droppedUntil"::date and not o.as_of = any(retained.kept::date[])
  and (e.as_of is null or e.as_of < o.as_of))`;

/** Users whose online row is not the expected one: key, expected, served; the rows as JSON text, null where there is none. */
export function differencesSql(key: string, view: FeatureView): string {
  const columns = ["as_of", ...view.features].map(quote);
  const online = quote(onlineTableName(view));
  const wide = isWide(columns.length);
  const list = (alias: string) => columns.map((column) => `${alias}.${column}`).join(", ");
  const shown = (alias: string) => (wide ? `${alias}.shown` : jsonOf(alias, view));
  // Without the offset the planner would join all columns of both.
  const side = (rows: string, alias: string) =>
    wide
      ? `(select ${quote(key)}, as_of, ${jsonOf(alias, view)} as shown from ${rows} ${alias} offset 0) ${alias}`
      : `${rows} ${alias}`;
  const differ = wide ? "e.shown is distinct from o.shown" : `(${list("e")}) is distinct from (${list("o")})`;
  return `
    with retained as materialized (${RETAINED})
    select coalesce(e.${quote(key)}, o.${quote(key)}) as key,
      case when e.${quote(key)} is not null then ${shown("e")} end as expected,
      case when o.${quote(key)} is not null then ${shown("o")} end as served
    from ${side(expectedRows(key, view), "e")} full join ${side(online, "o")} on o.${quote(key)} = e.${quote(key)}
    cross join retained
    where (e.${quote(key)} is null or o.${quote(key)} is null or ${differ})
      and (o.${quote(key)} is null or not ${DROPPED})
    order by 1`;
}

/** How many online rows nothing is left to compare with. */
export function droppedSql(key: string, view: FeatureView): string {
  return `
    with retained as materialized (${RETAINED})
    select count(*)::int as count from ${quote(onlineTableName(view))} o cross join retained
    left join ${expectedRows(key, view)} e on e.${quote(key)} = o.${quote(key)}
    where ${DROPPED}`;
}

/** key and expected, of all users. */
export function expectedSql(key: string, view: FeatureView): string {
  return `select e.${quote(key)} as key, ${jsonOf("e", view)} as expected from ${expectedRows(key, view)} e`;
}

/** Those of the users in `$1` that have an expected row. */
export function expectedUsersSql(key: string, view: FeatureView): string {
  return `select e.${quote(key)} as key from ${expectedRows(key, view)} e where e.${quote(key)} = any($1)`;
}

/** How many users the comparison was about. */
export function usersSql(key: string, views: readonly FeatureView[]): string {
  const parts = views.flatMap((view) => [
    `select ${quote(key)} from ${expectedRows(key, view)} e`,
    `select ${quote(key)} from ${quote(onlineTableName(view))}`,
  ]);
  return `select count(*)::int as users from (${parts.join(" union ")}) u`;
}
