import type { Matrix } from "../../matrix.js";
import type { SampleWeights } from "../../sample-weights.js";
import { type Part, type Place, partKind } from "../../threads/part.js";
import { f64, forRange, get, i32, type KernelFunction, set } from "../../wasm/assembler.js";
import type { Design } from "../logistic/design.js";
import { type DesignLayout, DesignRows } from "../logistic/design-rows.js";
import { ownBlocks, sumsPerBlock } from "../logistic/logistic-part.js";
import { addTimes } from "../logistic/pairs.js";

export interface LeastSquaresInput {
  matrix: Matrix;
  /** Less their mean. */
  labels: Float64Array;
  /** Of each row of the table; null: they count the same. */
  weights: SampleWeights;
  /** Rows fitted on; shared. */
  rows: Uint32Array;
  design: Design;
  /** Out, per block: squared labels, design' labels (width), design' design (width x width, lower triangle), each row by its weight; shared. */
  sums: Float64Array;
}

/** Sums what least squares need over every T-th block of the rows. */
export class LeastSquaresPart implements Part {
  private readonly design: DesignRows;

  constructor(
    private readonly input: LeastSquaresInput,
    private readonly place: Place,
  ) {
    const { matrix, design, labels, weights } = input;
    const of = { labels, countOf: (row: number) => (weights ? weights[row]! : 1) };
    this.design = new DesignRows(matrix, design, of, 1, true, deriveKernel);
  }

  run(): void {
    const { rows, design, sums } = this.input;
    const { width } = design;
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

/** The squared label is a row's loss; labels times the design row are summed up in place of a gradient. */
function deriveKernel(layout: DesignLayout): KernelFunction {
  const { stride } = layout;
  const [row, to, each] = [0, 1, 2];
  const locals = { at: 3, other: 4, end: 5, pair: 6, factor: 7 };
  const [label, count] = [8, 9];
  const body = [
    ...set(label, f64.load(get(each), layout.labels)),
    ...set(count, f64.load(get(each), layout.counts)),
    ...f64.store(get(each), f64.mul(get(label), get(label)), layout.linear),
    ...f64.store(get(each), f64.const(1), layout.grown),
    ...f64.store(get(each), get(count), layout.curvatures),
    ...addTimes(
      f64.mul(get(count), get(label)),
      ...([get(row), i32.const(layout.gradient), stride, locals] as const),
    ),
    ...set(each, i32.add(get(each), i32.const(8))),
  ];
  return {
    parameters: ["i32", "i32"],
    locals: ["i32", "i32", "i32", "i32", "v128", "v128", "f64", "f64"],
    body: forRange(row, to, 8 * stride, body),
  };
}

export const leastSquaresPart = partKind<LeastSquaresInput>("least squares", LeastSquaresPart);
