import { BadUserInputError } from "../../../errors/errors.js";
import { crossValidate } from "../../cross-validation.js";
import type { Fitted, Model, Report } from "../../learner.js";
import type { Matrix } from "../../matrix.js";
import { valueAnswer } from "../../onnx/answer.js";
import { boostingToOnnx } from "../../onnx/tree-model.js";
import { type SampleWeights, sumOfWeights, weightsOf, weightUnit } from "../../sample-weights.js";
import { modelImportance } from "../../scoring/model-importance.js";
import { answersOf, type Scoring } from "../../scoring/scoring.js";
import type { Fold } from "../../tasks/fold.js";
import { sharedArray } from "../../threads/shared.js";
import { SOLO, type Team } from "../../threads/team.js";
import type { BinnedMatrix } from "./binned.js";
import { binMatrix } from "./bins.js";
import { Booster } from "./booster.js";
import { everything, fitTrees } from "./fit-boosting.js";
import type { RegressionLoss } from "./losses/loss.js";
import { lossNamed } from "./losses/registry.js";
import type { BoostingParams } from "./params.js";
import { stopMetric } from "./stop-metric.js";
import type { Target } from "./target.js";
import type { Ensemble } from "./tree.js";
import { stepsFor } from "./value-objective.js";

/**
 * Histogram gradient boosting of values, on the loss that the parameters name. The folds choose the number of trees, then all
 * rows are fitted. Bin edges are shared by the folds: they look at no label.
 */
export function fitValues(
  matrix: Matrix,
  labels: Float64Array,
  folds: Fold[],
  params: BoostingParams,
  report: Report,
  team: Team = SOLO,
  weights: SampleWeights = null,
): Fitted<Scoring, Float64Array> {
  const loss = lossNamed(params.loss);
  requireFitting(loss, params, labels);
  const binned = binMatrix(matrix, params.max_bins, true, team);
  const table = { binned, labels, weights, params, loss, team };
  const fits = folds.map((fold) => newBooster(table, fold).booster);
  const options = {
    maxSteps: params.trees,
    patience: params.early_stopping_rounds,
    unit: "trees",
    metric: loss.metric,
    stop: stopMetric("REGRESSION", params.stop_metric),
    weights,
  } as const;
  const { bestStep, curve, outOfFold } = crossValidate(folds, fits, labels, options, report);
  for (const fit of fits) fit.end();
  return { model: fitModel(matrix, table, bestStep, report), outOfFold, curve };
}

/** Exactly `trees` trees on all rows, nothing judged. */
export function refitValues(
  matrix: Matrix,
  labels: Float64Array,
  params: BoostingParams,
  report: Report,
  team: Team = SOLO,
): Model<Scoring> {
  const loss = lossNamed(params.loss);
  requireFitting(loss, params, labels);
  const binned = binMatrix(matrix, params.max_bins, true, team);
  return fitModel(matrix, { binned, labels, weights: null, params, loss, team }, params.trees, report);
}

function fitModel(matrix: Matrix, table: ValueTable, count: number, report: Report): Model<Scoring> {
  const { booster, base } = newBooster(table, everything(matrix));
  const trees = fitTrees(booster, count, report);
  const { loss, labels, weights, params } = table;
  return valueModel(matrix, { baseScore: base, trees }, loss, loss.setting(params, labels, weights));
}

interface ValueTable {
  binned: BinnedMatrix;
  labels: Float64Array;
  weights: SampleWeights;
  params: BoostingParams;
  loss: RegressionLoss;
  team: Team;
}

function newBooster(table: ValueTable, fold: Fold): { booster: Booster; base: number } {
  const { binned, params, team } = table;
  const { target, base } = targetOf(table, fold);
  const own = fold.matrix ? binMatrix(fold.matrix, params.max_bins, true, team) : binned;
  return { booster: new Booster(own, fold, params, target, team), base };
}

/** Losses beyond so many times the greatest at the start are counted as that: their sums stay exact. */
const MOST_TIMES = 16;
/** A float64 holds whole numbers up to here exactly. */
const EXACT = 2 ** 53;

/** Labels less the base in a unit that brings them to ±1, or as they are where scores are logarithms. */
function targetOf(
  { loss, params, labels, weights }: ValueTable,
  { fit, validate }: Fold,
): { target: Target; base: number } {
  const isLog = loss.link === "log";
  const own = Float64Array.from(fit, (row) => labels[row]!);
  const ownWeights = weightsOf(weights, fit);
  const base = Math.fround(loss.start(own, loss.setting(params, own, ownWeights), ownWeights));
  const distance = own.reduce((most, label) => Math.max(most, Math.abs(label - base)), 0);
  const unit = isLog ? 1 : 2 ** Math.ceil(Math.log2(distance > 0 ? distance : 1));
  const shift = isLog ? 0 : base;
  const targets = sharedArray(Float64Array, labels.length);
  for (let row = 0; row < labels.length; row++) targets[row] = (labels[row]! - shift) / unit;
  const scaled = Float64Array.from(fit, (row) => targets[row]!);
  const setting = loss.setting(params, scaled, ownWeights);
  const start = isLog ? base : 0;
  const greatest = scaled.reduce((most, label) => Math.max(most, loss.of(label, start, setting)), 0);
  const mostLoss = MOST_TIMES * 2 ** Math.ceil(Math.log2(greatest > 0 ? greatest : 1));
  const rows = 2 ** Math.ceil(Math.log2(validate.length + 1));
  // Where scores are logarithms, derivatives have the label's size.
  const size = isLog ? scaled.reduce((most, label) => Math.max(most, label), Math.exp(base)) : 1;
  // Of the rows judged on, too: they are held in the same records.
  const most = weights ? weightUnit(weights) : 1;
  const target: Target = {
    labels: targets,
    weights,
    objective: {
      kind: "values",
      loss: params.loss,
      setting,
      gradientSteps: stepsFor(size * most),
      hessianSteps: stepsFor(size * most),
      lossSteps: EXACT / rows / mostLoss / most,
      mostLoss,
    },
    baseScore: start,
    margins: null,
    unit,
    leafQuantile: loss.leafQuantile(setting),
    answer: isLog ? Math.exp : (score) => base + score * unit,
    validationWeight: sumOfWeights(weights, validate),
    lossUnit: loss.lossUnit(unit),
  };
  return { target, base };
}

/** @throws {BadUserInputError} the loss takes labels of 0 or more, and not only 0 */
function requireFitting({ link }: RegressionLoss, { loss }: BoostingParams, labels: Float64Array): void {
  if (link === "identity") return;
  const negative = labels.find((label) => label < 0);
  const problem =
    negative !== undefined
      ? `the labels go down to ${negative}`
      : labels.every((label) => label === 0)
        ? "every label is 0"
        : null;
  if (problem === null) return;
  throw new BadUserInputError(
    `parameter "loss": ${loss} takes labels of 0 or more that are not all 0; ${problem}: take squared or another`,
    { parameter: "loss" },
  );
}

function valueModel(
  { columns }: Matrix,
  ensemble: Ensemble,
  { link, metric }: RegressionLoss,
  setting: number,
): Model<Scoring> {
  const scoring: Scoring = { ...ensemble, linear: null, link: link === "log" ? "exp" : "identity" };
  const { on } = metric;
  return {
    predict: (matrix) => answersOf(scoring, matrix),
    toOnnx: (metadata) => boostingToOnnx(columns, ensemble, { linear: null, ...valueAnswer(link) }, metadata),
    ...(on && {
      lossOn: (labels, answers, weights) => ({
        [metric.name]: on(Float64Array.from(labels), answers, setting, weights),
      }),
    }),
    importances: (background) => modelImportance(scoring, columns, background),
    metrics: { trees: ensemble.trees.length },
    scoring,
  };
}
