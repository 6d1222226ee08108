import { overallSha256 } from "../db/snapshots/content-hash.js";
import type { PartsByName, SnapshotPart } from "../db/snapshots/snapshot-parts.js";
import { type Deployment, labelSources } from "../definitions/language/deployment.js";
import { keyOf } from "../definitions/language/entities.js";
import { SnapshotNotFoundError } from "../errors/errors.js";
import type { CommonColumn } from "./offline/offline-engine.js";
import type { PartDifferences } from "./part-differences.js";
import { pinColumns } from "./pinned-columns.js";
import type { SnapshotStore } from "./snapshot-store.js";
import type { FeatureDiff, SnapshotDiff, ViewDiff } from "./types.js";

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
 * reading a row; others are compared once, and what was found is stored. A feature that one of the snapshots was made without is not compared: its `psi` is null.
 * @throws {SnapshotNotFoundError} one of the dates has no snapshot
 * @throws {SnapshotDroppedError} they differ, nobody has compared them, and retention dropped the rows of one
 */
export async function diffSnapshots(
  differences: PartDifferences,
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
  for (const view of compared) views.push(await diffView(differences, view, before, after));
  const content = (side: PartsByName) => overallSha256([...side.values()]);
  const identical =
    from.hashVersion === to.hashVersion
      ? from.contentSha256 === to.contentSha256
      : content(before) === content(after);
  return { from, to, identical: identical && views.every((view) => view.identical), views };
}

async function diffView(
  differences: PartDifferences,
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
  const { columns: found, ...counts } = await differences.of(key, common, { from, to });
  const compared = new Map(common.map(({ name }, i) => [name, { name, ...found[i]! }]));
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
