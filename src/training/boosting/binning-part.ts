import type { Matrix } from "../matrix.js";
import type { Part, Place } from "../threads/part.js";
import { ownRange } from "../threads/shared.js";
import type { FeatureBins } from "./binned.js";

/** Rows looked at for the bin edges; the canonical row order is random, so a stride is a sample. */
const SAMPLE_ROWS = 200_000;
export const MAX_BINS = 255;

export const BinningTask = { look: 0, encode: 1 } as const;

export interface BinningInput {
  matrix: Matrix;
  maxBins: number;
  /** Out, by `look`: MAX_BINS per column. */
  edges: Float32Array;
  /** Out, by `look`: per column, the number of edges and 1 if any value is missing. */
  facts: Int32Array;
  /** Codes are the output of `encode`. */
  plan: { features: FeatureBins[]; width: number; codes: Uint8Array } | null;
}

/** Looks at its share of the columns, then encodes its share of the rows. */
export class BinningPart implements Part {
  constructor(
    private readonly input: BinningInput,
    private readonly place: Place,
  ) {}

  run(task: number): void {
    if (task === BinningTask.look) this.look();
    else this.encode();
  }

  private look(): void {
    const { matrix, maxBins, edges, facts } = this.input;
    for (let column = this.place.thread; column < matrix.columns.length; column += this.place.threads) {
      facts[2 * column + 1] = anyMissing(matrix, column) ? 1 : 0;
      if (matrix.columns[column]!.vocabulary) continue;
      const found = edgesOf(sampleColumn(matrix, column), maxBins);
      edges.set(found, column * MAX_BINS);
      facts[2 * column] = found.length;
    }
  }

  private encode(): void {
    const { matrix, plan } = this.input;
    const [from, to] = ownRange(matrix.rows, this.place);
    for (const feature of plan!.features) {
      encodeFeature(matrix, feature, plan!.codes, plan!.width, from, to);
    }
  }
}

/**
 * Edges half-way between neighbouring distinct values, or, above `maxBins` distinct values, at equal shares of the rows.
 * Edges are float32 and lie in [x, y) for neighbours x < y: "value <= edge" is the same in ONNX's float32.
 */
export function edgesOf(values: Float32Array, maxBins: number): Float32Array {
  const sorted = values.sort();
  const distinct: number[] = [];
  const counts: number[] = [];
  for (let from = 0, to = 1; to <= sorted.length; to++) {
    if (to < sorted.length && sorted[to] === sorted[from]) continue;
    distinct.push(sorted[from]!);
    counts.push(to - from);
    from = to;
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

/** Adds the feature's code, times its stride, to its byte of the rows from..to. */
function encodeFeature(
  { columns, values }: Matrix,
  { column, categorical, edges, bins, byte, stride }: FeatureBins,
  codes: Uint8Array,
  bytes: number,
  from: number,
  to: number,
): void {
  const width = columns.length;
  for (let row = from; row < to; row++) {
    const value = values[row * width + column]!;
    let code = bins;
    if (!Number.isNaN(value)) code = categorical ? value : lowerBound(edges, value);
    codes[row * bytes + byte]! += code * stride;
  }
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
