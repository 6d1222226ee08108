import type { Matrix } from "../../matrix.js";
import { sumOfWeights } from "../../sample-weights.js";
import { baseLogOdds, type RowWeights } from "../../tasks/binary/class-weight.js";
import type { Work } from "../../threads/part.js";
import { sharedArray } from "../../threads/shared.js";
import type { Team } from "../../threads/team.js";
import { solveCholesky } from "./cholesky.js";
import { type Design, learnDesign } from "./design.js";
import { blocksOf, logisticPart, sumsPerBlock } from "./logistic-part.js";
import type { LogisticParams } from "./params.js";

/** Halvings of a Newton step before giving up on a lower loss. */
const MAX_HALVINGS = 30;

/**
 * Logistic regression by Newton's method (IRLS; Hastie et al., Elements of Statistical Learning, 4.4.1). Minimises
 * sum of log-losses x weights + l2 / 2 * |weights|^2, the intercept unpenalised: scikit-learn's objective, C = 1 / l2.
 */
export class NewtonFit {
  readonly design: Design;
  /** One weight per design column, the intercept last. */
  weights: Float64Array;
  private readonly work: Work;
  private readonly asked: Float64Array;
  private readonly sums: Float64Array;
  private state: Derivatives;
  private converged = false;
  /** Rows, or what they weigh. */
  private readonly counted: number;

  constructor(
    matrix: Matrix,
    labels: Uint8Array,
    rows: Uint32Array,
    rowWeights: RowWeights,
    private readonly params: LogisticParams,
    team: Team,
  ) {
    this.design = learnDesign(matrix, rows, rowWeights.own);
    this.counted = sumOfWeights(rowWeights.each, rows);
    const { width } = this.design;
    this.asked = sharedArray(Float64Array, width);
    this.sums = sharedArray(Float64Array, blocksOf(rows.length) * sumsPerBlock(width));
    const shared = { rows, design: this.design, weights: this.asked, sums: this.sums };
    this.work = team.begin(logisticPart, { matrix, labels, rowWeights, ...shared });
    this.weights = new Float64Array(width);
    this.weights[width - 1] = baseLogOdds(labels, rows, rowWeights);
    this.state = this.derivatives(this.weights);
  }

  /** One Newton step, halved until the loss falls. @returns false when converged. */
  step(): boolean {
    if (this.converged) return false;
    const { gradient, hessian, loss } = this.state;
    const direction = solveCholesky(hessian.slice(), gradient);
    for (let halving = 0, length = 1; direction && halving < MAX_HALVINGS; halving++, length /= 2) {
      const weights = this.weights.map((weight, k) => weight - length * direction[k]!);
      const next = this.derivatives(weights);
      if (next.loss > loss) continue;
      this.weights = weights;
      this.state = next;
      this.converged = maxAbs(next.gradient) / this.counted < this.params.tolerance || next.loss === loss;
      return true;
    }
    this.converged = true;
    return false;
  }

  end(): void {
    this.work.end();
  }

  /** Loss, gradient and Hessian at `weights`, in one pass over the rows; cost rows x width^2 / 2. */
  private derivatives(weights: Float64Array): Derivatives {
    const { width } = this.design;
    this.asked.set(weights);
    this.work.run(0);
    const size = sumsPerBlock(width);
    const total = this.sums.slice(0, size);
    for (let from = size; from < this.sums.length; from += size) {
      for (let k = 0; k < size; k++) total[k]! += this.sums[from + k]!;
    }
    const [gradient, hessian] = [total.slice(1, 1 + width), total.slice(1 + width)];
    let loss = total[0]!;
    const { l2 } = this.params;
    for (let k = 0; k < width - 1; k++) {
      loss += (l2 / 2) * weights[k]! ** 2;
      gradient[k]! += l2 * weights[k]!;
      hessian[k * width + k]! += l2;
    }
    return { loss, gradient, hessian };
  }
}

interface Derivatives {
  loss: number;
  gradient: Float64Array;
  /** width x width, row-major, lower triangle only. */
  hessian: Float64Array;
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

function maxAbs(values: Float64Array): number {
  return values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
}
