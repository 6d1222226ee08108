import type { Matrix } from "../../matrix.js";
import type { RowWeights } from "../../tasks/binary/class-weight.js";
import { type Part, type Place, partKind } from "../../threads/part.js";
import { f64, forRange, get, i32, type KernelFunction, set } from "../../wasm/assembler.js";
import { exponential } from "../../wasm/exp.js";
import type { Design } from "./design.js";
import { type DesignLayout, DesignRows } from "./design-rows.js";
import { addTimes, dotWith } from "./pairs.js";

/**
 * Rows are summed up in so many blocks, and the blocks' sums in order: the result does not depend on the number of
 * threads. More would let more threads take part and make the shared sums longer.
 */
export const MAX_BLOCKS = 64;
const MIN_BLOCK_ROWS = 1024;

export interface LogisticInput {
  matrix: Matrix;
  labels: Uint8Array;
  rowWeights: RowWeights;
  /** Rows fitted on; shared. */
  rows: Uint32Array;
  design: Design;
  /** Where the derivatives are taken; shared. */
  weights: Float64Array;
  /** Out, per block: loss, gradient (width), Hessian (width x width, lower triangle); shared. */
  sums: Float64Array;
}

export function blocksOf(rows: number): number {
  return Math.max(1, Math.min(MAX_BLOCKS, Math.ceil(rows / MIN_BLOCK_ROWS)));
}

/** The blocks that a thread sums up. */
export function ownBlocks(
  rows: number,
  { thread, threads }: Place,
): { block: number; from: number; to: number }[] {
  const blocks = blocksOf(rows);
  const at = (block: number) => Math.floor((rows * block) / blocks);
  return Array.from({ length: blocks }, (_, block) => ({ block, from: at(block), to: at(block + 1) })).filter(
    ({ block }) => block % threads === thread,
  );
}

export function sumsPerBlock(width: number): number {
  return 1 + width + width * width;
}

/** Sums loss, gradient and Hessian over every T-th block of the rows. */
export class LogisticPart implements Part {
  private readonly design: DesignRows;

  constructor(
    private readonly input: LogisticInput,
    private readonly place: Place,
  ) {
    const { matrix, design, labels, rowWeights } = input;
    const { byLabel, each } = rowWeights;
    const of = { labels, countOf: (row: number) => (each ? each[row]! : byLabel[labels[row]!]!) };
    this.design = new DesignRows(matrix, design, of, 1, true, deriveKernel);
  }

  run(): void {
    const { rows, design, weights, sums } = this.input;
    const { width } = design;
    this.design.setWeights(weights, width);
    const { gradient, hessian, stride } = this.design;
    for (const { from, to, block } of ownBlocks(rows.length, this.place)) {
      const base = block * sumsPerBlock(width);
      sums[base] = this.design.sumUp(rows, from, to);
      sums.set(gradient.subarray(0, width), base + 1);
      for (let i = 0; i < width; i++)
        sums.set(hessian.subarray(i * stride, i * stride + width), base + 1 + width + i * width);
    }
  }
}

/** Of the log-loss of two classes. */
export function deriveKernel(layout: DesignLayout): KernelFunction {
  const { stride } = layout;
  const [row, to, each] = [0, 1, 2];
  const locals = { at: 3, other: 4, end: 5, pair: 6, factor: 7 };
  const [score, label, count, small, probability, n, r] = [8, 9, 10, 11, 12, 13, 14];
  const [weights, gradient] = [i32.const(layout.weights), i32.const(layout.gradient)];
  const negative = f64.mul(get(score), f64.const(-1));
  const grown = f64.add(f64.const(1), get(small));
  const positiveScore = f64.lt(f64.const(0), get(score));
  const body = [
    ...dotWith(score, get(row), weights, stride, locals),
    ...set(label, f64.load(get(each), layout.labels)),
    ...set(count, f64.load(get(each), layout.counts)),
    // Of -|score|: it does not overflow.
    ...set(small, exponential(f64.min(get(score), negative), [n, r])),
    ...set(probability, f64.div(f64.select(f64.const(1), get(small), positiveScore), grown)),
    ...f64.store(
      get(each),
      f64.sub(f64.max(get(score), f64.const(0)), f64.mul(get(score), get(label))),
      layout.linear,
    ),
    ...f64.store(get(each), grown, layout.grown),
    ...f64.store(
      get(each),
      f64.mul(get(count), f64.mul(get(probability), f64.sub(f64.const(1), get(probability)))),
      layout.curvatures,
    ),
    ...addTimes(
      f64.mul(get(count), f64.sub(get(probability), get(label))),
      ...([get(row), gradient, stride, locals] as const),
    ),
    ...set(each, i32.add(get(each), i32.const(8))),
  ];
  return {
    parameters: ["i32", "i32"],
    locals: [
      ...(["i32", "i32", "i32", "i32"] as const),
      "v128",
      "v128",
      ...Array.from({ length: 7 }, () => "f64" as const),
    ],
    body: forRange(row, to, 8 * stride, body),
  };
}

export const logisticPart = partKind<LogisticInput>("logistic", LogisticPart);
