import type { Matrix } from "../matrix.js";
import type { LogisticParams } from "../params.js";
import { solveCholesky } from "./cholesky.js";
import { type Design, encodeRow, learnDesign } from "./design.js";

/** Halvings of a Newton step before giving up on a lower loss. */
const MAX_HALVINGS = 30;

/**
 * Logistic regression by Newton's method (IRLS; Hastie et al., Elements of Statistical Learning, 4.4.1). Minimises
 * sum of log-losses + l2 / 2 * |weights|^2, the intercept unpenalised: scikit-learn's objective with C = 1 / l2.
 */
export class NewtonFit {
  readonly design: Design;
  /** One weight per design column, the intercept last. */
  weights: Float64Array;
  private readonly row: Float64Array;
  private state: Derivatives;
  private converged = false;

  constructor(
    private readonly matrix: Matrix,
    private readonly labels: Uint8Array,
    private readonly rows: Uint32Array,
    private readonly params: LogisticParams,
  ) {
    this.design = learnDesign(matrix, rows);
    this.row = new Float64Array(this.design.width);
    this.weights = new Float64Array(this.design.width);
    const positives = rows.reduce((sum, row) => sum + labels[row]!, 0);
    this.weights[this.design.width - 1] = Math.log(positives / (rows.length - positives));
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
      this.converged = maxAbs(next.gradient) / this.rows.length < this.params.tolerance || next.loss === loss;
      return true;
    }
    this.converged = true;
    return false;
  }

  /** Loss, gradient and Hessian at `weights`, in one pass over the rows; cost rows x width^2 / 2. */
  private derivatives(weights: Float64Array): Derivatives {
    const { matrix, labels, row, design } = this;
    const { width } = design;
    const gradient = new Float64Array(width);
    const hessian = new Float64Array(width * width);
    let loss = 0;
    for (const index of this.rows) {
      encodeRow(design, matrix.values, index * matrix.columns.length, row);
      const score = dot(weights, row);
      const probability = 1 / (1 + Math.exp(-score));
      loss += Math.max(score, 0) - score * labels[index]! + Math.log1p(Math.exp(-Math.abs(score)));
      addRow(gradient, hessian, row, probability - labels[index]!, probability * (1 - probability));
    }
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

function addRow(
  gradient: Float64Array,
  hessian: Float64Array,
  row: Float64Array,
  residual: number,
  curvature: number,
): void {
  const width = row.length;
  for (let i = 0; i < width; i++) {
    const value = row[i]!;
    if (value === 0) continue;
    gradient[i]! += residual * value;
    const weighted = curvature * value;
    const at = i * width;
    for (let j = 0; j <= i; j++) hessian[at + j]! += weighted * row[j]!;
  }
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

function maxAbs(values: Float64Array): number {
  return values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
}
