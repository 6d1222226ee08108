import { literal, quote } from "../db/pool.js";
import { snapshotTableName } from "../db/tables/derived.js";
import type { FeatureView } from "../definitions/language/deployment.js";
import { lastPush, newerColumns } from "./last-push.js";
import { viewRowColumns } from "./view-rows.js";

/**
 * $1 dates, $2 known-at instants, of equal length. One row for each place, in order: (id, asOf) of its newest effective
 * snapshot, nulls where it has none.
 */
export const NEWEST_SNAPSHOT_OF_CLOCKS = `
  select s.id, s.as_of as "asOf"
  from unnest($1::date[], $2::timestamptz[]) with ordinality clock(as_of, known_at, ordinal)
  left join lateral (
    select id, as_of from snapshots
    -- createdAt is shown in milliseconds: who asks with it means this snapshot too.
    where as_of <= clock.as_of and date_trunc('milliseconds', created_at) <= clock.known_at
      and not exists (select 1 from snapshot_drops d where d.snapshot_id = snapshots.id)
    order by as_of desc, revision desc limit 1
  ) s on true
  order by ordinal`;

/**
 * The point-in-time join of rows whose newest effective snapshot is the same, of the date `asOf`. $1 user ids, $2 dates,
 * $3 known-at instants, of equal length; $4 the snapshot's id. One row for each place, in order: whether the user is in
 * every view of that snapshot (older ones may hold what is missing), then what `viewRowsOf` expects.
 *
 * Meant to be prepared once for each date: the date in its text leaves one partition of each view to plan, lock and
 * open, and the arrays behind a select have the same estimated length in every plan, so that PostgreSQL keeps one.
 * `offset 0` keeps each view a query of its own: the orders of all these tables need not be weighed.
 */
export function newestSnapshotSql(keyName: string, views: readonly FeatureView[], asOf: string): string {
  const key = quote(keyName);
  const joins = views.map(
    (view, i) => `
    left join lateral (
      select v.${key} is not null as found, ${newerColumns(view, "v", "p")}
      from (select 1) asked_once
      left join ${quote(snapshotTableName(view))} v
        on v.snapshot_id = $4 and v.as_of = ${literal(asOf)} and v.${key} = asked.user_id
      left join lateral (${lastPush(key, view)}) p on true offset 0
    ) v${i} on true`,
  );
  return `
    select ${views.map((_, i) => `v${i}.found`).join(" and ")} as complete, ${viewRowColumns(views)}
    from unnest((select $1::text[]), (select $2::date[]), (select $3::timestamptz[]))
      with ordinality asked(user_id, as_of, known_at, ordinal)
    ${joins.join("")}
    order by ordinal`;
}
