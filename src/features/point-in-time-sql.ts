import { quote } from "../db/pool.js";
import { snapshotTableName } from "../db/tables/derived.js";
import type { FeatureView } from "../definitions/language/deployment.js";
import { lastPush, newerColumns } from "./last-push.js";

/**
 * The point-in-time join as one statement over sets. $1 user ids, $2 dates, $3 known-at instants, of equal length;
 * one row for each place in them, in their order: per view its as_of and its features, as `viewRowsOf` expects them.
 *
 * Few clocks (date, known-at) are asked for, so the effective snapshots of each are listed once. Users are then
 * looked up snapshot by snapshot, one index scan for all users asked of it: first in each clock's newest snapshot,
 * which has nearly all of them, then, for who is not in it, in all older ones by their indexes alone. A look-up
 * for each asked row costs several times as much, most of it in finding the partition anew.
 */
export function pointInTimeSql(keyName: string, views: readonly FeatureView[]): string {
  return `
    with asked as materialized (
      select * from unnest($1::text[], $2::date[], $3::timestamptz[]) with ordinality a(user_id, as_of, known_at, ordinal)
    ), clocks as materialized (
      select row_number() over () as clock, as_of, known_at from (select distinct as_of, known_at from asked) c
    ), effective as materialized (
      select clock, s.id as snapshot_id, s.as_of, row_number() over (partition by clock order by s.as_of desc) as place
      from clocks
      cross join lateral (
        select distinct on (as_of) as_of, id from snapshots
        -- createdAt is shown in milliseconds: who asks with it means this snapshot too.
        where as_of <= clocks.as_of and date_trunc('milliseconds', created_at) <= clocks.known_at
          and not exists (select 1 from snapshot_drops d where d.snapshot_id = snapshots.id)
        order by as_of, revision desc
      ) s
    ), placed as materialized (
      select asked.ordinal, asked.user_id, c.clock, c.snapshot_id, c.as_of
      from asked join (
        select distinct on (clock) clock, clocks.as_of as asked_as_of, known_at, e.snapshot_id, e.as_of
        from clocks join effective e using (clock) order by clock, place
      ) c on c.asked_as_of = asked.as_of and c.known_at = asked.known_at
    ), newest as materialized (
      select snapshot_id, as_of, array_agg(user_id) as users from placed group by snapshot_id, as_of
    )${views.map((view, index) => viewSql(quote(keyName), view, `e${index}`)).join("")}${views
      .map((view, index) => pushedSql(quote(keyName), view, `p${index}`))
      .join("")}
    select ${views.map((view, i) => newerColumns(view, `e${i}`, `p${i}`)).join(", ")}
    from asked ${views.map((_, i) => `left join e${i} using (ordinal) left join p${i} using (ordinal)`).join(" ")}
    order by ordinal`;
}

/** A CTE (ordinal, as_of, feature, …) of the asked rows that have a pushed row. */
function pushedSql(key: string, view: FeatureView, name: string): string {
  return `, ${name} as materialized (
      select asked.ordinal, p.* from asked cross join lateral (${lastPush(key, view)}) p
    )`;
}

/** CTEs that end in one named `name`: (ordinal, as_of, feature, …) of the asked rows that have a row in the view. */
function viewSql(key: string, view: FeatureView, name: string): string {
  const table = quote(snapshotTableName(view));
  const features = view.features.map((feature) => `, v.${quote(feature)}`).join("");
  // `offset 0` keeps the planner from joining the other way round: by scanning every partition.
  const usersOf = (snapshots: string, columns: string) => `
      select v.* from ${snapshots} w cross join lateral (
        select v.snapshot_id, v.as_of, v.${key} as user_id${columns} from ${table} v
        where v.as_of = w.as_of and v.snapshot_id = w.snapshot_id and v.${key} = any(w.users) offset 0
      ) v`;
  return `, ${name}_newest as materialized (${usersOf("newest", features)}
    ), ${name}_missing as materialized (
      select distinct p.clock, p.user_id from placed p
      where not exists (select 1 from ${name}_newest f where f.snapshot_id = p.snapshot_id and f.user_id = p.user_id)
    ), ${name}_older as materialized (
      select e.snapshot_id, e.as_of, array_agg(distinct m.user_id) as users
      from ${name}_missing m join effective e on e.clock = m.clock and e.place > 1 group by e.snapshot_id, e.as_of
    ), ${name}_found as materialized (${usersOf(`${name}_older`, "")}
    ), ${name}_last as materialized (
      select distinct on (m.clock, m.user_id) m.clock, f.user_id, f.snapshot_id, f.as_of
      from ${name}_missing m join effective e using (clock)
      join ${name}_found f on f.snapshot_id = e.snapshot_id and f.user_id = m.user_id
      order by m.clock, m.user_id, e.place
    ), ${name} as materialized (
      select p.ordinal, v.as_of${features}
      from placed p join ${name}_newest v on v.snapshot_id = p.snapshot_id and v.user_id = p.user_id
      union all
      select p.ordinal, l.as_of${features}
      from placed p join ${name}_last l on l.clock = p.clock and l.user_id = p.user_id
      cross join lateral (
        select * from ${table} v
        where v.as_of = l.as_of and v.snapshot_id = l.snapshot_id and v.${key} = l.user_id offset 0
      ) v
    )`;
}
