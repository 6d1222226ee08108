import type { Matrix } from "../../matrix.js";
import { baseLogOdds, type RowWeights } from "../../tasks/binary/class-weight.js";
import type { Team } from "../../threads/team.js";
import { type LinearModel, linearMargins } from "../logistic/design.js";
import { NewtonFit } from "../logistic/newton.js";
import { LOGISTIC_PARAMS } from "../logistic/params.js";
import { defaultsOf } from "../param.js";
import { isBound } from "./monotone.js";
import type { BoostingParams } from "./params.js";

/** The log-odds that boosting starts from: one number for every row, or a logistic regression's. */
export interface Start {
  /** float32-exact; 0 beside a linear start. */
  baseScore: number;
  linear: LinearModel | null;
  /** Of the linear start, one per row of the table; shared. */
  margins: Float64Array | null;
}

/** Beyond, enough trees are as straight as a line, and fitting the line costs more than a few trees. */
const MAX_ROWS_TO_TRY = 50_000;

/**
 * Whether to start from a logistic regression, by `linear_start`: 0 no, 1 yes, 2 try both on tables below 50 000 rows. A line
 * may go another way than features are to, so that of those no line is tried.
 */
export function startsToTry(
  params: Pick<BoostingParams, "linear_start" | "monotone_constraints">,
  rows: number,
): boolean[] {
  const { linear_start: linearStart } = params;
  if (linearStart === 2) return rows < MAX_ROWS_TO_TRY && !isBound(params) ? [false, true] : [false];
  return [linearStart === 1];
}

/**
 * Learnt from `rows` alone. Trees then have to find only what is not a sum of straight lines, which on small tables they
 * do with fewer splits: docs/training.md has the measurements.
 */
export function startAt(
  isLinear: boolean,
  matrix: Matrix,
  labels: Uint8Array,
  rows: Uint32Array,
  weights: RowWeights,
  team: Team,
): Start {
  if (!isLinear) {
    return { baseScore: Math.fround(baseLogOdds(labels, rows, weights)), linear: null, margins: null };
  }
  const params = defaultsOf(LOGISTIC_PARAMS);
  const fit = new NewtonFit(matrix, labels, rows, weights, params, team);
  for (let step = 0; step < params.max_iterations && fit.step(); step++);
  fit.end();
  const linear = { design: fit.design, weights: fit.weights.map(Math.fround) };
  return { baseScore: 0, linear, margins: linearMargins(linear, matrix) };
}
