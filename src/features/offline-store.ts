import { type Queryable, quote } from "../db/pool.js";
import { snapshotTableName } from "../db/tables/derived.js";
import type { Deployment, FeatureView } from "../definitions/language/deployment.js";
import type { EntityRow } from "./types.js";
import { type ViewRow, viewRowColumns, viewRowsOf } from "./view-rows.js";

/**
 * The point-in-time join. For (user, t, knownAt), per view: the user's row with the greatest as_of ≤ t among the
 * effective snapshots, which are per date the highest revision created by knownAt, of those whose rows retention has not dropped. Whether a row is too old to
 * be served (ttl) is the reader's judgement: an expired row hides no older one.
 */
export class OfflineStore {
  readonly #sql: string;

  constructor(
    private readonly db: Queryable,
    private readonly deployment: Deployment,
  ) {
    this.#sql = pointInTimeSql(deployment.entity.key, deployment.views);
  }

  /** One set-based statement for all rows; one list of view rows per asked row, in their order. */
  async read(rows: readonly (EntityRow & { asOf: string })[]): Promise<(ViewRow | null)[][]> {
    const { rows: found } = await this.db.query({
      name: "asof_point_in_time",
      text: this.#sql,
      values: [
        rows.map((row) => row.userId),
        rows.map((row) => row.asOf),
        rows.map((row) => row.knownAt?.toISOString() ?? "infinity"),
      ],
      rowMode: "array",
    });
    return found.map((row) => viewRowsOf(row as unknown[], this.deployment.views));
  }
}

function pointInTimeSql(key: string, views: readonly FeatureView[]): string {
  const joins = views.map((view, index) => {
    // Dates newest first, and within a date one indexed look-up: stops at the first date that has the user.
    // biome-ignore format: SQL
    return `
      left join lateral (
        select v.*
        from unnest(effective.dates, effective.ids) with ordinality s(as_of, snapshot_id, place)
        cross join lateral (
          select * from ${quote(snapshotTableName(view))} v
          where v.as_of = s.as_of and v.snapshot_id = s.snapshot_id and v.${quote(key)} = asked.user_id
        ) v
        order by s.place limit 1
      ) v${index} on true`;
  });
  return `
    with asked as materialized (
      select * from unnest($1::text[], $2::date[], $3::timestamptz[]) with ordinality a(user_id, as_of, known_at, ordinal)
    ), clocks as materialized (
      select distinct as_of, known_at from asked
    ), effective as materialized (
      select clocks.as_of, clocks.known_at,
        array_agg(s.as_of order by s.as_of desc) as dates, array_agg(s.id order by s.as_of desc) as ids
      from clocks
      cross join lateral (
        select distinct on (as_of) as_of, id from snapshots
        -- createdAt is shown in milliseconds: who asks with it means this snapshot too.
        where as_of <= clocks.as_of and date_trunc('milliseconds', created_at) <= clocks.known_at
          and not exists (select 1 from snapshot_drops d where d.snapshot_id = snapshots.id)
        order by as_of, revision desc
      ) s
      group by clocks.as_of, clocks.known_at
    )
    select ${viewRowColumns(views)}
    from asked left join effective on effective.as_of = asked.as_of and effective.known_at = asked.known_at
    ${joins.join("")}
    order by asked.ordinal`;
}
