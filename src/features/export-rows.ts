import type { PartsByName } from "../db/snapshots/snapshot-parts.js";
import { type ColumnType, type ColumnValue, date, string } from "../definitions/language/column.js";
import { type Deployment, type FeatureService, featuresOf } from "../definitions/language/deployment.js";
import { UndeclaredFeaturesError } from "../errors/undeclared-features.js";
import { declaredFeatures, declaredLabel, type PinnedColumn, pinColumns } from "./pinned-columns.js";

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
