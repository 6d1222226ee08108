import { crossValidate, type SteppedFit, stopwatch } from "../../cross-validation.js";
import type { Fitted, Model, Report } from "../../learner.js";
import type { Matrix } from "../../matrix.js";
import { boostingToOnnx } from "../../onnx/tree-model.js";
import { modelImportance } from "../../scoring/model-importance.js";
import { probabilitiesOf, type Scoring } from "../../scoring/scoring.js";
import { type LabelWeights, labelWeights, totalWeight } from "../../tasks/binary/class-weight.js";
import type { Fold } from "../../tasks/fold.js";
import type { Work } from "../../threads/part.js";
import { allRows, sharedArray } from "../../threads/shared.js";
import { SOLO, type Team } from "../../threads/team.js";
import type { LinearModel } from "../logistic/design.js";
import type { BinnedMatrix } from "./binned.js";
import { binMatrix } from "./bins.js";
import { type BoostingExchange, BoostingTask, boostingPart } from "./boosting-part.js";
import { TreeGrower } from "./grow-tree.js";
import type { BoostingParams } from "./params.js";
import { type Start, startAt, startsToTry } from "./start.js";
import type { Ensemble, Tree } from "./tree.js";

/**
 * Histogram gradient boosting on the binary log-loss. The folds choose the number of trees and where boosting starts, then
 * all rows are fitted. Bin edges are shared by the folds: they look at no label.
 */
export function fitBoosting(
  matrix: Matrix,
  labels: Uint8Array,
  folds: Fold[],
  params: BoostingParams,
  report: Report,
  team: Team = SOLO,
): Fitted<Scoring> {
  const table = boostingTable(matrix, labels, params, team);
  const starts = startsToTry(params.linear_start, matrix.rows);
  const tried = starts.map((isLinear, k) => {
    const fits = folds.map((fold) => newBooster(table, fold, isLinear));
    const options = {
      maxSteps: params.trees,
      patience: params.early_stopping_rounds,
      unit: "trees",
    } as const;
    const judged = crossValidate(folds, fits, labels, options, turn(report, k, starts.length));
    for (const fit of fits) fit.end();
    return { isLinear, loss: judged.curve[judged.bestStep - 1]!.value, ...judged };
  });
  const best = tried.reduce((least, other) => (other.loss < least.loss ? other : least));
  const booster = newBooster(table, everything(matrix), best.isLinear);
  const model = fitTrees(matrix, booster, best.bestStep, report);
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
  const table = boostingTable(matrix, labels, params, team);
  const booster = newBooster(table, everything(matrix), params.linear_start === 1);
  return fitTrees(matrix, booster, params.trees, report);
}

interface BoostingTable {
  matrix: Matrix;
  binned: BinnedMatrix;
  labels: Uint8Array;
  weights: LabelWeights;
  params: BoostingParams;
  team: Team;
}

function boostingTable(
  matrix: Matrix,
  labels: Uint8Array,
  params: BoostingParams,
  team: Team,
): BoostingTable {
  const binned = binMatrix(matrix, params.max_bins, true, team);
  return { matrix, binned, labels, weights: labelWeights(params.class_weight, labels), params, team };
}

function newBooster(table: BoostingTable, fold: Fold, isLinear: boolean): Booster {
  const { matrix, binned, labels, weights, params, team } = table;
  const start = startAt(isLinear, matrix, labels, fold.fit, weights, team);
  return new Booster(binned, labels, fold, weights, params, start, team);
}

function fitTrees(matrix: Matrix, booster: Booster, count: number, report: Report): Model<Scoring> {
  const progress = stopwatch(report, "refit", count, "trees");
  const trees: Tree[] = [];
  while (trees.length < count) {
    trees.push(booster.nextTree());
    progress(trees.length);
  }
  booster.end();
  return boostingModel(matrix, { baseScore: booster.start.baseScore, trees }, booster.start.linear);
}

function everything({ rows }: Matrix): Fold {
  return { fit: allRows(rows), validate: new Uint32Array() };
}

/** Progress of the k-th of `count` tries that follow one another. */
function turn(report: Report, k: number, count: number): Report {
  return (progress) =>
    report({ ...progress, done: k * progress.total + progress.done, total: count * progress.total });
}

class Booster implements SteppedFit {
  private readonly work: Work;
  private readonly exchange: BoostingExchange;
  private readonly grower: TreeGrower;
  private readonly validationWeight: number;

  constructor(
    binned: BinnedMatrix,
    labels: Uint8Array,
    { fit, validate }: Fold,
    weights: LabelWeights,
    params: BoostingParams,
    readonly start: Start,
    team: Team,
  ) {
    this.validationWeight = totalWeight(labels, validate, weights);
    const { bytes, cells, codes } = binned;
    const exchange = newExchange(cells, params.leaves, validate.length, team.threads);
    const { baseScore, margins } = start;
    const rows = { labels, fit, validate, baseScore, margins, weights };
    this.work = team.begin(boostingPart, { codes, bytes, cells, leaves: params.leaves, exchange, ...rows });
    this.exchange = exchange;
    this.grower = new TreeGrower(binned, params, fit.length, this.work, exchange);
  }

  nextTree(): Tree {
    return this.grower.grow();
  }

  step(): boolean {
    return this.nextTree().mode.length > 1;
  }

  loss(): { sum: number; weight: number } {
    return { sum: this.exchange.losses.reduce((sum, loss) => sum + loss, 0), weight: this.validationWeight };
  }

  keep(): void {
    this.work.run(BoostingTask.keepScores);
  }

  kept(): Float64Array {
    return Float64Array.from(this.exchange.scores, (score) => 1 / (1 + Math.exp(-score)));
  }

  end(): void {
    this.work.end();
  }
}

function newExchange(cells: number, leaves: number, validate: number, threads: number): BoostingExchange {
  return {
    split: sharedArray(Int32Array, 4),
    goesLeft: sharedArray(Uint8Array, 256),
    values: sharedArray(Float64Array, leaves),
    histograms: sharedArray(Float64Array, threads * 2 * cells),
    leftRows: sharedArray(Float64Array, threads),
    losses: sharedArray(Float64Array, threads),
    scores: sharedArray(Float64Array, validate),
  };
}

function boostingModel({ columns }: Matrix, ensemble: Ensemble, linear: LinearModel | null): Model<Scoring> {
  const scoring: Scoring = { ...ensemble, linear, link: "logistic" };
  return {
    predict: (matrix) => probabilitiesOf(scoring, matrix),
    toOnnx: (metadata) => boostingToOnnx(columns, ensemble, linear, metadata),
    importances: (background) => modelImportance(scoring, columns, background),
    metrics: { trees: ensemble.trees.length, linear_start: linear ? 1 : 0 },
    scoring,
  };
}
