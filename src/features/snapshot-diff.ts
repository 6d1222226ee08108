import type { Queryable } from "../db/pool.js";
import { overallSha256 } from "../db/snapshots/content-hash.js";
import type { PartsByName, SnapshotPart } from "../db/snapshots/snapshot-parts.js";
import { factsOf } from "../definitions/language/column-types/registry.js";
import { type Deployment, labelSources } from "../definitions/language/deployment.js";
import { keyOf } from "../definitions/language/entities.js";
import { SnapshotNotFoundError } from "../errors/errors.js";
import type { Bucket, CommonColumn } from "./offline/offline-engine.js";
import { offlineEngine } from "./offline/registry.js";
import { pinColumns } from "./pinned-columns.js";
import { requireRows } from "./snapshot-rows.js";
import type { SnapshotStore } from "./snapshot-store.js";
import { stabilityIndex } from "./stability-index.js";
import type { FeatureDiff, SnapshotDiff, ValueShare, ViewDiff } from "./types.js";

/** Number of quantile buckets a numeric feature is cut into for its PSI. */
const BUCKETS = 10;
/** Values of a category whose shares are listed; the rest are summed as `other`. */
const SHARES = 20;

/** A view, or a label source, as it is declared today. */
interface Compared {
  name: string;
  /** The key's column. */
  key: string;
  source: string;
  columns: readonly string[];
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
  const compared: Compared[] = [
    ...deployment.views.map(({ name, source, features }) => ({
      name,
      key: keyOf(deployment, source),
      source: source.name,
      columns: features,
    })),
    ...labelSources(deployment)
      .filter((source) => !deployment.views.some(({ name }) => name === source.name))
      .map((source) => ({
        name: source.name,
        key: keyOf(deployment, source),
        source: source.name,
        columns: Object.keys(source.columns),
      })),
  ];
  const views: ViewDiff[] = [];
  for (const view of compared) views.push(await diffView(db, view, before, after));
  const content = (side: PartsByName) => overallSha256([...side.values()]);
  const identical =
    from.hashVersion === to.hashVersion
      ? from.contentSha256 === to.contentSha256
      : content(before) === content(after);
  return { from, to, identical: identical && views.every((view) => view.identical), views };
}

async function diffView(
  db: Queryable,
  { name, key, source, columns }: Compared,
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
  if (from.contentSha256 === to.contentSha256 && isWholeOrSame(from, to)) {
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
  const engine = offlineEngine();
  const { features: changes, ...counts } = await engine.changes(db, key, common, sides);
  const compared = new Map<string, FeatureDiff>();
  for (const [index, column] of common.entries()) {
    const { profile, feature } = factsOf(column.type);
    const buckets = profile === "counts" ? null : await engine.buckets(db, column, sides, BUCKETS);
    const shares = buckets && profile === "values" && feature !== null ? valueShares(buckets) : null;
    const psi = buckets && stabilityIndex(buckets);
    compared.set(column.name, { name: column.name, changed: changes[index]!, psi, shares });
  }
  const features = columns.map((column) => compared.get(column) ?? notCompared(column));
  // Other columns of the source may have changed.
  const identical = counts.added + counts.removed + counts.changed === 0 && common.length === columns.length;
  return { name, identical, ...counts, features };
}

/** Equal hashes mean equal rows, unless rows were erased from one of them since. */
const isWholeOrSame = (from: SnapshotPart, to: SnapshotPart): boolean =>
  from.ownerId === to.ownerId || (!from.erasedRows && !to.erasedRows);

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
