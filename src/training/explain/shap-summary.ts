import type { FeatureImportance } from "../tasks/model-evaluation.js";
import { asFiles, SCHEMA_VERSION } from "../tasks/report-files.js";
import { isObject } from "../tasks/stored-reports.js";
import type { ReportFile } from "../types.js";
import type { AttributionSummary } from "./summary.js";

/** Of a model's judgement, what is kept of its explanations. */
export const SHAP_SUMMARY = "shap_summary.json";

/** The greatest first. The same model and rows, the same bytes. */
export function shapSummaryFile({ rows, margin, features, classes }: AttributionSummary): ReportFile[] {
  const order = [...features.keys()].sort(
    (a, b) =>
      features[b]!.value - features[a]!.value || (features[a]!.feature < features[b]!.feature ? -1 : 1),
  );
  const listed = order.map((k) => ({
    feature: features[k]!.feature,
    meanAbsolute: features[k]!.value,
    ...(classes && { byClass: classes.map((own) => own[k]!.value) }),
  }));
  return asFiles({ [SHAP_SUMMARY]: { schemaVersion: SCHEMA_VERSION, rows, margin, features: listed } });
}

/** Importances with what a stored summary says of them; those of a model without others are made of it. */
export function withShap(importances: readonly FeatureImportance[], content: unknown): FeatureImportance[] {
  const listed = isObject(content) && Array.isArray(content.features) ? content.features : [];
  const shapOf = new Map<string, Pick<FeatureImportance, "shap" | "shapByClass">>();
  for (const each of listed) {
    if (!isObject(each) || typeof each.feature !== "string" || typeof each.meanAbsolute !== "number")
      continue;
    const byClass = Array.isArray(each.byClass) ? (each.byClass as number[]) : null;
    shapOf.set(each.feature, { shap: each.meanAbsolute, shapByClass: byClass });
  }
  const known = new Set(importances.map(({ feature }) => feature));
  const others = [...shapOf].flatMap(([feature, own]) =>
    known.has(feature) ? [] : [{ feature, permutation: null, gain: null, ...own }],
  );
  return [...importances.map((each) => ({ ...each, ...shapOf.get(each.feature) })), ...others];
}
