import { literal, quote } from "../db/pool.js";
import { type PartsByName, partRows } from "../db/snapshots/snapshot-parts.js";
import { type ColumnType, type ColumnValue, date, string } from "../definitions/language/column.js";
import { type Deployment, type FeatureService, featuresOf } from "../definitions/language/deployment.js";
import { UndeclaredFeaturesError } from "../errors/undeclared-features.js";
import {
  declaredFeatures,
  declaredLabel,
  type PinnedColumn,
  pinColumns,
  requirePart,
  storedColumn,
} from "./pinned-columns.js";

/** One date of an export: its features and its labels, each from one pinned snapshot. */
export interface ExportMonth {
  asOf: string;
  snapshotId: number;
  labelAsOf: string;
  labelSnapshotId: number;
}

/** What an export's rows hold, in this order: as_of, the key, the features, the label. */
export interface ExportColumn {
  name: string;
  type: ColumnType;
  /** Never empty. */
  required: boolean;
}

export type ExportRow = ColumnValue[];

/** The columns for these features of the service, in the order they are named. */
export function exportColumns(
  deployment: Deployment,
  service: FeatureService,
  features: readonly string[],
): ExportColumn[] {
  const known = new Map(featuresOf(service.views).map(({ name, column }) => [name, column]));
  return [
    { name: "as_of", ...date({ required: true }) },
    { name: deployment.entity.key, ...string({ required: true }) },
    ...features.map((name) => ({ name, ...known.get(name)!, required: false })),
    { name: service.label.column, ...service.label.source.columns[service.label.column]!, required: true },
  ].map(({ name, type, required }) => ({ name, type, required }));
}

/**
 * The month's columns as its snapshots describe themselves.
 * @throws {UndeclaredFeaturesError} one of them was made without a feature or the label
 */
export function pinExportColumns(
  service: FeatureService,
  features: readonly string[],
  month: ExportMonth,
  parts: ReadonlyMap<number, PartsByName>,
): { features: PinnedColumn[]; label: PinnedColumn } {
  const declared = declaredFeatures(service);
  const asked = features.map((name) => declared.find((feature) => feature.name === name)!);
  const { pinned, undeclared } = pinColumns(parts.get(month.snapshotId)!, asked);
  if (undeclared.length > 0)
    throw new UndeclaredFeaturesError(month.asOf, undeclared, "export later dates, or name other features");
  const label = pinColumns(parts.get(month.labelSnapshotId)!, [declaredLabel(service)]);
  if (label.undeclared.length > 0)
    throw new UndeclaredFeaturesError(month.labelAsOf, label.undeclared, "take the labels of later dates");
  return { features: pinned, label: label.pinned[0]! };
}

/**
 * SQL of one date's rows in key order, `exportColumns` wide, with nothing to bind, as COPY needs it: who has a label
 * and a row in every part asked, the users that `train` takes.
 * @param parts of the month's snapshots
 * @param shown how a column is selected; itself unless given
 */
export function exportMonthSql(
  deployment: Deployment,
  service: FeatureService,
  features: readonly string[],
  month: ExportMonth,
  parts: ReadonlyMap<number, PartsByName>,
  shown: (expression: string, type: ColumnType) => string = (expression) => expression,
): string {
  const key = quote(deployment.entity.key);
  const pinned = pinExportColumns(service, features, month, parts);
  const [featureParts, labelParts] = [parts.get(month.snapshotId)!, parts.get(month.labelSnapshotId)!];
  const sources = [...new Set(pinned.features.map(({ source }) => source))];
  const label = `l.${storedColumn(labelParts, pinned.label)}`;
  const selected = pinned.features.map(
    (feature) => `v${sources.indexOf(feature.source)}.${storedColumn(featureParts, feature)}`,
  );
  const expressions = [`${literal(month.asOf)}::date`, `l.${key}`, ...selected, label];
  const columns = exportColumns(deployment, service, features);
  const joins = sources.map(
    (source, i) => `join ${partRows(requirePart(featureParts, source))} v${i} on v${i}.${key} = l.${key}`,
  );
  return `
    select ${expressions.map((expression, i) => `${shown(expression, columns[i]!.type)} as ${quote(columns[i]!.name)}`).join(", ")}
    from ${partRows(requirePart(labelParts, pinned.label.source))} l ${joins.join(" ")}
    where ${label} is not null
    order by l.${key}`;
}
