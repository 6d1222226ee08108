import type { Matrix } from "../../../matrix.js";
import { type SampleWeights, sumOfWeights } from "../../../sample-weights.js";
import type { Work } from "../../../threads/part.js";
import { sharedArray } from "../../../threads/shared.js";
import type { Team } from "../../../threads/team.js";
import { type Design, type LinearModel, learnDesign } from "../design.js";
import { blocksOf } from "../logistic-part.js";
import { dot } from "../newton.js";
import type { LogisticParams } from "../params.js";
import { multinomialPart, multinomialSums } from "./multinomial-part.js";

/** Steps and changes of the gradient that the curvature is estimated from. */
const MEMORY = 20;
const MAX_HALVINGS = 40;
/** Armijo's: of the fall that the slope promises, so much must come. */
const SUFFICIENT = 1e-4;

export interface ClassTable {
  labels: Uint8Array;
  classes: number;
  /** Of each row, that of its class included; null: they count the same. */
  weights: SampleWeights;
  /** Without that of its class: what columns are standardised by. */
  own: SampleWeights;
}

interface Point {
  weights: Float64Array;
  loss: number;
  gradient: Float64Array;
}

/**
 * Multinomial logistic regression by L-BFGS (Liu and Nocedal 1989; Nocedal and Wright, Numerical Optimization, algorithm 7.4).
 * Minimises sum of log-losses x weights + l2 / 2 * |weights|^2, the intercepts unpenalised: scikit-learn's objective, C = 1 / l2.
 */
export class MultinomialFit {
  readonly design: Design;
  private readonly work: Work;
  private readonly asked: Float64Array;
  private readonly sums: Float64Array;
  private readonly pairs: { step: Float64Array; change: Float64Array; scale: number }[] = [];
  private at: Point;
  private converged = false;
  private readonly classes: number;
  /** Rows, or what they weigh. */
  private readonly counted: number;

  constructor(
    matrix: Matrix,
    { labels, weights: rowWeights, own, classes }: ClassTable,
    rows: Uint32Array,
    private readonly params: LogisticParams,
    team: Team,
  ) {
    this.design = learnDesign(matrix, rows, own);
    this.classes = classes;
    this.counted = sumOfWeights(rowWeights, rows);
    const { width } = this.design;
    this.asked = sharedArray(Float64Array, classes * width);
    this.sums = sharedArray(Float64Array, blocksOf(rows.length) * multinomialSums(classes, width));
    const shared = { rows, design: this.design, weights: this.asked, sums: this.sums };
    this.work = team.begin(multinomialPart, { matrix, labels, rowWeights, classes, ...shared });
    const weights = new Float64Array(classes * width);
    const counts = new Float64Array(classes);
    for (const row of rows) counts[labels[row]!]! += rowWeights ? rowWeights[row]! : 1;
    // Half a row of mean weight.
    const least = (0.5 * this.counted) / rows.length;
    const logs = counts.map((count) => Math.log(Math.max(count, least) / this.counted));
    const mean = logs.reduce((sum, log) => sum + log, 0) / classes;
    for (let k = 0; k < classes; k++) weights[(k + 1) * width - 1] = logs[k]! - mean;
    this.at = this.evaluate(weights);
  }

  /** A step along L-BFGS's direction, halved until the loss falls enough. @returns false when converged. */
  step(): boolean {
    if (this.converged) return false;
    const { weights, loss, gradient } = this.at;
    const direction = this.direction();
    const slope = dot(direction, gradient);
    // Without a memory the gradient says the direction only: a step of a sum of 1 is a careful one.
    let length = this.pairs.length > 0 ? 1 : 1 / sumOfSizes(gradient);
    for (let halving = 0; slope < 0 && halving < MAX_HALVINGS; halving++, length /= 2) {
      const next = this.evaluate(weights.map((weight, k) => weight + length * direction[k]!));
      if (!(next.loss <= loss + SUFFICIENT * length * slope)) continue;
      this.remember(next);
      this.at = next;
      this.converged = maxAbs(next.gradient) / this.counted < this.params.tolerance || next.loss === loss;
      return true;
    }
    this.converged = true;
    return false;
  }

  /** One linear model a class; float32-exact. */
  models(): LinearModel[] {
    const { width } = this.design;
    return Array.from({ length: this.classes }, (_, k) => ({
      design: this.design,
      weights: this.at.weights.subarray(k * width, (k + 1) * width).map(Math.fround),
    }));
  }

  end(): void {
    this.work.end();
  }

  private remember(next: Point): void {
    const step = next.weights.map((weight, k) => weight - this.at.weights[k]!);
    const change = next.gradient.map((each, k) => each - this.at.gradient[k]!);
    const curvature = dot(step, change);
    // Convex, so below 0 by rounding only: such a pair says nothing.
    if (!(curvature > 1e-12 * dot(change, change))) return;
    this.pairs.push({ step, change, scale: 1 / curvature });
    if (this.pairs.length > MEMORY) this.pairs.shift();
  }

  /** The two loops of the algorithm. */
  private direction(): Float64Array {
    const { pairs } = this;
    const direction = this.at.gradient.map((each) => -each);
    const shares = pairs.map(() => 0);
    for (let k = pairs.length - 1; k >= 0; k--) {
      const { step, change, scale } = pairs[k]!;
      shares[k] = scale * dot(step, direction);
      add(direction, change, -shares[k]!);
    }
    const newest = pairs.at(-1);
    if (newest) {
      const scale = 1 / (newest.scale * dot(newest.change, newest.change));
      for (let j = 0; j < direction.length; j++) direction[j]! *= scale;
    }
    for (const [k, { step, change, scale }] of pairs.entries())
      add(direction, step, shares[k]! - scale * dot(change, direction));
    return direction;
  }

  /** Loss and gradient at `weights`, in one pass over the rows; blocks are added in their order. */
  private evaluate(weights: Float64Array): Point {
    const { width } = this.design;
    this.asked.set(weights);
    this.work.run(0);
    const size = multinomialSums(this.classes, width);
    const total = this.sums.slice(0, size);
    for (let from = size; from < this.sums.length; from += size) {
      for (let k = 0; k < size; k++) total[k]! += this.sums[from + k]!;
    }
    let loss = total[0]!;
    const gradient = total.slice(1);
    const { l2 } = this.params;
    for (let k = 0; k < weights.length; k++) {
      if ((k + 1) % width === 0) continue;
      loss += (l2 / 2) * weights[k]! ** 2;
      gradient[k]! += l2 * weights[k]!;
    }
    return { weights, loss, gradient };
  }
}

function add(to: Float64Array, from: Float64Array, times: number): void {
  for (let k = 0; k < to.length; k++) to[k]! += times * from[k]!;
}

const sumOfSizes = (values: Float64Array): number =>
  Math.max(
    values.reduce((sum, value) => sum + Math.abs(value), 0),
    Number.MIN_VALUE,
  );

const maxAbs = (values: Float64Array): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
