import type { Labels } from "./tasks/labels.js";
import { sharedArray } from "./threads/shared.js";
import type { FeatureSpec, TrainingData } from "./types.js";

/** The most categories a feature keeps: codes 0..253, one value left for "missing" in a byte. */
export const MAX_CATEGORIES = 254;

export interface MatrixColumn {
  name: string;
  /** Of a categorical column: the categories its codes 0, 1, ... stand for, in code-unit order. */
  vocabulary?: string[];
}

/**
 * What both learners read, and exactly the tensor the ONNX graph makes of its inputs: numeric features first, then the
 * categorical ones, each in feature order; a category is its code, missing and unknown are NaN.
 */
export interface Matrix {
  rows: number;
  columns: MatrixColumn[];
  /** Row-major, rows x columns; shared. */
  values: Float32Array;
}

/**
 * Columns as learnt from the training rows: at most MAX_CATEGORIES categories, the most frequent ones, ties by name.
 * Rarer ones, and those seen in held-out rows only, are unknown, which is the same as missing.
 */
export function learnColumns(
  data: TrainingData<Labels>,
  trainRows: Uint32Array,
  /** Categorical features that are encoded otherwise. */
  without: readonly string[] = [],
): MatrixColumn[] {
  const { numeric, categorical } = byKind(data.features);
  const learnt = categorical.flatMap(({ name }, k): MatrixColumn[] => {
    if (without.includes(name)) return [];
    const { codes, vocabulary } = data.categorical[k]!;
    const counts = new Map<string, number>();
    for (const row of trainRows) {
      const category = vocabulary[codes[row]!];
      if (category) counts.set(category, (counts.get(category) ?? 0) + 1);
    }
    const frequent = [...counts].sort(([a, m], [b, n]) => n - m || compare(a, b)).slice(0, MAX_CATEGORIES);
    return [{ name, vocabulary: frequent.map(([category]) => category).sort(compare) }];
  });
  return [...numeric.map(({ name }): MatrixColumn => ({ name })), ...learnt];
}

/** The given rows of `data`, in the given order. */
export function gatherMatrix(data: TrainingData<Labels>, columns: MatrixColumn[], rows: Uint32Array): Matrix {
  const width = columns.length;
  const { numeric: numericFeatures, categorical } = byKind(data.features);
  const numericWidth = numericFeatures.length;
  const values = sharedArray(Float32Array, rows.length * width);
  const { numeric } = data;
  for (let k = 0; k < rows.length; k++) {
    const from = rows[k]! * numericWidth;
    for (let j = 0; j < numericWidth; j++) values[k * width + j] = numeric[from + j]!;
  }
  for (let k = 0; k + numericWidth < width; k++) {
    const { name, vocabulary: learnt } = columns[numericWidth + k]!;
    const { codes, vocabulary } =
      data.categorical[categorical.findIndex((feature) => feature.name === name)]!;
    const index = new Map(learnt!.map((category, code) => [category, code]));
    const learntCode = Float32Array.from(vocabulary, (category) => index.get(category) ?? Number.NaN);
    for (let row = 0; row < rows.length; row++) {
      values[row * width + numericWidth + k] = learntCode[codes[rows[row]!]!] ?? Number.NaN;
    }
  }
  return { rows: rows.length, columns, values };
}

export function byKind(features: FeatureSpec[]): { numeric: FeatureSpec[]; categorical: FeatureSpec[] } {
  return {
    numeric: features.filter(({ kind }) => kind === "numeric"),
    categorical: features.filter(({ kind }) => kind === "categorical"),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
