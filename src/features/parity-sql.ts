import { quote } from "../db/pool.js";
import { onlineTableName, snapshotTableName } from "../db/tables/derived.js";
import type { FeatureView } from "../definitions/language/deployment.js";

const rowOf = (alias: string, view: FeatureView): string =>
  `json_build_array(${["as_of", ...view.features].map((column) => `${alias}.${quote(column)}::text`).join(", ")})::text`;

/**
 * Every user's row of the view as of today, from the newest revisions of the snapshots: user_id, as_of, features.
 * Not written as a CTE, so that a condition on user_id reaches the index.
 */
function expectedRows(key: string, view: FeatureView): string {
  const columns = ["as_of", ...view.features].map((column) => `v.${quote(column)}`);
  return `
    (select distinct on (v.${quote(key)}) v.${quote(key)} as user_id, ${columns.join(", ")}
     from ${quote(snapshotTableName(view))} v
     join (select distinct on (as_of) as_of, id from snapshots where as_of <= current_date
           order by as_of, revision desc) newest on newest.as_of = v.as_of and newest.id = v.snapshot_id
     order by v.${quote(key)}, v.as_of desc)`;
}

/** Users whose online row is not the expected one: user_id, expected, served; the rows as JSON text, null where there is none. */
export function differencesSql(key: string, view: FeatureView): string {
  const columns = ["as_of", ...view.features].map(quote);
  const list = (alias: string) => columns.map((column) => `${alias}.${column}`).join(", ");
  return `
    select coalesce(e.user_id, o.${quote(key)}) as "userId",
      case when e.user_id is not null then ${rowOf("e", view)} end as expected,
      case when o.${quote(key)} is not null then ${rowOf("o", view)} end as served
    from ${expectedRows(key, view)} e full join ${quote(onlineTableName(view))} o on o.${quote(key)} = e.user_id
    where e.user_id is null or o.${quote(key)} is null or (${list("e")}) is distinct from (${list("o")})
    order by 1`;
}

/** user_id and expected, of all users. */
export function expectedSql(key: string, view: FeatureView): string {
  return `select e.user_id as "userId", ${rowOf("e", view)} as expected from ${expectedRows(key, view)} e`;
}

/** Those of the users in `$1` that have an expected row. */
export function expectedUsersSql(key: string, view: FeatureView): string {
  return `select e.user_id as "userId" from ${expectedRows(key, view)} e where e.user_id = any($1)`;
}

/** How many users the comparison was about. */
export function usersSql(key: string, views: readonly FeatureView[]): string {
  const parts = views.flatMap((view) => [
    `select user_id from ${expectedRows(key, view)} e`,
    `select ${quote(key)} from ${quote(onlineTableName(view))}`,
  ]);
  return `select count(*)::int as users from (${parts.join(" union ")}) u`;
}
