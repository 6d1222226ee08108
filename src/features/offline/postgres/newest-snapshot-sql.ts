import { literal, quote } from "../../../db/pool.js";
import { snapshotTableName } from "../../../db/tables/derived.js";
import { wasEffective } from "../../effective-snapshots.js";
import type { ReadView } from "../../parent-keys.js";
import { offlineRowColumns } from "../../view-rows.js";
import { lastPush, newerColumns, placed } from "./last-push.js";

/**
 * $1 dates, $2 known-at instants, of equal length. One row for each place, in order: the id of its newest effective
 * snapshot, null where it has none.
 */
export const NEWEST_SNAPSHOT_OF_CLOCKS = `
  select s.id
  from unnest($1::date[], $2::timestamptz[]) with ordinality clock(as_of, known_at, ordinal)
  left join lateral (
    select id from snapshots
    where as_of <= clock.as_of and ${wasEffective("snapshots", "clock.known_at")}
    order by as_of desc, revision desc limit 1
  ) s on true
  order by ordinal`;

/**
 * The point-in-time join of rows whose newest effective snapshot is the same. $1 user ids, $2 dates, $3 known-at
 * instants, of equal length; $4 by view the snapshot that owns its part's rows. One row for each place, in order: whether
 * the user is in every view's part (older ones may hold what is missing), then what `offlineRowsOf` expects.
 *
 * Meant to be prepared once for each date: the date in its text leaves one partition of each view to plan, lock and
 * open, and the arrays behind a select have the same estimated length in every plan, so that PostgreSQL keeps one.
 * `offset 0` keeps each view a query of its own: the orders of all these tables need not be weighed.
 *
 * @param dates by view the date that its part's rows hold from
 */
export function newestSnapshotSql(
  keyName: string,
  views: readonly ReadView[],
  dates: readonly string[],
): string {
  const key = quote(keyName);
  const joins = views.map(
    (view, i) => `
    left join lateral (
      select v._key is not null as _found, ${newerColumns(view, "v", "p")}
      from (select 1) asked_once
      left join (
        select ${[`r.${key} as _key`, "r.snapshot_id as _owner", "r.as_of", ...placed(view.features, "r")].join(", ")}
        from ${quote(snapshotTableName(view.source.name))} r
      ) v on v._owner = ($4::int4[])[${i + 1}] and v.as_of = ${literal(dates[i]!)} and v._key = asked.user_id
      left join lateral (${lastPush(key, view)}) p on true offset 0
    ) v${i} on true`,
  );
  return `
    select ${views.map((_, i) => `v${i}._found`).join(" and ")} as complete, ${offlineRowColumns(views)}
    from unnest((select $1::text[]), (select $2::date[]), (select $3::timestamptz[]))
      with ordinality asked(user_id, as_of, known_at, ordinal)
    ${joins.join("")}
    order by asked.ordinal`;
}
