import type { OnnxValue } from "../../../onnx/writer.js";
import { stopwatch } from "../../cross-validation.js";
import type { Fitted, Model, Report } from "../../learner.js";
import type { Matrix } from "../../matrix.js";
import { forestToOnnx } from "../../onnx/tree-model.js";
import { type SampleWeights, weightsOf } from "../../sample-weights.js";
import { modelImportance } from "../../scoring/model-importance.js";
import { answersOf, type Scoring } from "../../scoring/scoring.js";
import { type RowWeights, rowWeights } from "../../tasks/binary/class-weight.js";
import { graphOutputs } from "../../tasks/binary/output.js";
import { sharedArray } from "../../threads/shared.js";
import { SOLO, type Team } from "../../threads/team.js";
import type { CurvePoint } from "../../types.js";
import { binMatrix } from "../boosting/bins.js";
import { emptyTree, type Tree, trimmed } from "../boosting/tree.js";
import { type ForestExchange, type ForestRows, forestPart, ROUND_TREES, SHARE_STEPS } from "./forest-part.js";
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
  { starts = null, weights = null }: ForestTable = {},
): Fitted<Scoring> {
  const counted = rowWeights(params.class_weight, labels, weights);
  const grown = growForest(
    matrix,
    forestRows(labels, counted),
    { name: "log_loss", of: (exchange) => outOfBagLoss(exchange, labels, counted) },
    { params, seed, report, team, starts },
  );
  return {
    model: forestModel(matrix, grown.trees, graphOutputs),
    outOfFold: outOfBag(grown.exchange, labels, weights),
    curve: grown.curve,
  };
}

/** What there may be of a table beside its rows and labels. */
export interface ForestTable {
  /** As of `FitInput`. */
  starts?: Uint32Array | null;
  weights?: SampleWeights;
}

function forestRows(labels: Uint8Array, { byLabel, each }: RowWeights): ForestRows {
  if (!each) return { kind: "classes", labels, weights: byLabel };
  const values = sharedArray(Float64Array, labels.length);
  values.set(labels);
  return { kind: "values", labels: values, weights: each, areClasses: true };
}

interface Growing {
  params: ForestParams;
  seed: number;
  report: Report;
  team: Team;
  starts: Uint32Array | null;
}

/** The trees, and what those say of rows that they have not seen. @returns `shares`: of several classes those of each leaf, by node and class @param judge by the rows so far */
export function growForest(
  matrix: Matrix,
  rows: ForestRows,
  judge: { name: string; of(exchange: ForestExchange): number },
  { params, seed, report, team, starts }: Growing,
): { trees: Tree[]; shares: Float32Array[]; exchange: ForestExchange; curve: CurvePoint[] } {
  const binned = binMatrix(matrix, params.max_bins, false, team);
  const classes = rows.kind === "several" ? rows.classes : 1;
  const exchange = newExchange(matrix.rows, params.max_leaves, classes);
  const work = team.begin(forestPart, { matrix, binned, rows, params, seed, starts, exchange });
  const progress = stopwatch(report, "fit", params.trees, "trees");
  const trees: Tree[] = [];
  const shares: Float32Array[] = [];
  const curve: CurvePoint[] = [];
  while (trees.length < params.trees) {
    exchange.next[0] = trees.length;
    exchange.next[1] = Math.min(params.trees, trees.length + ROUND_TREES);
    work.run(0);
    for (let slot = 0; trees.length < exchange.next[1]!; slot++) {
      const nodes = exchange.nodes[slot]!;
      trees.push(trimmed(exchange.trees[slot]!, nodes));
      shares.push(exchange.classShares[slot]!.slice(0, nodes * classes));
    }
    const point = { name: judge.name, step: trees.length, value: judge.of(exchange) };
    curve.push(point);
    progress(trees.length, point);
  }
  work.end();
  return { trees, shares, exchange, curve };
}

function newExchange(rows: number, leaves: number, classes: number): ForestExchange {
  const several = classes > 1 ? classes * (2 * leaves - 1) : 0;
  return {
    next: sharedArray(Int32Array, 2),
    trees: Array.from({ length: ROUND_TREES }, () => emptyTree(leaves)),
    nodes: sharedArray(Int32Array, ROUND_TREES),
    classShares: Array.from({ length: ROUND_TREES }, () => sharedArray(Float32Array, several)),
    shares: sharedArray(Int32Array, rows * classes),
    judges: sharedArray(Int32Array, rows),
  };
}

/** Weighted mean log-loss of the rows that some tree has not seen; NaN when there is none. */
function outOfBagLoss(
  { shares, judges }: ForestExchange,
  labels: Uint8Array,
  { byLabel, each }: RowWeights,
): number {
  let sum = 0;
  let total = 0;
  for (let row = 0; row < labels.length; row++) {
    if (judges[row] === 0) continue;
    const share = shares[row]! / SHARE_STEPS / judges[row]!;
    const given = labels[row] === 1 ? share : 1 - share;
    const weight = each ? each[row]! : byLabel[labels[row]!]!;
    sum += weight * Math.min(-Math.log(given), MAX_LOSS);
    total += weight;
  }
  return sum / total;
}

function outOfBag(
  { shares, judges }: ForestExchange,
  labels: Uint8Array,
  weights: SampleWeights,
): Fitted["outOfFold"] {
  const rows = Uint32Array.from(labels.keys()).filter((row) => judges[row]! > 0);
  return {
    rows,
    labels: Uint8Array.from(rows, (row) => labels[row]!),
    probabilities: Float64Array.from(rows, (row) => shares[row]! / SHARE_STEPS / judges[row]!),
    weights: weightsOf(weights, rows),
  };
}

export function forestModel({ columns }: Matrix, trees: Tree[], outputs: OnnxValue[]): Model<Scoring> {
  const leaves = trees.reduce((sum, { mode }) => sum + (mode.length + 1) / 2, 0);
  const scoring: Scoring = { baseScore: 0, linear: null, trees, link: "share" };
  return {
    predict: (matrix) => answersOf(scoring, matrix),
    toOnnx: (metadata) => forestToOnnx(columns, trees, outputs, metadata),
    importances: (background) => modelImportance(scoring, columns, background),
    metrics: { trees: trees.length, leaves },
    scoring,
  };
}
