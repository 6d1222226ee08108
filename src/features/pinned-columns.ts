import { quote } from "../db/pool.js";
import { isOfOwnDate, type PartsByName, type SnapshotPart } from "../db/snapshots/snapshot-parts.js";
import type { ColumnType } from "../definitions/language/column.js";
import type { FeatureService, Source } from "../definitions/language/deployment.js";
import type { ExpressionTree } from "../definitions/language/expression/tree.js";
import {
  type RequestedFeature,
  type ServiceFeature,
  serviceFeatures,
} from "../definitions/language/service-features.js";
import { windowMeaning } from "../definitions/language/windows/window-columns.js";
import type { ExpiredPart } from "../errors/expired-parts.js";

/** A column of a snapshot as a training reads it: by the snapshot's own name, whatever it is called later. */
export interface PinnedColumn {
  /** Under which it is given to the model. */
  name: string;
  type: ColumnType;
  source: string;
  /** What the snapshot calls it. */
  column: string;
  /** Of a window: what is computed of the events, as a text. */
  window?: string;
}

/** A derived feature as a training computes it: from columns of a snapshot, whatever is declared later. */
export interface PinnedDerived {
  name: string;
  type: ColumnType;
  expression: ExpressionTree;
  /** In the order of the expression's leaves. */
  inputs: readonly PinnedColumn[];
}

/** What a snapshot has, or what is computed from it. */
export type PinnedFeature = PinnedColumn | PinnedDerived;

/** A column by today's name. */
export interface DeclaredColumn {
  name: string;
  source: string;
  /** Of the source; absent: called as the feature is. */
  column?: string;
  window?: string;
}

/** A derived feature, with the columns that it is computed from in the order of its expression's leaves. */
export interface ComputedColumn {
  name: string;
  type: ColumnType;
  expression: ExpressionTree;
  inputs: readonly DeclaredColumn[];
}

/** The service's features, in its order: those that are learnt from nothing are in no snapshot. */
export const declaredFeatures = (service: FeatureService): (DeclaredColumn | ComputedColumn)[] =>
  serviceFeatures(service).map(declaredFeature);

/** Where one feature's values are in a snapshot. */
export function declaredFeature(feature: ServiceFeature): DeclaredColumn | ComputedColumn {
  if (feature.kind === "stored") return storedColumnOf(feature.view.source, feature.name);
  if (feature.kind === "request") return learntFrom(feature);
  const inputs = feature.inputs.map((input) =>
    input.kind === "stored" ? storedColumnOf(input.source, input.name) : learntFrom(input),
  );
  return { name: feature.name, type: feature.column.type, expression: feature.tree, inputs };
}

function storedColumnOf(source: Source, name: string): DeclaredColumn {
  const window = windowMeaning(source, name);
  return { name, source: source.name, ...(window !== null && { window }) };
}

/** Checked when the service was declared: it has a column to be learnt from. */
const learntFrom = ({ name, from }: Pick<RequestedFeature, "name" | "from">): DeclaredColumn => ({
  name,
  source: from!.source.name,
  column: from!.column,
});

/** The sources that a service's features are learnt from, each once. */
export const featureSources = (service: FeatureService): string[] => [
  ...new Set(
    declaredFeatures(service)
      .flatMap((feature) => ("expression" in feature ? feature.inputs : [feature]))
      .map(({ source }) => source),
  ),
];

/** What says how much a row counts; null: all count the same. */
export const declaredWeight = ({ weight }: Pick<FeatureService, "weight">): DeclaredColumn | null =>
  weight ? { name: weight.column, source: weight.source.name } : null;

/** `n of accounts` */
export const weightInWords = ({ name, source }: DeclaredColumn): string => `${name} of ${source}`;

/** Of the weight, where it is read of the snapshot of the features: that of the label's own source is read beside the label. */
export const weightSources = ({ weight, label }: Pick<FeatureService, "weight" | "label">): string[] =>
  weight && weight.source !== label.source ? [weight.source.name] : [];

/**
 * The service's weight in the parts of both snapshots, which is that of the features but for a column of the label's own source.
 * Null: rows do not weigh; undefined: the snapshot was made without it.
 */
export function pinWeight(
  service: Pick<FeatureService, "weight" | "label">,
  features: PartsByName,
  labels: PartsByName,
): PinnedColumn | null | undefined {
  const declared = declaredWeight(service);
  if (!declared) return null;
  return pinColumns(weightSources(service).length > 0 ? features : labels, [declared]).pinned[0];
}

export const declaredLabel = ({ label }: Pick<FeatureService, "label">): DeclaredColumn => ({
  name: label.column,
  source: label.source.name,
});

/** Finds these features in a snapshot's parts; `undeclared` are those that it was made without, or without an input of. */
export function pinFeatureColumns(
  parts: PartsByName,
  features: readonly (DeclaredColumn | ComputedColumn)[],
): { pinned: PinnedFeature[]; undeclared: string[] } {
  const pinned: PinnedFeature[] = [];
  const undeclared: string[] = [];
  for (const feature of features) {
    const isComputed = "expression" in feature;
    const found = pinColumns(parts, isComputed ? feature.inputs : [feature]);
    if (found.undeclared.length > 0) undeclared.push(feature.name);
    else if (!isComputed) pinned.push(found.pinned[0]!);
    else {
      const { name, type, expression } = feature;
      pinned.push({ name, type, expression, inputs: found.pinned });
    }
  }
  return { pinned, undeclared };
}

/**
 * The service's label in a snapshot's parts. Labels are facts of their own date: where the snapshot carries on those of another,
 * or none, it has none (null). Where it was made without the column, that is `undeclared`.
 */
export function pinLabel(
  parts: PartsByName,
  service: Pick<FeatureService, "label">,
): { pinned: PinnedColumn | null; undeclared: string[] } | null {
  const label = declaredLabel(service);
  const part = parts.get(label.source);
  if (!part || !isOfOwnDate(part)) return null;
  const { pinned, undeclared } = pinColumns(parts, [label]);
  return { pinned: pinned[0] ?? null, undeclared };
}

/** Of the views that these features are read from, those whose part in a snapshot is older than they serve. */
export function expiredParts(
  parts: PartsByName,
  { views }: Pick<FeatureService, "views">,
  features: readonly PinnedFeature[],
): ExpiredPart[] {
  const sources = new Set(features.flatMap(sourcesOf));
  return views.flatMap(({ name, source, ttlDays }) => {
    const part = parts.get(source.name);
    if (!part || ttlDays === undefined || !sources.has(source.name)) return [];
    const { asOf, eventDate } = part;
    if ((Date.parse(asOf) - Date.parse(eventDate)) / DAY_MS <= ttlDays) return [];
    return [{ view: name, source: source.name, eventDate, ttlDays }];
  });
}

const DAY_MS = 86_400_000;

/** What a feature is read from, or computed from. */
export const sourcesOf = (feature: PinnedFeature): string[] =>
  ("inputs" in feature ? feature.inputs : [feature]).map(({ source }) => source);

/** Finds these columns in a snapshot's parts; `undeclared` are those that it was made without. */
export function pinColumns(
  parts: PartsByName,
  columns: readonly DeclaredColumn[],
): { pinned: PinnedColumn[]; undeclared: string[] } {
  const pinned: PinnedColumn[] = [];
  const undeclared: string[] = [];
  for (const { name, source, column: declared = name, window } of columns) {
    const column = parts.get(source)?.columns.find(({ stored }) => stored === declared);
    if (column)
      pinned.push({ name, type: column.type, source, column: column.name, ...(window && { window }) });
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
