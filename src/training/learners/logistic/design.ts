import type { Matrix, MatrixColumn } from "../../matrix.js";
import type { SampleWeights } from "../../sample-weights.js";
import { sharedArray } from "../../threads/shared.js";

/**
 * How a raw column becomes columns of the design matrix; learnt from the rows fitted on. All numbers are
 * float32-exact, because the ONNX graph computes with them in float32.
 */
export type ColumnCoding =
  | {
      kind: "numeric";
      mean: number;
      /** 1 / standard deviation; 0 for a constant feature. */
      scale: number;
      /** Position of the standardised value. */
      at: number;
      /** Position of the 0/1 column "is missing"; null when never missing in the rows fitted on. */
      missingAt: number | null;
    }
  /** Category c is the 0/1 column at `at + c`; missing and unknown are all zeros. */
  | { kind: "categorical"; at: number; categories: number };

export interface Design {
  codings: ColumnCoding[];
  /** Columns of the design matrix, the constant 1 for the intercept last. */
  width: number;
}

/** Log-odds of a row = weights . design row. */
export interface LinearModel {
  design: Design;
  /** float32-exact; the intercept last. */
  weights: Float64Array;
}

/** @param weights of the rows of the table: a column is standardised by its weighted mean and deviation */
export function learnDesign(matrix: Matrix, rows: Uint32Array, weights: SampleWeights = null): Design {
  let width = 0;
  const ofColumn = moments(matrix, rows, weights);
  const codings = matrix.columns.map(({ vocabulary }: MatrixColumn, column): ColumnCoding => {
    const at = width;
    if (vocabulary) {
      width += vocabulary.length;
      return { kind: "categorical", at, categories: vocabulary.length };
    }
    const { mean, scale, missing } = ofColumn(column);
    const missingAt = missing > 0 ? at + 1 : null;
    width += missing > 0 ? 2 : 1;
    return { kind: "numeric", mean, scale, at, missingAt };
  });
  return { codings, width: width + 1 };
}

/** Writes the design row of the matrix row starting at `values[offset]` to `out` (length `width`). */
export function encodeRow(design: Design, values: Float32Array, offset: number, out: Float64Array): void {
  out.fill(0);
  for (let column = 0; column < design.codings.length; column++) {
    const coding = design.codings[column]!;
    const value = values[offset + column]!;
    const missing = Number.isNaN(value);
    if (coding.kind === "categorical") {
      if (!missing) out[coding.at + value] = 1;
    } else if (!missing) out[coding.at] = (value - coding.mean) * coding.scale;
    else if (coding.missingAt !== null) out[coding.missingAt] = 1;
  }
  out[design.width - 1] = 1;
}

/** Log-odds of every row of the matrix; shared. */
export function linearMargins({ design, weights }: LinearModel, matrix: Matrix): Float64Array {
  const encoded = new Float64Array(design.width);
  const margins = sharedArray(Float64Array, matrix.rows);
  for (let row = 0; row < matrix.rows; row++) {
    encodeRow(design, matrix.values, row * matrix.columns.length, encoded);
    let sum = 0;
    for (let k = 0; k < encoded.length; k++) sum += weights[k]! * encoded[k]!;
    margins[row] = sum;
  }
  return margins;
}

/** By column: mean and 1 / population standard deviation of the present values, in two passes over the rows. */
function moments(
  { columns, values }: Matrix,
  rows: Uint32Array,
  weights: SampleWeights,
): (column: number) => { mean: number; scale: number; missing: number } {
  const width = columns.length;
  const [sums, present] = [new Float64Array(width), new Float64Array(width)];
  /** What the present values weigh. */
  const totals = weights ? new Float64Array(width) : present;
  for (let k = 0; k < rows.length; k++) {
    const weight = weights ? weights[rows[k]!]! : 1;
    for (let column = 0, at = rows[k]! * width; column < width; column++, at++) {
      const value = values[at]!;
      if (Number.isNaN(value)) continue;
      sums[column]! += weight * value;
      present[column]!++;
      if (weights) totals[column]! += weight;
    }
  }
  const means = sums.map((sum, column) => (present[column] === 0 ? 0 : Math.fround(sum / totals[column]!)));
  const squares = new Float64Array(width);
  for (let k = 0; k < rows.length; k++) {
    const weight = weights ? weights[rows[k]!]! : 1;
    for (let column = 0, at = rows[k]! * width; column < width; column++, at++) {
      const distance = values[at]! - means[column]!;
      if (!Number.isNaN(distance)) squares[column]! += weight * distance * distance;
    }
  }
  return (column) => {
    const missing = rows.length - present[column]!;
    const mean = means[column]!;
    if (present[column] === 0) return { mean, scale: 0, missing };
    const deviation = Math.sqrt(squares[column]! / totals[column]!);
    // A constant such as 0.1 keeps a rounding-sized deviation from its float32 mean.
    const constant = deviation <= Math.abs(mean) * 1e-6;
    return { mean, scale: constant ? 0 : Math.fround(1 / deviation), missing };
  };
}
