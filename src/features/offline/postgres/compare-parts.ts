import { type Queryable, quote } from "../../../db/pool.js";
import { partRows, type SnapshotPart } from "../../../db/snapshots/snapshot-parts.js";
import { factsOf } from "../../../definitions/language/column-types/registry.js";
import type { Bucket, Changes, CommonColumn, Sides } from "../offline-engine.js";

export async function countChanges(
  db: Queryable,
  keyName: string,
  columns: readonly CommonColumn[],
  { from, to }: Sides,
): Promise<Changes> {
  const key = quote(keyName);
  const both = `a.${key} is not null and b.${key} is not null`;
  const differs = columns.map(({ name }) => `a.${quote(name)} is distinct from b.${quote(name)}`);
  const anyDiffers = differs.length > 0 ? `(${differs.join(" or ")})` : "false";
  const { rows } = await db.query<Record<string, number>>(
    `select count(*) filter (where a.${key} is null)::int as added,
       count(*) filter (where b.${key} is null)::int as removed,
       count(*) filter (where ${both} and ${anyDiffers})::int as changed,
       count(*) filter (where ${both} and not ${anyDiffers})::int as unchanged
       ${differs.map((condition, i) => `, count(*) filter (where ${both} and ${condition})::int as f${i}`).join("")}
     from ${partRows(from)} a full join ${partRows(to)} b on a.${key} = b.${key}`,
  );
  const { added, removed, changed, unchanged } = rows[0] as Record<string, number>;
  return {
    added: added!,
    removed: removed!,
    changed: changed!,
    unchanged: unchanged!,
    features: columns.map((_, i) => rows[0]![`f${i}`]!),
  };
}

export async function countBuckets(
  db: Queryable,
  column: CommonColumn,
  sides: Sides,
  quantiles: number,
): Promise<Bucket[]> {
  return (await db.query<Bucket>(bucketsSql(column, sides, quantiles))).rows;
}

function bucketsSql({ name, type }: CommonColumn, { from, to }: Sides, quantiles: number): string {
  const numeric = factsOf(type).profile === "numbers";
  const valuesOf = (part: SnapshotPart) => `(select r.${quote(name)} as value from ${partRows(part)} r)`;
  const [before, after] = [valuesOf(from), valuesOf(to)];
  const fractions = Array.from({ length: quantiles - 1 }, (_, i) => (i + 1) / quantiles);
  const edges = numeric
    ? `select coalesce(array_agg(distinct e order by e), '{}') as edges from (
         select unnest(percentile_disc(array[${fractions}]) within group (order by value::float8)) e
         from ${before} a) q where e is not null`
    : "select null::float8[] as edges";
  // width_bucket(v, edges) counts the edges ≤ v.
  const bucket = numeric
    ? "case when value is null then -1 when cardinality(edges) = 0 then 0 else width_bucket(value::float8, edges) end"
    : `coalesce('=' || (${factsOf(type).profiled("value")})::text, 'empty')`;
  const named = numeric ? "case when bucket < 0 then 'empty' else bucket::text end" : "bucket";
  return `
    with cut as materialized (${edges}),
    a as (select ${bucket} as bucket, count(*)::int as n from ${before} r cross join cut group by 1),
    b as (select ${bucket} as bucket, count(*)::int as n from ${after} r cross join cut group by 1)
    select ${named} as bucket, coalesce(a.n, 0) as before, coalesce(b.n, 0) as after
    from a full join b using (bucket) order by 1`;
}
