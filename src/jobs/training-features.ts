import type { Feature } from "../definitions/language/deployment.js";
import type { FeatureSpec } from "../training/types.js";

/** How learners take the declared features: text as categories, everything else as numbers. */
export function featureSpecs(features: readonly Feature[]): FeatureSpec[] {
  return features.map(({ name, column }) => ({
    name,
    kind: column.type === "string" ? "categorical" : "numeric",
  }));
}
