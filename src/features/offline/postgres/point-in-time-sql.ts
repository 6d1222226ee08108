import { literal, quote } from "../../../db/pool.js";
import { snapshotTableName } from "../../../db/tables/derived.js";
import { wasEffective } from "../../effective-snapshots.js";
import type { ReadView } from "../../parent-keys.js";
import { NO_PART } from "../../view-rows.js";
import { lastPush, newerColumns, placed } from "./last-push.js";

/**
 * The point-in-time join as one statement over sets. $1 user ids, $2 dates, $3 known-at instants, of equal length;
 * one row for each place in them, in their order, as `offlineRowsOf` expects it.
 *
 * Few clocks (date, known-at) are asked for, so the effective snapshots of each are listed once. Users are then
 * looked up snapshot by snapshot, one index scan for all users asked of it: first in each clock's newest snapshot,
 * which has nearly all of them, then, for who is not in it, in all older ones by their indexes alone. A look-up
 * for each asked row costs several times as much, most of it in finding the partition anew.
 */
export function pointInTimeSql(keyName: string, views: readonly ReadView[]): string {
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
        where as_of <= clocks.as_of and ${wasEffective("snapshots", "clocks.known_at")}
        order by as_of, revision desc
      ) s
    ), placed as materialized (
      select asked.ordinal, asked.user_id, c.clock
      from asked join clocks c on c.as_of = asked.as_of and c.known_at = asked.known_at
    )${views.map((view, index) => viewSql(quote(keyName), view, `e${index}`)).join("")}${views
      .map((view, index) => pushedSql(quote(keyName), view, `p${index}`))
      .join("")}
    select ${views.map((view, i) => newerColumns(view, `e${i}`, `p${i}`)).join(", ")}
    from asked ${views.map((_, i) => `left join e${i} using (ordinal) left join p${i} using (ordinal)`).join(" ")}
    order by ordinal`;
}

/** A CTE (ordinal, as_of, feature, …) of the asked rows that have a pushed row. */
function pushedSql(key: string, view: ReadView, name: string): string {
  return `, ${name} as materialized (
      select asked.ordinal, p.* from asked cross join lateral (${lastPush(key, view)}) p
    )`;
}

/**
 * CTEs that end in one named `name`, of the parts that were delivered for the snapshots' own dates: (ordinal, _owner, as_of, _f0, …) of the asked rows that have a row in the
 * view, and of those whose clock has no part of its source at all: their owner is `NO_PART`.
 */
function viewSql(key: string, view: ReadView, name: string): string {
  const table = quote(snapshotTableName(view.source.name));
  const read = placed(view.features, "v").map((column) => `, ${column}`);
  const features = view.features.map((_, i) => `, v._f${i}`).join("");
  const nothing = view.features.map(() => ", null").join("");
  // `offset 0` keeps the planner from joining the other way round: by scanning every partition.
  const usersOf = (parts: string, columns: string) => `
      select v.* from ${parts} w cross join lateral (
        select v.snapshot_id as _owner, v.as_of, v.${key} as _user${columns} from ${table} v
        where v.as_of = w.event_date and v.snapshot_id = w.owner_id and v.${key} = any(w.users) offset 0
      ) v`;
  return `, ${name}_parts as materialized (
      select e.clock, p.owner_id, p.event_date, row_number() over (partition by e.clock order by e.place) as place
      from effective e join snapshot_parts p
        on p.snapshot_id = e.snapshot_id and p.event_date = e.as_of and p.name = ${literal(view.source.name)}
    ), ${name}_placed as materialized (
      select p.ordinal, p.user_id, p.clock, n.owner_id, n.event_date
      from placed p join ${name}_parts n on n.clock = p.clock and n.place = 1
    ), ${name}_first as materialized (
      select owner_id, event_date, array_agg(user_id) as users from ${name}_placed group by owner_id, event_date
    ), ${name}_newest as materialized (${usersOf(`${name}_first`, read.join(""))}
    ), ${name}_missing as materialized (
      select distinct p.clock, p.user_id from ${name}_placed p
      where not exists (select 1 from ${name}_newest f where f._owner = p.owner_id and f._user = p.user_id)
    ), ${name}_older as materialized (
      select n.owner_id, n.event_date, array_agg(distinct m.user_id) as users
      from ${name}_missing m join ${name}_parts n on n.clock = m.clock and n.place > 1 group by n.owner_id, n.event_date
    ), ${name}_found as materialized (${usersOf(`${name}_older`, "")}
    ), ${name}_last as materialized (
      select distinct on (m.clock, m.user_id) m.clock, m.user_id, f._owner, f.as_of
      from ${name}_missing m join ${name}_parts n using (clock)
      join ${name}_found f on f._owner = n.owner_id and f._user = m.user_id
      order by m.clock, m.user_id, n.place
    ), ${name} as materialized (
      select p.ordinal, v._owner, v.as_of${features}
      from ${name}_placed p join ${name}_newest v on v._owner = p.owner_id and v._user = p.user_id
      union all
      select p.ordinal, l._owner, l.as_of${features}
      from placed p join ${name}_last l on l.clock = p.clock and l.user_id = p.user_id
      cross join lateral (
        select ${placed(view.features, "v").join(", ") || "1"} from ${table} v
        where v.as_of = l.as_of and v.snapshot_id = l._owner and v.${key} = l.user_id offset 0
      ) v
      union all
      select p.ordinal, ${NO_PART}, null${nothing} from placed p
      where exists (select 1 from effective e where e.clock = p.clock)
        and not exists (select 1 from ${name}_parts n where n.clock = p.clock)
    )`;
}
