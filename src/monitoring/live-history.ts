import type { Pool } from "../db/pool.js";
import { type Deployment, findService } from "../definitions/language/deployment.js";
import type { SnapshotStore } from "../features/snapshot-store.js";
import { isJudged } from "../registry/model.js";
import { ModelStore } from "../registry/model-store.js";
import { type LiveMetrics, liveMetrics } from "./live-metrics.js";

/** What one version answered on one UTC day, and how that did. */
export interface LivePoint {
  day: string;
  version: number;
  predictions: number;
  /** Of several classes of the likeliest; null of regression. */
  meanProbability: number | null;
  /** Null of a task that decides nothing. Share of the answers that are 1. */
  positiveShare: number | null;
  /** Of a task whose answers are values; else null. */
  meanValue: number | null;
  /** Judged by the labels; null where no snapshot has any. */
  live: LiveMetrics | null;
}

/** The log has a partition for each day: only the newest of them are read. $1 model, $2 how many. */
const ANSWERS_BY_DAY = `
  with days as (
    select to_date(right(c.relname, 8), 'YYYYMMDD') as day from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'prediction_log'::regclass order by 1 desc limit $2
  )
  select to_char(days.day, 'YYYY-MM-DD') as day, a.* from days cross join lateral (
    select version, count(*)::int as predictions,
      avg(probability) filter (where prediction is not null or class is not null)::float8 as "meanProbability",
      avg(prediction)::float8 as "positiveShare",
      avg(probability) filter (where prediction is null and class is null)::float8 as "meanValue"
    from prediction_log
    where model = $1 and at >= days.day::timestamp at time zone 'UTC' and at < (days.day + 1)::timestamp at time zone 'UTC'
    group by version
  ) a order by days.day desc, version desc limit $2`;

/**
 * The newest days on which the model answered, each version by itself, oldest first.
 * @param labelAsOf the date whose labels judge; null: the newest that has any
 * @param first how many points at most
 * @throws what `liveMetrics` throws
 */
export async function liveHistory(
  pool: Pool,
  deployment: Deployment,
  snapshots: SnapshotStore,
  model: string,
  { first, labelAsOf }: { first: number; labelAsOf: string | null },
): Promise<LivePoint[]> {
  const { rows } = await pool.query<Omit<LivePoint, "live">>(ANSWERS_BY_DAY, [model, first]);
  const service = findService(deployment, model);
  const newest = labelAsOf === null && service ? await snapshots.newestLabelled(service) : null;
  const labels = labelAsOf ?? newest?.asOf ?? null;
  const keys = rows.map(({ version }) => ({ model, version }));
  const versions = await new ModelStore(pool).findVersions(keys);
  const points: LivePoint[] = [];
  for (const [index, row] of rows.entries()) {
    const version = versions[index];
    const since = new Date(`${row.day}T00:00:00Z`);
    const until = new Date(since.getTime() + 86_400_000);
    const measured =
      version && isJudged(version) && labels !== null
        ? await liveMetrics(pool, deployment, snapshots, version, labels, { since, until })
        : null;
    points.push({ ...row, live: measured });
  }
  return points.reverse();
}
