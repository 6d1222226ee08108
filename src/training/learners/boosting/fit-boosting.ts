import { isBetter } from "../../../values/task.js";
import { bestValue, crossValidate, stopwatch } from "../../cross-validation.js";
import type { Fitted, Model, Report } from "../../learner.js";
import type { Matrix } from "../../matrix.js";
import { LOGISTIC_ANSWER } from "../../onnx/answer.js";
import { boostingToOnnx } from "../../onnx/tree-model.js";
import { type SampleWeights, weightUnit } from "../../sample-weights.js";
import { modelImportance } from "../../scoring/model-importance.js";
import { answersOf, type Scoring } from "../../scoring/scoring.js";
import { type RowWeights, rowWeights, totalWeight } from "../../tasks/binary/class-weight.js";
import type { Fold } from "../../tasks/fold.js";
import { allRows } from "../../threads/shared.js";
import { SOLO, type Team } from "../../threads/team.js";
import type { LinearModel } from "../logistic/design.js";
import type { BinnedMatrix } from "./binned.js";
import { binMatrix } from "./bins.js";
import { Booster } from "./booster.js";
import { requireNoLine } from "./monotone.js";
import type { BoostingParams } from "./params.js";
import { type Start, startAt, startsToTry } from "./start.js";
import { stopMetric } from "./stop-metric.js";
import type { Target } from "./target.js";
import type { Ensemble, Tree } from "./tree.js";

/**
 * Histogram gradient boosting on the binary log-loss. The folds choose the number of trees and where boosting starts, then
 * all rows are fitted. Bin edges are shared by the folds, unless columns know labels.
 */
export function fitBoosting(
  matrix: Matrix,
  labels: Uint8Array,
  folds: Fold[],
  params: BoostingParams,
  report: Report,
  team: Team = SOLO,
  weights: SampleWeights = null,
): Fitted<Scoring> {
  const table = boostingTable(matrix, labels, params, team, weights);
  const starts = startsToTry(params, matrix.rows);
  const stop = stopMetric("BINARY", params.stop_metric);
  const tried = starts.map((isLinear, k) => {
    const fits = folds.map((fold) => newBooster(table, fold, isLinear).booster);
    const options = {
      maxSteps: params.trees,
      patience: params.early_stopping_rounds,
      unit: "trees",
      stop,
      weights,
    } as const;
    const judged = crossValidate(folds, fits, labels, options, turn(report, k, starts.length));
    for (const fit of fits) fit.end();
    return { isLinear, value: bestValue(judged), ...judged };
  });
  const { better = "lower" } = stop ?? {};
  const best = tried.reduce((first, other) =>
    isBetter({ better }, other.value, first.value) ? other : first,
  );
  const booster = newBooster(table, everything(matrix), best.isLinear);
  const model = fitModel(matrix, booster, best.bestStep, report);
  return { model, outOfFold: best.outOfFold, curve: best.curve };
}

/** Exactly `trees` trees on all rows, nothing judged; `linear_start` 2 counts as 0. */
export function refitBoosting(
  matrix: Matrix,
  labels: Uint8Array,
  params: BoostingParams,
  report: Report,
  team: Team = SOLO,
): Model<Scoring> {
  const table = boostingTable(matrix, labels, params, team, null);
  const booster = newBooster(table, everything(matrix), params.linear_start === 1);
  return fitModel(matrix, booster, params.trees, report);
}

interface BoostingTable {
  matrix: Matrix;
  binned: BinnedMatrix;
  labels: Uint8Array;
  weights: RowWeights;
  params: BoostingParams;
  team: Team;
}

function boostingTable(
  matrix: Matrix,
  labels: Uint8Array,
  params: BoostingParams,
  team: Team,
  own: SampleWeights,
): BoostingTable {
  requireNoLine(params);
  const binned = binMatrix(matrix, params.max_bins, true, team);
  const weights = rowWeights(params.class_weight, labels, own);
  return { matrix, binned, labels, weights, params, team };
}

interface StartedBooster {
  booster: Booster;
  start: Start;
}

function newBooster(table: BoostingTable, fold: Fold, isLinear: boolean): StartedBooster {
  const { labels, weights, params, team } = table;
  const { matrix = table.matrix } = fold;
  const binned = fold.matrix ? binMatrix(matrix, params.max_bins, true, team) : table.binned;
  const start = startAt(isLinear, matrix, labels, fold.fit, weights, team);
  const target: Target = {
    labels,
    weights: weights.each,
    objective: {
      kind: "classes",
      weights: weights.byLabel,
      weightUnit: weights.each && weightUnit(weights.each),
    },
    baseScore: start.baseScore,
    margins: start.margins,
    unit: 1,
    leafQuantile: null,
    answer: (score) => 1 / (1 + Math.exp(-score)),
    validationWeight: totalWeight(labels, fold.validate, weights),
    lossUnit: 1,
  };
  return { booster: new Booster(binned, fold, params, target, team), start };
}

function fitModel(matrix: Matrix, { booster, start }: StartedBooster, count: number, report: Report) {
  const trees = fitTrees(booster, count, report);
  return boostingModel(matrix, { baseScore: start.baseScore, trees }, start.linear);
}

export function fitTrees(booster: Booster, count: number, report: Report): Tree[] {
  const progress = stopwatch(report, "refit", count, "trees");
  const trees: Tree[] = [];
  while (trees.length < count) {
    trees.push(booster.nextTree());
    progress(trees.length);
  }
  booster.end();
  return trees;
}

export function everything({ rows }: Matrix): Fold {
  return { fit: allRows(rows), validate: new Uint32Array() };
}

/** Progress of the k-th of `count` tries that follow one another. */
function turn(report: Report, k: number, count: number): Report {
  return (progress) =>
    report({ ...progress, done: k * progress.total + progress.done, total: count * progress.total });
}

function boostingModel({ columns }: Matrix, ensemble: Ensemble, linear: LinearModel | null): Model<Scoring> {
  const scoring: Scoring = { ...ensemble, linear, link: "logistic" };
  return {
    predict: (matrix) => answersOf(scoring, matrix),
    toOnnx: (metadata) => boostingToOnnx(columns, ensemble, { linear, ...LOGISTIC_ANSWER }, metadata),
    importances: (background) => modelImportance(scoring, columns, background),
    metrics: { trees: ensemble.trees.length, linear_start: linear ? 1 : 0 },
    scoring,
  };
}
