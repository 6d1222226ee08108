import { quote } from "../db/pool.js";
import type { PartsByName, SnapshotPart } from "../db/snapshots/snapshot-parts.js";
import type { ColumnType } from "../definitions/language/column.js";
import { type FeatureService, featuresOf } from "../definitions/language/deployment.js";

/** A column of a snapshot as a training reads it: by the snapshot's own name, whatever it is called later. */
export interface PinnedColumn {
  /** Under which it is given to the model. */
  name: string;
  type: ColumnType;
  source: string;
  /** What the snapshot calls it. */
  column: string;
}

/** A column by today's name. */
export interface DeclaredColumn {
  name: string;
  source: string;
}

/** The service's features, in its order. */
export const declaredFeatures = ({ views }: Pick<FeatureService, "views">): DeclaredColumn[] =>
  featuresOf(views).map(({ name, view }) => ({ name, source: view.source.name }));

export const declaredLabel = ({ label }: Pick<FeatureService, "label">): DeclaredColumn => ({
  name: label.column,
  source: label.source.name,
});

/** Finds these columns in a snapshot's parts; `undeclared` are those that it was made without. */
export function pinColumns(
  parts: PartsByName,
  columns: readonly DeclaredColumn[],
): { pinned: PinnedColumn[]; undeclared: string[] } {
  const pinned: PinnedColumn[] = [];
  const undeclared: string[] = [];
  for (const { name, source } of columns) {
    const column = parts.get(source)?.columns.find(({ stored }) => stored === name);
    if (column) pinned.push({ name, type: column.type, source, column: column.name });
    else undeclared.push(name);
  }
  return { pinned, undeclared };
}

/** SQL of where the part's table keeps the column now. */
export function storedColumn(parts: PartsByName, { source, column }: PinnedColumn): string {
  return quote(requirePart(parts, source).columns.find(({ name }) => name === column)!.stored);
}

export function requirePart(parts: PartsByName, source: string): SnapshotPart {
  const part = parts.get(source);
  if (!part) throw new Error(`no part ${source} in the snapshot: its columns must be pinned first`);
  return part;
}
