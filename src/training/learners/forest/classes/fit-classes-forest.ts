import { BadUserInputError } from "../../../../errors/errors.js";
import type { Fitted, Model, Report } from "../../../learner.js";
import type { Matrix } from "../../../matrix.js";
import { classesForestToOnnx } from "../../../onnx/classes-model.js";
import { type SampleWeights, weightsOf } from "../../../sample-weights.js";
import { classesImportance } from "../../../scoring/model-importance.js";
import { answersOf, type ClassesScoring } from "../../../scoring/scoring.js";
import { classRowWeights } from "../../../tasks/multiclass/class-weight.js";
import { SOLO, type Team } from "../../../threads/team.js";
import type { Tree } from "../../boosting/tree.js";
import { type ForestTable, growForest } from "../fit-forest.js";
import { type ForestExchange, SHARE_STEPS } from "../forest-part.js";
import type { ForestParams } from "../params.js";

/** Of a forest unanimously wrong; a share of 0 or 1 among few trees is not certainty. */
const MAX_LOSS = -Math.log(1e-3);

/**
 * A random forest (Breiman 2001) of several classes on binned values: each tree on a bootstrap sample, split where Gini's
 * impurity falls most; the mean of the leaves' shares of each class. Rows a tree has not seen judge it. Tree t depends on
 * (seed, t) and the rows alone.
 */
export function fitClassesForest(
  matrix: Matrix,
  labels: Uint8Array,
  classes: readonly string[],
  params: ForestParams,
  seed: number,
  report: Report,
  team: Team = SOLO,
  { starts = null, weights = null }: ForestTable = {},
): Fitted<ClassesScoring> {
  requireRoom(matrix.rows, classes.length, params);
  const counted = classRowWeights(params.class_weight, labels, classes, weights);
  const grown = growForest(
    matrix,
    { kind: "several", labels, classes: classes.length, weights: counted },
    { name: "log_loss", of: (exchange) => outOfBagLoss(exchange, labels, counted, classes.length) },
    { params, seed, report, team, starts },
  );
  const byClass = classes.map((_, k) =>
    grown.trees.map((tree, place): Tree => {
      const shares = grown.shares[place]!;
      return { ...tree, value: tree.value.map((_, node) => shares[node * classes.length + k]!) };
    }),
  );
  return {
    model: classesForest(matrix, classes, byClass),
    outOfFold: outOfBag(grown.exchange, labels, weights, classes.length),
    curve: grown.curve,
  };
}

/** Of the shares of all leaves, one for each class: with the trees and the file that is made of them about 600 MB. */
const MOST_SHARES = 10_000_000;

/** Before anything is grown: of many classes a forest is as large as its leaves times the classes. @throws {BadUserInputError} */
function requireRoom(
  rows: number,
  classes: number,
  { trees, max_leaves, min_leaf_rows }: ForestParams,
): void {
  const leaves = Math.min(max_leaves, Math.max(1, Math.ceil(rows / min_leaf_rows)));
  const shares = trees * leaves * classes;
  if (shares <= MOST_SHARES) return;
  throw new BadUserInputError(
    `params: ${trees} trees of up to ${leaves} leaves hold ${shares} shares of ${classes} classes; at most ${MOST_SHARES} are held: ` +
      "lower trees or max_leaves, raise min_leaf_rows, or train GRADIENT_BOOSTING",
    { trees, leaves, classes, shares, most: MOST_SHARES },
  );
}

/** Mean log-loss of the rows that some tree has not seen; NaN when there is none. */
function outOfBagLoss(
  { shares, judges }: ForestExchange,
  labels: Uint8Array,
  weights: SampleWeights,
  classes: number,
): number {
  let [sum, total] = [0, 0];
  for (let row = 0; row < labels.length; row++) {
    if (judges[row] === 0) continue;
    const share = shares[row * classes + labels[row]!]! / SHARE_STEPS / judges[row]!;
    const weight = weights ? weights[row]! : 1;
    sum += weight * Math.min(-Math.log(share), MAX_LOSS);
    total += weight;
  }
  return sum / total;
}

function outOfBag(
  { shares, judges }: ForestExchange,
  labels: Uint8Array,
  weights: SampleWeights,
  classes: number,
): Fitted["outOfFold"] {
  const rows = Uint32Array.from(labels.keys()).filter((row) => judges[row]! > 0);
  const probabilities = new Float64Array(rows.length * classes);
  for (const [k, row] of rows.entries())
    for (let of = 0; of < classes; of++)
      probabilities[k * classes + of] = shares[row * classes + of]! / SHARE_STEPS / judges[row]!;
  const judged = Uint8Array.from(rows, (row) => labels[row]!);
  return { labels: judged, probabilities, weights: weightsOf(weights, rows) };
}

function classesForest(
  { columns }: Matrix,
  classes: readonly string[],
  trees: readonly (readonly Tree[])[],
): Model<ClassesScoring> {
  const each = trees.map((own) => ({ baseScore: 0, linear: null, trees: own, link: "share" as const }));
  const scoring: ClassesScoring = { each, softmax: false };
  const leaves = trees[0]!.reduce((sum, { mode }) => sum + (mode.length + 1) / 2, 0);
  return {
    predict: (matrix) => answersOf(scoring, matrix),
    toOnnx: (metadata) => classesForestToOnnx(columns, classes, trees, metadata),
    importances: (background) => classesImportance(scoring, columns, background),
    metrics: { trees: trees[0]!.length, leaves },
    scoring,
  };
}
