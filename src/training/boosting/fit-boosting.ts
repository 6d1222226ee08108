import { crossValidate, type SteppedFit, stopwatch } from "../cross-validation.js";
import type { Fitted, Model, Report } from "../learner.js";
import type { Matrix } from "../matrix.js";
import { boostingToOnnx } from "../onnx/boosting-model.js";
import type { BoostingParams } from "../params.js";
import type { Fold } from "../split.js";
import { type BinnedMatrix, binMatrix } from "./bins.js";
import { TreeGrower } from "./grow-tree.js";
import { Shard } from "./shard.js";
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
): Fitted {
  const binned = binMatrix(matrix, params.max_bins);
  const fits = folds.map((fold) => new FoldFit(matrix, binned, labels, fold, params));
  const options = { maxSteps: params.trees, patience: params.early_stopping_rounds, unit: "trees" } as const;
  const { bestStep, curve, outOfFold } = crossValidate(folds, fits, labels, options, report);
  const booster = new Booster(binned, labels, Uint32Array.from(labels.keys()), params);
  const progress = stopwatch(report, "refit", bestStep, "trees");
  const trees: Tree[] = [];
  while (trees.length < bestStep) {
    trees.push(booster.nextTree());
    progress(trees.length);
  }
  return { model: boostingModel(matrix, { baseScore: booster.baseScore, trees }), outOfFold, curve };
}

class Booster {
  readonly baseScore: number;
  private readonly shard: Shard;
  private readonly grower: TreeGrower;

  constructor(binned: BinnedMatrix, labels: Uint8Array, rows: Uint32Array, params: BoostingParams) {
    const positives = rows.reduce((sum, row) => sum + labels[row]!, 0);
    this.baseScore = Math.fround(Math.log(positives / (rows.length - positives)));
    this.shard = new Shard(binned, labels, rows, this.baseScore);
    this.grower = new TreeGrower(binned, params);
  }

  nextTree(): Tree {
    return this.grower.grow(this.shard);
  }
}

class FoldFit implements SteppedFit {
  private readonly booster: Booster;
  private readonly scores: Float64Array;

  constructor(
    private readonly matrix: Matrix,
    binned: BinnedMatrix,
    labels: Uint8Array,
    private readonly fold: Fold,
    params: BoostingParams,
  ) {
    this.booster = new Booster(binned, labels, fold.fit, params);
    this.scores = new Float64Array(fold.validate.length).fill(this.booster.baseScore);
  }

  step(): boolean {
    const tree = this.booster.nextTree();
    const { validate } = this.fold;
    const width = this.matrix.columns.length;
    for (let k = 0; k < validate.length; k++) {
      this.scores[k]! += treeValue(tree, this.matrix.values, validate[k]! * width);
    }
    return tree.mode.length > 1;
  }

  validation(): Float64Array {
    return this.scores.map((score) => 1 / (1 + Math.exp(-score)));
  }
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
