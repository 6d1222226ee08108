import type { Queryable } from "../db/pool.js";
import { BadUserInputError } from "../errors/errors.js";
import { isUtcText } from "../values/instant.js";
import type { Metric, MetricPoint } from "./run.js";

/** By name and step: what is there of another value goes, and what is there with this one stays as it is. */
const REPLACE = `
  with given as (
    select name, step, value, coalesce(at, clock_timestamp()) as at
    from unnest($2::text[], $3::bigint[], $4::float8[], $5::timestamptz[]) m(name, step, value, at)
  ), replaced as (
    delete from run_metrics m using given g
    where m.run_id = $1 and m.name = g.name and m.step = g.step and m.value <> g.value
  )
  insert into run_metrics (run_id, name, step, value, at)
  select $1, name, step, value, at from given g
  where not exists (
    select 1 from run_metrics m where m.run_id = $1 and m.name = g.name and m.step = g.step and m.value = g.value
  )`;

/** One point a name and step: the same again changes nothing, another value takes its place. */
export async function replacePoints(
  db: Queryable,
  runId: string,
  points: readonly MetricPoint[],
): Promise<readonly MetricPoint[]> {
  const byKey = new Map(points.map((point) => [JSON.stringify([point.name, point.step ?? 0]), point]));
  const unique = [...byKey.values()];
  await db.query(REPLACE, [runId, ...columnsOf(unique)]);
  return unique;
}

/** Several points a name and step, each known by all that it is: the same again changes nothing. */
export async function addPoints(db: Queryable, runId: string, points: readonly MetricPoint[]): Promise<void> {
  await db.query(
    `insert into run_metrics (run_id, name, step, value, at)
     select $1, name, step, value, coalesce(at, clock_timestamp())
     from unnest($2::text[], $3::bigint[], $4::float8[], $5::timestamptz[]) m(name, step, value, at)
     on conflict do nothing`,
    [runId, ...columnsOf(points)],
  );
}

export interface PointsPage {
  readonly points: Metric[];
  /** Null on the last page. */
  readonly next: string | null;
}

/**
 * Step, time and value: what a series is ordered by, as a page's token has it.
 * @throws {BadUserInputError}
 */
function placeOf(token: string): [string, string, number] {
  const [, step, at, text] =
    /^(-?\d{1,19}) (\S+ \S+) (\S+)$/.exec(Buffer.from(token, "base64url").toString()) ?? [];
  const value = Number(text);
  const isPlace =
    step !== undefined &&
    BigInt.asIntN(64, BigInt(step)) === BigInt(step) &&
    isUtcText(at!) &&
    (!Number.isNaN(value) || text === "NaN");
  if (isPlace) return [step, at!, value];
  throw new BadUserInputError("the page of points is none of this series; pass the one of the page before");
}

/**
 * A page of one series, by step, time and value.
 * @param after as the page before gave it
 * @throws {BadUserInputError} no page gave it
 */
export async function pagePoints(
  db: Queryable,
  runId: string,
  name: string,
  first: number,
  after: string | null,
): Promise<PointsPage> {
  const place = after === null ? null : placeOf(after);
  const { rows } = await db.query<Metric & { place: string }>(
    `select name, value, step::float8 as step, at, step || ' ' || at || ' ' || value as place from run_metrics
     where run_id = $1 and name = $2${place ? " and (step, at, value) > ($4::bigint, $5::timestamptz, $6::float8)" : ""}
     order by step, at, value limit $3`,
    [runId, name, first + 1, ...(place ?? [])],
  );
  const last = rows[first - 1];
  return {
    points: rows.slice(0, first).map(({ place: _, ...point }) => point),
    next: rows.length > first && last ? Buffer.from(last.place).toString("base64url") : null,
  };
}

const columnsOf = (points: readonly MetricPoint[]): unknown[] => [
  points.map(({ name }) => name),
  points.map(({ step }) => step ?? 0),
  points.map(({ value }) => value),
  points.map(({ at }) => at ?? null),
];
