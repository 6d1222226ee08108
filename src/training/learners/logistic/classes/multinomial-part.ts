import type { Matrix } from "../../../matrix.js";
import type { SampleWeights } from "../../../sample-weights.js";
import { type Part, type Place, partKind } from "../../../threads/part.js";
import { type Code, f64, forRange, get, i32, type KernelFunction, set } from "../../../wasm/assembler.js";
import { exponential } from "../../../wasm/exp.js";
import type { Design } from "../design.js";
import { type DesignLayout, DesignRows } from "../design-rows.js";
import { ownBlocks } from "../logistic-part.js";
import { addTimes, dotWith } from "../pairs.js";

export interface MultinomialInput {
  matrix: Matrix;
  labels: Uint8Array;
  /** Of each row of the table; null: they count the same. */
  rowWeights: SampleWeights;
  /** Rows fitted on; shared. */
  rows: Uint32Array;
  design: Design;
  classes: number;
  /** Where the derivatives are taken: classes x width; shared. */
  weights: Float64Array;
  /** Out, per block: loss, gradient (classes x width); shared. */
  sums: Float64Array;
}

export const multinomialSums = (classes: number, width: number): number => 1 + classes * width;

/** Sums loss and gradient of the softmax's log-loss over every T-th block of the rows. */
export class MultinomialPart implements Part {
  private readonly design: DesignRows;

  constructor(
    private readonly input: MultinomialInput,
    private readonly place: Place,
  ) {
    const { matrix, design, labels, rowWeights, classes } = input;
    const of = { labels, countOf: (row: number) => (rowWeights ? rowWeights[row]! : 1) };
    this.design = new DesignRows(matrix, design, of, classes, false, (layout) =>
      deriveKernel(layout, classes),
    );
  }

  run(): void {
    const { rows, design, weights, sums, classes } = this.input;
    const { width } = design;
    this.design.setWeights(weights, width);
    const { gradient, stride } = this.design;
    for (const { from, to, block } of ownBlocks(rows.length, this.place)) {
      const base = block * multinomialSums(classes, width);
      sums[base] = this.design.sumUp(rows, from, to);
      for (let k = 0; k < classes; k++)
        sums.set(gradient.subarray(k * stride, k * stride + width), base + 1 + k * width);
    }
  }
}

function deriveKernel(layout: DesignLayout, classes: number): KernelFunction {
  const { stride } = layout;
  const [row, to, each] = [0, 1, 2];
  const locals = { at: 3, other: 4, end: 5, pair: 6, factor: 7 };
  const [place, placeEnd, own, offset] = [8, 9, 10, 11];
  const [score, most, sum, n, r] = [12, 13, 14, 15, 16];
  const rowBytes = 8 * stride;
  const eachClass = (body: Code) => [
    ...set(place, i32.const(layout.scores)),
    ...set(offset, i32.const(0)),
    ...forRange(place, placeEnd, 8, [...body, ...set(offset, i32.add(get(offset), i32.const(rowBytes)))]),
  ];
  const isOwn = f64.convertU(i32.eqz(i32.sub(get(place), get(own))));
  const shifted = f64.sub(f64.load(get(place)), get(most));
  const label = i32.truncateDouble(f64.load(get(each), layout.labels));
  const body = [
    ...set(placeEnd, i32.const(layout.scores + 8 * classes)),
    ...set(most, f64.const(Number.NEGATIVE_INFINITY)),
    ...eachClass([
      ...dotWith(score, get(row), i32.add(get(offset), i32.const(layout.weights)), stride, locals),
      ...f64.store(get(place), get(score)),
      ...set(most, f64.max(get(most), get(score))),
    ]),
    ...set(own, i32.add(i32.const(layout.scores), i32.shl(label, i32.const(3)))),
    ...f64.store(get(each), f64.sub(get(most), f64.load(get(own))), layout.linear),
    ...set(sum, f64.const(0)),
    ...eachClass([
      ...set(score, exponential(shifted, [n, r])),
      ...set(sum, f64.add(get(sum), get(score))),
      ...f64.store(get(place), get(score)),
    ]),
    ...f64.store(get(each), get(sum), layout.grown),
    ...eachClass(
      addTimes(
        f64.mul(f64.load(get(each), layout.counts), f64.sub(f64.div(f64.load(get(place)), get(sum)), isOwn)),
        ...([get(row), i32.add(get(offset), i32.const(layout.gradient)), stride, locals] as const),
      ),
    ),
    ...set(each, i32.add(get(each), i32.const(8))),
  ];
  return {
    parameters: ["i32", "i32"],
    locals: [
      ...(["i32", "i32", "i32", "i32", "v128", "v128"] as const),
      ...(["i32", "i32", "i32", "i32"] as const),
      ...(["f64", "f64", "f64", "f64", "f64"] as const),
    ],
    body: forRange(row, to, rowBytes, body),
  };
}

export const multinomialPart = partKind<MultinomialInput>("multinomial", MultinomialPart);
