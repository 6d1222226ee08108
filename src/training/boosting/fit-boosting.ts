import { baseLogOdds, type LabelWeights, labelWeights, totalWeight } from "../class-weight.js";
import { crossValidate, type SteppedFit, stopwatch } from "../cross-validation.js";
import type { Fitted, Model, Report } from "../learner.js";
import type { Matrix } from "../matrix.js";
import { boostingToOnnx } from "../onnx/tree-model.js";
import type { BoostingParams } from "../params.js";
import type { Fold } from "../split.js";
import type { Work } from "../threads/part.js";
import { allRows, sharedArray } from "../threads/shared.js";
import { SOLO, type Team } from "../threads/team.js";
import { type BinnedMatrix, binMatrix } from "./bins.js";
import { type BoostingExchange, BoostingTask } from "./boosting-part.js";
import { TreeGrower } from "./grow-tree.js";
import { type Ensemble, type Tree, treeValue } from "./tree.js";

/**
 * Histogram gradient boosting on the binary log-loss. The folds choose the number of trees, then all rows are fitted.
 * Bin edges are shared by the folds: they look at no label.
 */
export function fitBoosting(
  matrix: Matrix,
  labels: Uint8Array,
  folds: Fold[],
  params: BoostingParams,
  report: Report,
  team: Team = SOLO,
): Fitted {
  const binned = binMatrix(matrix, params.max_bins, true, team);
  const weights = labelWeights(params.class_weight, labels);
  const start = (rows: Fold) => new Booster(binned, labels, rows, weights, params, team);
  const fits = folds.map(start);
  const options = { maxSteps: params.trees, patience: params.early_stopping_rounds, unit: "trees" } as const;
  const { bestStep, curve, outOfFold } = crossValidate(folds, fits, labels, options, report);
  for (const fit of fits) fit.end();
  const ensemble = fitTrees(start({ fit: allRows(matrix.rows), validate: new Uint32Array() }), bestStep, report);
  return { model: boostingModel(matrix, ensemble), outOfFold, curve };
}

/** Exactly `trees` trees on all rows, nothing judged. */
export function refitBoosting(
  matrix: Matrix,
  labels: Uint8Array,
  params: BoostingParams,
  report: Report,
  team: Team = SOLO,
): Model {
  const binned = binMatrix(matrix, params.max_bins, true, team);
  const weights = labelWeights(params.class_weight, labels);
  const rows = { fit: allRows(matrix.rows), validate: new Uint32Array() };
  const booster = new Booster(binned, labels, rows, weights, params, team);
  return boostingModel(matrix, fitTrees(booster, params.trees, report));
}

function fitTrees(booster: Booster, count: number, report: Report): Ensemble {
  const progress = stopwatch(report, "refit", count, "trees");
  const trees: Tree[] = [];
  while (trees.length < count) {
    trees.push(booster.nextTree());
    progress(trees.length);
  }
  booster.end();
  return { baseScore: booster.baseScore, trees };
}

class Booster implements SteppedFit {
  readonly baseScore: number;
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
    team: Team,
  ) {
    this.baseScore = Math.fround(baseLogOdds(labels, fit, weights));
    this.validationWeight = totalWeight(labels, validate, weights);
    const { bytes, cells, codes } = binned;
    const exchange = newExchange(cells, params.leaves, validate.length, team.threads);
    const rows = { labels, fit, validate, baseScore: this.baseScore, weights };
    this.work = team.begin("boosting", { codes, bytes, cells, leaves: params.leaves, exchange, ...rows });
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

function boostingModel({ columns }: Matrix, ensemble: Ensemble): Model {
  return {
    predict: (matrix) => predict(ensemble, matrix),
    toOnnx: (metadata) => boostingToOnnx(columns, ensemble, metadata),
    metrics: { trees: ensemble.trees.length },
  };
}

function predict({ baseScore, trees }: Ensemble, { rows, columns, values }: Matrix): Float64Array {
  const scores = new Float64Array(rows).fill(baseScore);
  for (const tree of trees) {
    for (let row = 0; row < rows; row++) scores[row]! += treeValue(tree, values, row * columns.length);
  }
  return scores.map((score) => 1 / (1 + Math.exp(-score)));
}
