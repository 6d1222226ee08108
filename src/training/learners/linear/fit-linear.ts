import { stopwatch } from "../../cross-validation.js";
import type { Fitted, Model, Report } from "../../learner.js";
import type { Matrix } from "../../matrix.js";
import { valueAnswer } from "../../onnx/answer.js";
import { linearToOnnx } from "../../onnx/logistic-model.js";
import { type SampleWeights, sumOfWeights, weightsOf } from "../../sample-weights.js";
import { modelImportance } from "../../scoring/model-importance.js";
import { answersOf, type Scoring } from "../../scoring/scoring.js";
import type { Fold } from "../../tasks/fold.js";
import { rootMeanSquare } from "../../tasks/regression/metrics.js";
import { allRows, sharedArray } from "../../threads/shared.js";
import { SOLO, type Team } from "../../threads/team.js";
import { encodeRow, type LinearModel, learnDesign } from "../logistic/design.js";
import { blocksOf, sumsPerBlock } from "../logistic/logistic-part.js";
import { dot } from "../logistic/newton.js";
import { leastSquaresPart } from "./least-squares-part.js";
import type { LinearParams } from "./params.js";
import { type NormalEquations, solve } from "./solve.js";

/** Least squares, penalised; the folds serve the metrics that candidates are chosen by. */
export function fitLinear(
  matrix: Matrix,
  labels: Float64Array,
  folds: Fold[],
  params: LinearParams,
  report: Report,
  team: Team = SOLO,
  weights: SampleWeights = null,
): Fitted<Scoring, Float64Array> {
  const progress = stopwatch(report, "cross_validation", folds.length, "folds");
  const [judged, answers]: [number[], number[]] = [[], []];
  for (const [done, { fit, validate, matrix: own = matrix }] of folds.entries()) {
    const { model } = fitRows({ matrix: own, labels, weights }, fit, params, team);
    for (const row of validate) judged.push(row);
    answers.push(...predictRows(model, own, validate));
    progress(done + 1);
  }
  const outOfFold = {
    labels: Float64Array.from(judged, (row) => labels[row]!),
    probabilities: Float64Array.from(answers),
    weights: weightsOf(weights, judged),
  };
  const { model, passes } = fitRows({ matrix, labels, weights }, allRows(matrix.rows), params, team);
  stopwatch(report, "refit", passes, "iterations")(passes);
  const value = rootMeanSquare(outOfFold.labels, outOfFold.probabilities, outOfFold.weights);
  return { model: linearModel(matrix, model, passes), outOfFold, curve: [{ name: "rmse", step: 1, value }] };
}

function fitRows(
  { matrix, labels, weights: own }: { matrix: Matrix; labels: Float64Array; weights: SampleWeights },
  rows: Uint32Array,
  params: LinearParams,
  team: Team,
): { model: LinearModel; passes: number } {
  const design = learnDesign(matrix, rows, own);
  const mean = meanOf(labels, rows, own);
  const centred = sharedArray(Float64Array, labels.length);
  for (let row = 0; row < labels.length; row++) centred[row] = labels[row]! - mean;
  const size = sumsPerBlock(design.width);
  const sums = sharedArray(Float64Array, blocksOf(rows.length) * size);
  const work = team.begin(leastSquaresPart, {
    ...{ matrix, labels: centred, weights: own, rows, design, sums },
  });
  work.run(0);
  work.end();
  const { weights, passes } = solve(equationsOf(sums, design.width), params);
  weights[design.width - 1]! += mean;
  return { model: { design, weights: weights.map(Math.fround) }, passes };
}

/** Blocks are added in their order: the result does not depend on the number of threads. */
function equationsOf(sums: Float64Array, width: number): NormalEquations {
  const size = sumsPerBlock(width);
  const total = sums.slice(0, size);
  for (let from = size; from < sums.length; from += size) {
    for (let k = 0; k < size; k++) total[k]! += sums[from + k]!;
  }
  return { width, moments: total.slice(1, 1 + width), gram: total.slice(1 + width) };
}

function meanOf(labels: Float64Array, rows: Uint32Array, weights: SampleWeights): number {
  let sum = 0;
  for (const row of rows) sum += (weights ? weights[row]! : 1) * labels[row]!;
  return sum / sumOfWeights(weights, rows);
}

function predictRows({ design, weights }: LinearModel, matrix: Matrix, rows: Uint32Array): Float64Array {
  const encoded = new Float64Array(design.width);
  return Float64Array.from(rows, (row) => {
    encodeRow(design, matrix.values, row * matrix.columns.length, encoded);
    return dot(weights, encoded);
  });
}

function linearModel({ columns }: Matrix, linear: LinearModel, iterations: number): Model<Scoring> {
  const scoring: Scoring = { baseScore: 0, linear, trees: [], link: "identity" };
  return {
    predict: (matrix) => answersOf(scoring, matrix),
    toOnnx: (metadata) =>
      linearToOnnx("linear_regression", columns, linear, valueAnswer("identity"), metadata),
    importances: (background) => modelImportance(scoring, columns, background),
    metrics: { iterations, coefficients: linear.weights.length },
    scoring,
  };
}
