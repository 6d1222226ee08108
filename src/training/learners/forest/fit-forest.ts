import { stopwatch } from "../../cross-validation.js";
import type { Fitted, Model, Report } from "../../learner.js";
import type { Matrix } from "../../matrix.js";
import { forestToOnnx } from "../../onnx/tree-model.js";
import { modelImportance } from "../../scoring/model-importance.js";
import { probabilitiesOf, type Scoring } from "../../scoring/scoring.js";
import { type LabelWeights, labelWeights } from "../../tasks/binary/class-weight.js";
import { sharedArray } from "../../threads/shared.js";
import { SOLO, type Team } from "../../threads/team.js";
import type { CurvePoint } from "../../types.js";
import { binMatrix } from "../boosting/bins.js";
import { emptyTree, type Tree, trimmed } from "../boosting/tree.js";
import { type ForestExchange, forestPart, ROUND_TREES, SHARE_STEPS } from "./forest-part.js";
import type { ForestParams } from "./params.js";

/** Of a forest unanimously wrong; a share of 0 or 1 among few trees is not certainty. */
const MAX_LOSS = -Math.log(1e-3);

/**
 * A random forest (Breiman 2001) on binned values: each tree on a bootstrap sample, the mean of the leaves' shares of
 * label 1. Rows a tree has not seen judge it, so no folds are needed. Tree t depends on (seed, t) and the rows alone.
 */
export function fitForest(
  matrix: Matrix,
  labels: Uint8Array,
  params: ForestParams,
  seed: number,
  report: Report,
  team: Team = SOLO,
): Fitted<Scoring> {
  const binned = binMatrix(matrix, params.max_bins, false, team);
  const weights = labelWeights(params.class_weight, labels);
  const exchange = newExchange(matrix.rows, params.max_leaves);
  const work = team.begin(forestPart, { matrix, binned, labels, weights, params, seed, exchange });
  const progress = stopwatch(report, "fit", params.trees, "trees");
  const trees: Tree[] = [];
  const curve: CurvePoint[] = [];
  while (trees.length < params.trees) {
    exchange.next[0] = trees.length;
    exchange.next[1] = Math.min(params.trees, trees.length + ROUND_TREES);
    work.run(0);
    for (let slot = 0; trees.length < exchange.next[1]!; slot++) {
      trees.push(trimmed(exchange.trees[slot]!, exchange.nodes[slot]!));
    }
    const point = { name: "log_loss", step: trees.length, value: outOfBagLoss(exchange, labels, weights) };
    curve.push(point);
    progress(trees.length, point);
  }
  work.end();
  return { model: forestModel(matrix, trees), outOfFold: outOfBag(exchange, labels), curve };
}

function newExchange(rows: number, leaves: number): ForestExchange {
  return {
    next: sharedArray(Int32Array, 2),
    trees: Array.from({ length: ROUND_TREES }, () => emptyTree(leaves)),
    nodes: sharedArray(Int32Array, ROUND_TREES),
    shares: sharedArray(Int32Array, rows),
    judges: sharedArray(Int32Array, rows),
  };
}

/** Weighted mean log-loss of the rows that some tree has not seen; NaN when there is none. */
function outOfBagLoss({ shares, judges }: ForestExchange, labels: Uint8Array, weights: LabelWeights): number {
  let sum = 0;
  let weight = 0;
  for (let row = 0; row < labels.length; row++) {
    if (judges[row] === 0) continue;
    const share = shares[row]! / SHARE_STEPS / judges[row]!;
    const given = labels[row] === 1 ? share : 1 - share;
    sum += weights[labels[row]!]! * Math.min(-Math.log(given), MAX_LOSS);
    weight += weights[labels[row]!]!;
  }
  return sum / weight;
}

function outOfBag({ shares, judges }: ForestExchange, labels: Uint8Array): Fitted["outOfFold"] {
  const rows = Uint32Array.from(labels.keys()).filter((row) => judges[row]! > 0);
  return {
    labels: Uint8Array.from(rows, (row) => labels[row]!),
    probabilities: Float64Array.from(rows, (row) => shares[row]! / SHARE_STEPS / judges[row]!),
  };
}

function forestModel({ columns }: Matrix, trees: Tree[]): Model<Scoring> {
  const leaves = trees.reduce((sum, { mode }) => sum + (mode.length + 1) / 2, 0);
  const scoring: Scoring = { baseScore: 0, linear: null, trees, link: "share" };
  return {
    predict: (matrix) => probabilitiesOf(scoring, matrix),
    toOnnx: (metadata) => forestToOnnx(columns, trees, metadata),
    importances: (background) => modelImportance(scoring, columns, background),
    metrics: { trees: trees.length, leaves },
    scoring,
  };
}
