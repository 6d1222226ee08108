import type { Matrix } from "../matrix.js";

/** Rows looked at for the bin edges; the canonical row order is random, so a stride is a sample. */
const SAMPLE_ROWS = 200_000;

export interface FeatureBins {
  /** Index into the matrix's columns. */
  column: number;
  categorical: boolean;
  /** Of a numeric feature: bin b holds the values <= edges[b] and > edges[b - 1]; the last bin has no edge. */
  edges: Float32Array;
  /** Bins of present values; code `bins` is "missing". */
  bins: number;
  hasMissing: boolean;
  /** First cell of this feature in a histogram. */
  offset: number;
}

/** A byte per row and useful feature; features that tell no two rows apart are left out. */
export interface BinnedMatrix {
  rows: number;
  features: FeatureBins[];
  /** Row-major, rows x features. */
  codes: Uint8Array;
  /** Cells of a histogram over all features. */
  cells: number;
}

/** `maxBins` (2..255) bounds the bins of a numeric feature; a category is a bin of its own. */
export function binMatrix(matrix: Matrix, maxBins: number): BinnedMatrix {
  const features: FeatureBins[] = [];
  let cells = 0;
  for (const [column, { vocabulary }] of matrix.columns.entries()) {
    const edges = vocabulary ? new Float32Array(0) : edgesOf(sampleColumn(matrix, column), maxBins);
    const bins = vocabulary ? vocabulary.length : edges.length + 1;
    const hasMissing = anyMissing(matrix, column);
    const codes = bins + (hasMissing ? 1 : 0);
    if (codes < 2) continue;
    features.push({ column, categorical: vocabulary !== undefined, edges, bins, hasMissing, offset: cells });
    cells += codes;
  }
  return { rows: matrix.rows, features, codes: encode(matrix, features), cells };
}

/**
 * Edges half-way between neighbouring distinct values, or, above `maxBins` distinct values, at equal shares of the rows.
 * Edges are float32 and lie in [x, y) for neighbours x < y: "value <= edge" is the same in ONNX's float32.
 */
export function edgesOf(values: Float32Array, maxBins: number): Float32Array {
  const sorted = values.sort();
  const distinct: number[] = [];
  const counts: number[] = [];
  for (const value of sorted) {
    if (value === distinct.at(-1)) counts[counts.length - 1]!++;
    else {
      distinct.push(value);
      counts.push(1);
    }
  }
  const edges: number[] = [];
  let inBin = 0;
  let rowsLeft = sorted.length;
  for (let k = 0; k + 1 < distinct.length && edges.length < maxBins - 1; k++) {
    inBin += counts[k]!;
    if (distinct.length > maxBins && inBin < rowsLeft / (maxBins - edges.length)) continue;
    edges.push(between(distinct[k]!, distinct[k + 1]!));
    rowsLeft -= inBin;
    inBin = 0;
  }
  return Float32Array.from(edges);
}

function between(low: number, high: number): number {
  const middle = Math.fround(low + (high - low) / 2);
  return middle < high ? middle : low;
}

function sampleColumn(matrix: Matrix, column: number): Float32Array {
  const { rows, columns, values } = matrix;
  const size = Math.min(rows, SAMPLE_ROWS);
  const sample = new Float32Array(size);
  let present = 0;
  for (let k = 0; k < size; k++) {
    const value = values[Math.floor((k * rows) / size) * columns.length + column]!;
    if (!Number.isNaN(value)) sample[present++] = value;
  }
  return sample.subarray(0, present);
}

function anyMissing({ rows, columns, values }: Matrix, column: number): boolean {
  for (let row = 0; row < rows; row++) {
    if (Number.isNaN(values[row * columns.length + column]!)) return true;
  }
  return false;
}

function encode(matrix: Matrix, features: FeatureBins[]): Uint8Array {
  const { rows, values } = matrix;
  const width = matrix.columns.length;
  const codes = new Uint8Array(rows * features.length);
  for (const [position, feature] of features.entries()) {
    const { column, categorical, edges, bins } = feature;
    for (let row = 0; row < rows; row++) {
      const value = values[row * width + column]!;
      const present = categorical ? value : lowerBound(edges, value);
      codes[row * features.length + position] = Number.isNaN(value) ? bins : present;
    }
  }
  return codes;
}

/** The first k with value <= edges[k], or edges.length. */
function lowerBound(edges: Float32Array, value: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value <= edges[middle]!) high = middle;
    else low = middle + 1;
  }
  return low;
}
