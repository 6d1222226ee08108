import type { Matrix } from "../../matrix.js";
import { type Part, type Place, partKind } from "../../threads/part.js";
import { ownRange } from "../../threads/shared.js";
import { edgesOf } from "./bin-edges.js";
import type { FeatureBins } from "./binned.js";
import { compileEncoder, ROWS_AT_ONCE } from "./encode-kernel.js";

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
      const sample = sampleColumn(matrix, column);
      const size = Math.min(matrix.rows, SAMPLE_ROWS);
      const missing = sample.length < size || (size < matrix.rows && anyMissing(matrix, column));
      facts[2 * column + 1] = missing ? 1 : 0;
      if (matrix.columns[column]!.vocabulary) continue;
      const found = edgesOf(sample, maxBins);
      edges.set(found, column * MAX_BINS);
      facts[2 * column] = found.length;
    }
  }

  private encode(): void {
    const { values, columns, rows } = this.input.matrix;
    const { codes, width, features } = this.input.plan!;
    const encoder = compileEncoder(columns.length, width);
    const edges = features.map(paddedEdges);
    const [from, end] = ownRange(rows, this.place);
    for (let row = from; row < end; row += ROWS_AT_ONCE) {
      const to = Math.min(end, row + ROWS_AT_ONCE);
      encoder.values.set(values.subarray(row * columns.length, to * columns.length));
      encoder.codes.fill(0);
      for (const [k, { column, byte, bins, stride }] of features.entries()) {
        encoder.edges.set(edges[k]!);
        const first = encoder.valuesAt + 4 * column;
        const last = first + 4 * columns.length * (to - row);
        encoder.functions.encode(first, last, encoder.codesAt + byte, bins, stride);
      }
      codes.set(encoder.codes.subarray(0, (to - row) * width), row * width);
    }
  }
}

/** Those of a category's codes 0, 1, ... are 0, 1, ...: the codes come out as they are. */
function paddedEdges({ categorical, edges, bins }: FeatureBins): Float32Array {
  const padded = new Float32Array(MAX_BINS + 1).fill(Number.POSITIVE_INFINITY);
  padded.set(categorical ? Array.from({ length: bins - 1 }, (_, code) => code) : edges);
  return padded;
}

/** The present values, of all rows or of SAMPLE_ROWS. */
function sampleColumn({ rows, columns, values }: Matrix, column: number): Float32Array {
  const width = columns.length;
  const size = Math.min(rows, SAMPLE_ROWS);
  const sample = new Float32Array(size);
  let present = 0;
  for (let k = 0; k < size; k++) {
    const row = size === rows ? k : Math.floor((k * rows) / size);
    const value = values[row * width + column]!;
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

export const binningPart = partKind<BinningInput>("binning", BinningPart);
