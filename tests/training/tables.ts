import { murmur3 } from "../../src/training/murmur3.js";
import { type FeatureValue, TrainingDataBuilder } from "../../src/training/training-data.js";
import type { FeatureSpec, TrainingData } from "../../src/training/types.js";

export interface TableRow {
  key: string;
  label: boolean;
  values: FeatureValue[];
}

export const MIXED_FEATURES: FeatureSpec[] = [
  { name: "age", kind: "numeric" },
  { name: "plan", kind: "categorical" },
  { name: "spend", kind: "numeric" },
  { name: "senior", kind: "numeric" },
  { name: "city", kind: "categorical" },
];

/** Uniform in [0, 1), the same for the same arguments. */
export function uniform(row: number, salt: number): number {
  return murmur3(String(row), salt) / 2 ** 32;
}

/**
 * Rows with signal in every feature, one value in ten missing, cities of a long tail, and awkward magnitudes:
 * spend runs to 1e6.
 */
export function mixedRows(count: number): TableRow[] {
  return Array.from({ length: count }, (_, row) => {
    const age = 20 + 60 * uniform(row, 1);
    const plan = ["basic", "plus", "épicé 🌶", ""][Math.floor(4 * uniform(row, 2))]!;
    const spend = uniform(row, 3) < 0.1 ? null : 10 ** (6 * uniform(row, 4));
    const senior = uniform(row, 5) < 0.1 ? null : age > 65;
    const city = `city-${Math.floor(40 * uniform(row, 6) ** 3)}`;
    const logOdds =
      (age - 50) / 15 + (plan === "plus" ? 1 : -0.5) + (spend === null ? 1 : -0.3 * Math.log10(spend));
    const label = uniform(row, 7) < 1 / (1 + Math.exp(-logOdds - (city === "city-3" ? 2 : 0)));
    return { key: `user-${row}`, label, values: [age, plan, spend, senior, city] };
  });
}

export function tableOf(features: FeatureSpec[], rows: TableRow[]): TrainingData {
  const builder = new TrainingDataBuilder(features);
  for (const { key, label, values } of rows) builder.add(key, label, values);
  return builder.finish();
}

/** One numeric or categorical feature "x"; the key of row k is "k". */
export function singleFeature(
  kind: FeatureSpec["kind"],
  rows: (readonly [FeatureValue, boolean])[],
): TrainingData {
  return tableOf(
    [{ name: "x", kind }],
    rows.map(([value, label], row) => ({ key: String(row), label, values: [value] })),
  );
}
