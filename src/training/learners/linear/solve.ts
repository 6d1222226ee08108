import { solveCholesky } from "../logistic/cholesky.js";
import type { LinearParams } from "./params.js";

/** Sums over the rows: what a penalised least-squares fit needs of them. */
export interface NormalEquations {
  /** Of the design matrix, the constant 1 last. */
  width: number;
  /** design' design, row-major, lower triangle. */
  gram: Float64Array;
  /** design' labels. */
  moments: Float64Array;
}

/** Added to the diagonal, as a share of its mean, where columns are sums of others and nothing is penalised. */
const JITTER = 1e-10;

/**
 * Minimises squared errors / 2 + l2 / 2 * |weights|² + l1 * |weights|₁, the intercept unpenalised: scikit-learn's Ridge with
 * alpha = l2, and its ElasticNet with alpha = (l1 + l2) / rows and l1_ratio = l1 / (l1 + l2).
 */
export function solve(
  equations: NormalEquations,
  params: LinearParams,
): { weights: Float64Array; passes: number } {
  const ridge = solveRidge(equations, params.l2);
  return params.l1 === 0 ? { weights: ridge, passes: 1 } : descend(equations, params, ridge);
}

function solveRidge({ width, gram, moments }: NormalEquations, l2: number): Float64Array {
  let trace = 0;
  for (let k = 0; k < width; k++) trace += gram[k * width + k]!;
  for (let jitter = 0; ; jitter = jitter === 0 ? (JITTER * trace) / width : jitter * 10) {
    const penalised = gram.slice();
    for (let k = 0; k < width - 1; k++) penalised[k * width + k]! += l2 + jitter;
    const weights = solveCholesky(penalised, moments);
    if (weights) return weights;
  }
}

/** Coordinate descent (Friedman, Hastie and Tibshirani 2010), on the sums alone. */
function descend(
  { width, gram, moments }: NormalEquations,
  { l1, l2, max_iterations, tolerance }: LinearParams,
  start: Float64Array,
): { weights: Float64Array; passes: number } {
  const cell = (i: number, j: number) => (i >= j ? gram[i * width + j]! : gram[j * width + i]!);
  const weights = start.slice();
  for (let passes = 1; ; passes++) {
    let [moved, greatest] = [0, 0];
    for (let i = 0; i < width; i++) {
      const curvature = cell(i, i);
      if (curvature === 0) continue;
      let rest = moments[i]!;
      for (let j = 0; j < width; j++) if (j !== i) rest -= cell(i, j) * weights[j]!;
      const isIntercept = i === width - 1;
      const weight = isIntercept
        ? rest / curvature
        : (Math.sign(rest) * Math.max(Math.abs(rest) - l1, 0)) / (curvature + l2);
      moved = Math.max(moved, Math.abs(weight - weights[i]!));
      greatest = Math.max(greatest, Math.abs(weight));
      weights[i] = weight;
    }
    if (moved <= tolerance * greatest || passes === max_iterations) return { weights, passes };
  }
}
