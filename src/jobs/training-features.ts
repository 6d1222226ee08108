import type { Feature } from "../definitions/language/deployment.js";
import { kindOfColumn } from "../registry/servability.js";
import type { FeatureSpec } from "../training/types.js";

/** How learners take the declared features: text as categories, everything else as numbers. */
export function featureSpecs(features: readonly Feature[]): FeatureSpec[] {
  return features.map(({ name, column }) => ({ name, kind: kindOfColumn(column.type) }));
}
