import type { PartsByName } from "../db/snapshots/snapshot-parts.js";
import { type ColumnType, type ColumnValue, date } from "../definitions/language/column.js";
import type { Deployment, FeatureService } from "../definitions/language/deployment.js";
import { entityOfService } from "../definitions/language/entities.js";
import { keyColumnsOf } from "../definitions/language/key.js";
import { serviceFeatures } from "../definitions/language/service-features.js";
import { ExpiredPartsError } from "../errors/expired-parts.js";
import { UndeclaredFeaturesError } from "../errors/undeclared-features.js";
import { SAMPLE_WEIGHT } from "../values/held-out.js";
import {
  declaredFeatures,
  expiredParts,
  type PinnedColumn,
  type PinnedFeature,
  pinFeatureColumns,
  pinLabel,
  pinWeight,
} from "./pinned-columns.js";

/** One date of an export: its features and its labels, each from one pinned snapshot. */
export interface ExportMonth {
  asOf: string;
  snapshotId: number;
  labelAsOf: string;
  labelSnapshotId: number;
}

/** What an export's rows hold, in this order: as_of, the key, the features, the label, and where rows weigh what. */
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
  const { weight } = service;
  const known = new Map(serviceFeatures(service).map(({ name, column }) => [name, column]));
  return [
    { name: "as_of", ...date({ required: true }) },
    ...keyColumnsOf(entityOfService(deployment, service)).map(({ column, type }) => ({
      ...{ name: column, required: true },
      type: type === "uuid" ? ("string" as const) : type,
    })),
    ...features.map((name) => ({ name, ...known.get(name)!, required: false })),
    { name: service.label.column, ...service.label.source.columns[service.label.column]!, required: true },
    ...(weight ? [{ name: SAMPLE_WEIGHT, ...weight.source.columns[weight.column]!, required: false }] : []),
  ].map(({ name, type, required }) => ({ name, type, required }));
}

/**
 * The month's columns as its snapshots describe themselves.
 * @throws {UndeclaredFeaturesError} one of them was made without a feature or the label
 * @throws {ExpiredPartsError} what is carried on of a view is older than it serves
 */
export function pinExportColumns(
  service: FeatureService,
  features: readonly string[],
  month: ExportMonth,
  parts: ReadonlyMap<number, PartsByName>,
): { features: PinnedFeature[]; label: PinnedColumn; weight: PinnedColumn | null } {
  const declared = declaredFeatures(service);
  const asked = features.map((name) => declared.find((feature) => feature.name === name)!);
  const { pinned, undeclared } = pinFeatureColumns(parts.get(month.snapshotId)!, asked);
  if (undeclared.length > 0)
    throw new UndeclaredFeaturesError(month.asOf, undeclared, "export later dates, or name other features");
  const expired = expiredParts(parts.get(month.snapshotId)!, service, pinned);
  if (expired.length > 0)
    throw new ExpiredPartsError(month.asOf, expired, "export other dates, or name other features");
  const label = pinLabel(parts.get(month.labelSnapshotId)!, service);
  if (!label?.pinned) {
    const undeclared = label?.undeclared ?? [service.label.column];
    throw new UndeclaredFeaturesError(month.labelAsOf, undeclared, "take the labels of later dates");
  }
  const weight = pinWeight(service, parts.get(month.snapshotId)!, parts.get(month.labelSnapshotId)!);
  if (weight === undefined) {
    const undeclared = [`${service.weight!.column} (its weight)`];
    throw new UndeclaredFeaturesError(month.asOf, undeclared, "export later dates");
  }
  return { features: pinned, label: label.pinned, weight };
}
