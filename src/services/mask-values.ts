import type { ColumnValue } from "../definitions/language/column.js";
import type { Deployment, Entity } from "../definitions/language/deployment.js";
import { entitySourceOf } from "../definitions/language/entities.js";
import { countsOnly } from "../features/column-profile.js";
import type { FeatureProfile } from "../features/feature-profiles.js";
import type { EntityRecord, FeatureStatus, SnapshotDiff } from "../features/types.js";
import type { AnsweredPrediction } from "../monitoring/logged-predictions.js";
import { sha256Hex } from "../registry/artifact-store.js";
import { type Personal, PersonalReads } from "./personal-reads.js";

type Values = Readonly<Record<string, ColumnValue>>;

/** Values by feature: null in place of each that is masked. */
export function maskByFeature<Given extends Values>(personal: Personal, values: Given): Given {
  if (personal instanceof PersonalReads) return personal.features(values);
  const masked = Object.entries(values).map(([name, value]) => [
    name,
    personal.hasFeature(name) ? null : value,
  ]);
  return Object.fromEntries(masked) as Given;
}

/** Features with their statuses: of one that is masked nobody learns whether it is empty. */
export function maskFeatures<Given extends { values: Values; statuses: readonly FeatureStatus[] }>(
  personal: Personal,
  given: Given,
): Given {
  if (personal instanceof PersonalReads) return { ...given, values: personal.features(given.values) };
  const statuses = given.statuses.map((status) =>
    personal.hasFeature(status.name) && (status.status === "PRESENT" || status.status === "NULL_VALUE")
      ? { ...status, status: "MASKED" as const }
      : status,
  );
  return { ...given, values: maskByFeature(personal, given.values), statuses };
}

/** A row of the entity's source. */
export function maskRecord<Given extends EntityRecord | null>(
  personal: Personal,
  definitions: Deployment,
  entity: Entity,
  record: Given,
): Given {
  if (record === null) return record;
  const { name } = entitySourceOf(definitions, entity);
  if (personal instanceof PersonalReads) return personal.row(name, record);
  const masked = Object.entries(record).map(([column, value]) => [
    column,
    personal.hasColumn(name, column) ? null : value,
  ]);
  return Object.fromEntries(masked) as Given;
}

/** How many rows there are is no value of anybody's; everything else of a personal column is. */
export const maskProfile = (personal: Personal, profile: FeatureProfile): FeatureProfile =>
  personal.hasFeature(profile.feature.name)
    ? { ...countsOnly(profile.rows, profile.missing), feature: profile.feature, masked: true }
    : profile;

/** How much changed may be said, which values did may not. */
export const maskDiff = (personal: Personal, diff: SnapshotDiff): SnapshotDiff => ({
  ...diff,
  views: diff.views.map((view) => ({
    ...view,
    features: view.features.map((feature) =>
      personal.hasFeature(feature.name) ? { ...feature, shares: null, masked: true } : feature,
    ),
  })),
});

/** A hash of values that can be guessed tells them: it is of those that are shown. */
export function maskLogged(personal: Personal, logged: AnsweredPrediction): AnsweredPrediction {
  if (personal instanceof PersonalReads)
    return { ...logged, features: maskByFeature(personal, logged.features), request: requestOf(logged) };
  const names = Object.keys(logged.features);
  if (!names.some((name) => personal.hasFeature(name))) return { ...logged, request: requestOf(logged) };
  const features = maskByFeature(personal, logged.features);
  return {
    ...logged,
    features,
    featuresSha256: sha256Hex(JSON.stringify(features)),
    request: requestOf(logged),
  };

  function requestOf({ request }: AnsweredPrediction) {
    return request && maskByFeature(personal, request);
  }
}
