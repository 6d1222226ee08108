import type { Pool } from "../db/pool.js";
import type { Window } from "./live-metrics.js";
import { kolmogorovSmirnovP } from "./statistics.js";

/** A shadow version beside those that answered the same requests. Null where it scored none. */
export interface ShadowComparison {
  predictions: number;
  /** Share of requests on which both decide the same, or say the same class; null of regression. */
  agreement: number | null;
  meanProbability: number | null;
  meanServedProbability: number | null;
  /** Of a task whose answers are values, as the next; the two before are then null. */
  meanValue: number | null;
  meanServedValue: number | null;
  /** Mean and greatest of |shadow − served|; of several classes of the likeliest's probabilities. */
  meanShift: number | null;
  maxShift: number | null;
  /** Of the two score distributions, whatever request each score is of. */
  ksStatistic: number | null;
  ksPValue: number | null;
  /** What each of the two would have answered: both 0, only the shadow 1, only the served 1, both 1. */
  table: { neither: number; onlyShadow: number; onlyServed: number; both: number };
}

type Row = Omit<ShadowComparison, "table" | "ksPValue"> & ShadowComparison["table"];

/** Both score distributions are walked in one sorted pass in the database. */
const COMPARISON = `
  with pairs as materialized (
    select probability as served, shadow_probability as shadow, prediction, shadow_prediction, class, shadow_class from prediction_log
    where model = $1 and shadow_version = $2 and at >= coalesce($3::timestamptz, '-infinity') and at < coalesce($4::timestamptz, 'infinity')
  ), scores as (
    select score, sum(served)::float8 as served, sum(shadow)::float8 as shadow from (
      select served as score, 1 as served, 0 as shadow from pairs union all select shadow, 0, 1 from pairs
    ) s group by score
  ), distances as (
    select abs(sum(served) over (order by score) - sum(shadow) over (order by score)) as distance from scores
  )
  select count(*)::int as predictions,
    avg(coalesce(prediction = shadow_prediction, class = shadow_class)::int)::float8 as agreement,
    avg(shadow) filter (where prediction is not null or class is not null) as "meanProbability",
    avg(served) filter (where prediction is not null or class is not null) as "meanServedProbability",
    avg(shadow) filter (where prediction is null and class is null) as "meanValue",
    avg(served) filter (where prediction is null and class is null) as "meanServedValue",
    avg(abs(shadow - served)) as "meanShift", max(abs(shadow - served)) as "maxShift",
    (select max(distance) from distances) / nullif(count(*), 0) as "ksStatistic",
    count(*) filter (where prediction = 0 and shadow_prediction = 0)::int as neither,
    count(*) filter (where prediction = 0 and shadow_prediction = 1)::int as "onlyShadow",
    count(*) filter (where prediction = 1 and shadow_prediction = 0)::int as "onlyServed",
    count(*) filter (where prediction = 1 and shadow_prediction = 1)::int as "both"
  from pairs`;

export async function compareShadow(
  pool: Pool,
  model: string,
  version: number,
  { since, until }: Window,
): Promise<ShadowComparison> {
  const { rows } = await pool.query<Row>(COMPARISON, [model, version, since ?? null, until ?? null]);
  const { neither, onlyShadow, onlyServed, both, ...row } = rows[0]!;
  const ksPValue =
    row.ksStatistic === null ? null : kolmogorovSmirnovP(row.ksStatistic, row.predictions, row.predictions);
  return { ...row, ksPValue, table: { neither, onlyShadow, onlyServed, both } };
}
