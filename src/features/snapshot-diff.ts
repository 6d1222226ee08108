import { type Queryable, quote } from "../db/pool.js";
import { overallSha256 } from "../db/snapshots/content-hash.js";
import { type PartsByName, partRows, type SnapshotPart } from "../db/snapshots/snapshot-parts.js";
import type { ColumnType } from "../definitions/language/column.js";
import { type Deployment, labelSources } from "../definitions/language/deployment.js";
import { SnapshotNotFoundError } from "../errors/errors.js";
import { pinColumns } from "./pinned-columns.js";
import { requireRows } from "./snapshot-rows.js";
import type { SnapshotStore } from "./snapshot-store.js";
import { stabilityIndex } from "./stability-index.js";
import type { FeatureDiff, SnapshotDiff, ValueShare, ViewDiff } from "./types.js";

/** Number of quantile buckets a numeric feature is cut into for its PSI. */
const BUCKETS = 10;
/** Values of a category whose shares are told; what is beyond is one `other`. */
const SHARES = 20;

/** A view, or a label source, as it is declared today. */
interface Compared {
  name: string;
  source: string;
  columns: readonly string[];
}

/** A column that both sides have. Both are kept under today's name: what was moved away from it is not declared. */
interface CommonColumn {
  name: string;
  type: ColumnType;
}

/** One view's parts on both sides. */
interface Sides {
  from: SnapshotPart;
  to: SnapshotPart;
}

/**
 * What changed between the newest revisions of two dates. Parts whose hashes are equal are answered without
 * reading a row. A feature that one of the snapshots was made without is not compared: its `psi` is null.
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
  const parts = await store.parts([from.id, to.id]);
  const [before, after] = [parts.get(from.id)!, parts.get(to.id)!];
  const compared = [
    ...deployment.views.map(({ name, source, features }) => ({
      name,
      source: source.name,
      columns: features,
    })),
    ...labelSources(deployment)
      .filter((source) => !deployment.views.some(({ name }) => name === source.name))
      .map(({ name, columns }) => ({ name, source: name, columns: Object.keys(columns) })),
  ];
  const views: ViewDiff[] = [];
  for (const view of compared) views.push(await diffView(db, deployment.entity.key, view, before, after));
  const content = (side: PartsByName) => overallSha256([...side.values()]);
  const identical =
    from.hashVersion === to.hashVersion
      ? from.contentSha256 === to.contentSha256
      : content(before) === content(after);
  return { from, to, identical, views };
}

async function diffView(
  db: Queryable,
  keyName: string,
  { name, source, columns }: Compared,
  before: PartsByName,
  after: PartsByName,
): Promise<ViewDiff> {
  const [from, to] = [before.get(source), after.get(source)];
  const [added, removed] = [from ? 0 : (to?.rowCount ?? 0), to ? 0 : (from?.rowCount ?? 0)];
  // A snapshot that was made without the source has no rows of it.
  if (!from || !to) {
    const features = columns.map(notCompared);
    return { name, identical: !from && !to, added, removed, changed: 0, unchanged: 0, features };
  }
  const common = commonColumns(before, after, source, columns);
  if (from.contentSha256 === to.contentSha256) {
    const unchanged = to.rowCount;
    const psi = unchanged > 0 ? 0 : null;
    const features = columns.map((column) =>
      common.some((each) => each.name === column)
        ? { name: column, changed: 0, psi, shares: null }
        : notCompared(column),
    );
    return { name, identical: true, added: 0, removed: 0, changed: 0, unchanged, features };
  }
  await requireRows(db, [from.snapshotId, to.snapshotId]);
  const sides = { from, to };
  const { features: changes, ...counts } = await countChanges(db, keyName, common, sides);
  const compared = new Map<string, FeatureDiff>();
  for (const [index, column] of common.entries()) {
    const { rows: buckets } = await db.query<Bucket>(bucketCounts(column, sides));
    const shares = column.type === "string" || column.type === "bool" ? valueShares(buckets) : null;
    const psi = stabilityIndex(buckets);
    compared.set(column.name, { name: column.name, changed: changes[index]!, psi, shares });
  }
  const features = columns.map((column) => compared.get(column) ?? notCompared(column));
  // Other columns of the source may have changed.
  const identical = counts.added + counts.removed + counts.changed === 0 && common.length === columns.length;
  return { name, identical, ...counts, features };
}

const notCompared = (name: string): FeatureDiff => ({ name, changed: 0, psi: null, shares: null });

function commonColumns(
  before: PartsByName,
  after: PartsByName,
  source: string,
  names: readonly string[],
): CommonColumn[] {
  const declared = names.map((name) => ({ name, source }));
  const others = new Set(pinColumns(after, declared).pinned.map(({ name }) => name));
  return pinColumns(before, declared).pinned.filter(({ name }) => others.has(name));
}

async function countChanges(
  db: Queryable,
  keyName: string,
  columns: readonly CommonColumn[],
  { from, to }: Sides,
): Promise<{ added: number; removed: number; changed: number; unchanged: number; features: number[] }> {
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

/** Rows of one bucket on each side: of a decile, of a value (`=value`), or of the empty ones. */
interface Bucket {
  bucket: string;
  before: number;
  after: number;
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

function bucketCounts({ name, type }: CommonColumn, { from, to }: Sides): string {
  const numeric = type === "int" || type === "float";
  const valuesOf = (part: SnapshotPart) => `(select r.${quote(name)} as value from ${partRows(part)} r)`;
  const [before, after] = [valuesOf(from), valuesOf(to)];
  const fractions = Array.from({ length: BUCKETS - 1 }, (_, i) => (i + 1) / BUCKETS);
  const edges = numeric
    ? `select coalesce(array_agg(distinct e order by e), '{}') as edges from (
         select unnest(percentile_disc(array[${fractions}]) within group (order by value::float8)) e
         from ${before} a) q where e is not null`
    : "select null::float8[] as edges";
  // width_bucket(v, edges) counts the edges ≤ v.
  const bucket = numeric
    ? `case when value is null then 'empty' when cardinality(edges) = 0 then '0'
         else width_bucket(value::float8, edges)::text end`
    : `coalesce('=' || value::text, 'empty')`;
  return `
    with cut as materialized (${edges}),
    a as (select ${bucket} as bucket, count(*)::int as n from ${before} r cross join cut group by 1),
    b as (select ${bucket} as bucket, count(*)::int as n from ${after} r cross join cut group by 1)
    select bucket, coalesce(a.n, 0) as before, coalesce(b.n, 0) as after from a full join b using (bucket) order by bucket`;
}
