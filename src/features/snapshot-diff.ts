import { type Queryable, quote } from "../db/pool.js";
import { snapshotTableName } from "../db/tables/derived.js";
import type { Column } from "../definitions/language/column.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { SnapshotNotFoundError } from "../errors/errors.js";
import { type SnapshotPart, snapshotParts } from "./snapshot-content.js";
import { requireRows } from "./snapshot-rows.js";
import type { SnapshotStore } from "./snapshot-store.js";
import { stabilityIndex } from "./stability-index.js";
import type { FeatureDiff, Snapshot, SnapshotDiff, ValueShare, ViewDiff } from "./types.js";

/** Number of quantile buckets a numeric feature is cut into for its PSI. */
const BUCKETS = 10;
/** Values of a category whose shares are told; what is beyond is one `other`. */
const SHARES = 20;

/**
 * What changed between the newest revisions of two dates. Parts whose hashes are equal are answered without
 * reading a row.
 * @throws {SnapshotNotFoundError} one of the dates has no snapshot
 * @throws {SnapshotDroppedError} they differ, and retention dropped the rows of one
 */
export async function diffSnapshots(
  db: Queryable,
  store: SnapshotStore,
  deployment: Deployment,
  fromDate: string,
  toDate: string,
): Promise<SnapshotDiff> {
  const [from, to] = await Promise.all([store.find(fromDate), store.find(toDate)]);
  if (!from) throw new SnapshotNotFoundError(fromDate);
  if (!to) throw new SnapshotNotFoundError(toDate);
  const views: ViewDiff[] = [];
  for (const part of snapshotParts(deployment)) views.push(await diffPart(db, deployment, part, from, to));
  return { from, to, identical: from.contentSha256 === to.contentSha256, views };
}

async function diffPart(
  db: Queryable,
  deployment: Deployment,
  part: SnapshotPart,
  from: Snapshot,
  to: Snapshot,
): Promise<ViewDiff> {
  const before = from.views.find(({ name }) => name === part.name);
  const after = to.views.find(({ name }) => name === part.name);
  // A view that is younger than both snapshots has no rows in either.
  if (before?.contentSha256 === after?.contentSha256) {
    const unchanged = after?.rowCount ?? 0;
    return {
      name: part.name,
      identical: true,
      added: 0,
      removed: 0,
      changed: 0,
      unchanged,
      features: part.columns.map((name) => ({
        name,
        changed: 0,
        psi: unchanged > 0 ? 0 : null,
        shares: null,
      })),
    };
  }
  await requireRows(db, [from.id, to.id]);
  const counts = await countChanges(db, deployment.entity.key, part, from, to);
  const features: FeatureDiff[] = [];
  for (const [index, name] of part.columns.entries()) {
    const buckets = await countBuckets(db, part, name, from, to);
    const { type } = part.source.columns[name]!;
    const shares = type === "string" || type === "bool" ? valueShares(buckets) : null;
    features.push({ name, changed: counts.features[index]!, psi: stabilityIndex(buckets), shares });
  }
  const { added, removed, changed, unchanged } = counts;
  return { name: part.name, identical: false, added, removed, changed, unchanged, features };
}

const rowsOf = (part: SnapshotPart, id: string, asOf: string): string =>
  `(select * from ${quote(snapshotTableName(part))} where snapshot_id = ${id} and as_of = ${asOf})`;

async function countChanges(
  db: Queryable,
  keyName: string,
  part: SnapshotPart,
  from: Snapshot,
  to: Snapshot,
): Promise<{ added: number; removed: number; changed: number; unchanged: number; features: number[] }> {
  const key = quote(keyName);
  const both = `a.${key} is not null and b.${key} is not null`;
  const differs = part.columns.map((column) => `a.${quote(column)} is distinct from b.${quote(column)}`);
  const { rows } = await db.query<Record<string, number>>(
    `select count(*) filter (where a.${key} is null)::int as added,
       count(*) filter (where b.${key} is null)::int as removed,
       count(*) filter (where ${both} and (${differs.join(" or ")}))::int as changed,
       count(*) filter (where ${both} and not (${differs.join(" or ")}))::int as unchanged,
       ${differs.map((condition, i) => `count(*) filter (where ${both} and ${condition})::int as f${i}`).join(", ")}
     from ${rowsOf(part, "$1", "$2")} a full join ${rowsOf(part, "$3", "$4")} b on a.${key} = b.${key}`,
    [from.id, from.asOf, to.id, to.asOf],
  );
  const { added, removed, changed, unchanged } = rows[0] as Record<string, number>;
  return {
    added: added!,
    removed: removed!,
    changed: changed!,
    unchanged: unchanged!,
    features: part.columns.map((_, i) => rows[0]![`f${i}`]!),
  };
}

/** Rows of one bucket on each side: of a decile, of a value (`=value`), or of the empty ones. */
interface Bucket {
  bucket: string;
  before: number;
  after: number;
}

async function countBuckets(
  db: Queryable,
  part: SnapshotPart,
  name: string,
  from: Snapshot,
  to: Snapshot,
): Promise<Bucket[]> {
  const { rows } = await db.query<Bucket>(bucketCounts(part, name, part.source.columns[name]!), [
    from.id,
    from.asOf,
    to.id,
    to.asOf,
  ]);
  return rows;
}

const total = (buckets: readonly Bucket[], side: "before" | "after") =>
  buckets.reduce((sum, bucket) => sum + bucket[side], 0);

/** The values with the most rows on both sides together, then by value, and the rest as one. */
function valueShares(buckets: readonly Bucket[]): ValueShare[] {
  const [n, m] = [total(buckets, "before"), total(buckets, "after")];
  const share = (count: number, all: number) => (all === 0 ? 0 : count / all);
  const ranked = [...buckets].sort(
    (a, b) => b.before + b.after - a.before - a.after || (a.bucket < b.bucket ? -1 : 1),
  );
  const shares = ranked.slice(0, SHARES).map(({ bucket, before, after }) => ({
    value: bucket === "empty" ? null : bucket.slice(1),
    other: false,
    from: share(before, n),
    to: share(after, m),
  }));
  const rest = ranked.slice(SHARES);
  if (rest.length === 0) return shares;
  const other = { from: share(total(rest, "before"), n), to: share(total(rest, "after"), m) };
  return [...shares, { value: null, other: true, ...other }];
}

function bucketCounts(part: SnapshotPart, name: string, column: Column): string {
  const value = quote(name);
  const numeric = column.type === "int" || column.type === "float";
  const fractions = Array.from({ length: BUCKETS - 1 }, (_, i) => (i + 1) / BUCKETS);
  const edges = numeric
    ? `select coalesce(array_agg(distinct e order by e), '{}') as edges from (
         select unnest(percentile_disc(array[${fractions}]) within group (order by ${value}::float8)) e
         from ${rowsOf(part, "$1", "$2")} a) q where e is not null`
    : "select null::float8[] as edges";
  // width_bucket(v, edges) counts the edges ≤ v.
  const bucket = numeric
    ? `case when ${value} is null then 'empty' when cardinality(edges) = 0 then '0'
         else width_bucket(${value}::float8, edges)::text end`
    : `coalesce('=' || ${value}::text, 'empty')`;
  return `
    with cut as materialized (${edges}),
    a as (select ${bucket} as bucket, count(*)::int as n from ${rowsOf(part, "$1", "$2")} r cross join cut group by 1),
    b as (select ${bucket} as bucket, count(*)::int as n from ${rowsOf(part, "$3", "$4")} r cross join cut group by 1)
    select bucket, coalesce(a.n, 0) as before, coalesce(b.n, 0) as after from a full join b using (bucket) order by bucket`;
}
