import type { PersonalColumns } from "../definitions/language/personal.js";
import type { FeatureComparison } from "./feature-drift.js";
import { holm } from "./statistics.js";

export interface DriftLimits {
  /** Chance that any of the features alarms though nothing changed. */
  alpha: number;
  /** A difference below this PSI is not called drift, however sure it is: with a million rows everything is. */
  minPsi: number;
}

export const DRIFT_LIMITS: DriftLimits = { alpha: 0.05, minPsi: 0.1 };

export interface FeatureDrift extends FeatureComparison {
  name: string;
  /** Surer than chance allows, all features considered (Holm). */
  significant: boolean;
  /** Significant and at least `minPsi`. */
  drifted: boolean;
  /** Its values are left out: it is personal, and the report is for everybody to read. */
  masked?: true;
}

export interface DriftReport {
  limits: DriftLimits;
  features: FeatureDrift[];
  /** Features that a side was made without: whether they drifted is not known. */
  notCompared: string[];
  /** The label's shift; null where a side has no labels. */
  label: FeatureDrift | null;
  driftedFeatures: string[];
  /** Drifted features of all that were compared; the label is not counted. */
  share: number;
}

/** What the comparisons amount to. A feature has two chances to alarm, its values and its missing ones: each gets half. */
export function judgeDrift(
  features: readonly (FeatureComparison & { name: string })[],
  label: (FeatureComparison & { name: string }) | null,
  limits: DriftLimits,
  notCompared: string[] = [],
): DriftReport {
  const all = label ? [...features, label] : features;
  const pValues = all.map(({ pValue, missing }) => Math.min(1, 2 * Math.min(pValue, missing.pValue)));
  const significant = holm(pValues, limits.alpha);
  const judged = all.map((comparison, i) => ({
    ...comparison,
    significant: significant[i]!,
    drifted: significant[i]! && (comparison.psi ?? 0) >= limits.minPsi,
  }));
  const judgedFeatures = judged.slice(0, features.length);
  const drifted = judgedFeatures.filter((feature) => feature.drifted).map(({ name }) => name);
  return {
    limits,
    features: judgedFeatures,
    notCompared,
    label: label ? judged.at(-1)! : null,
    driftedFeatures: drifted,
    share: features.length === 0 ? 0 : drifted.length / features.length,
  };
}

/** The report without the values, and the bounds between them, of personal features. */
export function maskDrift(report: DriftReport, personal: PersonalColumns): DriftReport {
  if (!personal.any) return report;
  const features = report.features.map((feature) =>
    personal.hasFeature(feature.name)
      ? { ...feature, shares: null, bins: null, masked: true as const }
      : feature,
  );
  return { ...report, features };
}
