import type { FeatureImportance } from "./model-evaluation.js";

/** By the rise of a loss, and by gain where that was not measured. @param loss as the report names it */
export function importancesOf(content: unknown, loss: string): FeatureImportance[] {
  if (!isObject(content)) return [];
  const found = new Map<string, FeatureImportance>();
  const of = (feature: string): FeatureImportance => {
    const there = found.get(feature) ?? {
      ...{ feature, permutation: null, gain: null },
      ...{ shap: null, shapByClass: null },
    };
    found.set(feature, there);
    return there;
  };
  const measured = isObject(content.permutation) ? content.permutation.features : null;
  for (const each of listOf(measured)) {
    const measure = each[loss];
    const rise = isObject(measure) ? measure.mean : null;
    if (typeof each.feature === "string" && typeof rise === "number") of(each.feature).permutation = rise;
  }
  const gain = listOf(content.model).find(({ kind }) => kind === "gain");
  for (const { feature, value } of listOf(gain?.features)) {
    if (typeof feature === "string" && typeof value === "number") of(feature).gain = value;
  }
  const rank = ({ permutation, gain }: FeatureImportance) => permutation ?? gain ?? 0;
  return [...found.values()].sort((a, b) => rank(b) - rank(a));
}

/** Null where it is no list of such rows. */
export function numberRows<Name extends string>(
  content: unknown,
  names: readonly Name[],
): Record<Name, number>[] | null {
  if (!Array.isArray(content)) return null;
  const rows = content.map((row) => namedNumbers(row, names));
  return rows.every((row) => row !== null) ? rows : null;
}

/** Null where one of them is no number. */
export function namedNumbers<Name extends string>(
  content: unknown,
  names: readonly Name[],
): Record<Name, number> | null {
  if (!isObject(content)) return null;
  const numbers = {} as Record<Name, number>;
  for (const name of names) {
    const value = content[name];
    if (typeof value !== "number") return null;
    numbers[name] = value;
  }
  return numbers;
}

const listOf = (content: unknown): Record<string, unknown>[] =>
  Array.isArray(content) ? content.filter(isObject) : [];

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
