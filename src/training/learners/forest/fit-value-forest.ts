import type { Fitted, Report } from "../../learner.js";
import type { Matrix } from "../../matrix.js";
import { type SampleWeights, weightsOf } from "../../sample-weights.js";
import type { Scoring } from "../../scoring/scoring.js";
import { rootMeanSquare } from "../../tasks/regression/metrics.js";
import { valueOutputs } from "../../tasks/regression/output.js";
import { sharedArray } from "../../threads/shared.js";
import { SOLO, type Team } from "../../threads/team.js";
import { NodeMode, type Tree } from "../boosting/tree.js";
import { type ForestTable, forestModel, growForest } from "./fit-forest.js";
import { type ForestExchange, SHARE_STEPS } from "./forest-part.js";
import type { ForestParams } from "./params.js";

/** Labels within ±1 are rounded to multiples of 2^-26: float64 sums of up to 2^27 of them are exact. */
const LABEL_STEPS = 2 ** 26;

/**
 * A random forest of regression trees (Breiman 2001) on binned values: each on a bootstrap sample, split where squared errors
 * fall most; the mean of the leaves' means. Rows a tree has not seen judge it. Tree t depends on (seed, t) and the rows alone.
 */
export function fitValueForest(
  matrix: Matrix,
  labels: Float64Array,
  params: ForestParams,
  seed: number,
  report: Report,
  team: Team = SOLO,
  { starts = null, weights = null }: ForestTable = {},
): Fitted<Scoring, Float64Array> {
  const scale = scaleOf(labels);
  const scaled = sharedArray(Float64Array, labels.length);
  for (let row = 0; row < labels.length; row++) {
    scaled[row] = Math.round(((labels[row]! - scale.base) / scale.unit) * LABEL_STEPS) / LABEL_STEPS;
  }
  const grown = growForest(
    matrix,
    { kind: "values", labels: scaled, weights, areClasses: false },
    {
      name: "rmse",
      of(exchange) {
        const judged = outOfBag(exchange, labels, weights, scale);
        return rootMeanSquare(judged.labels, judged.probabilities, judged.weights);
      },
    },
    { params, seed, report, team, starts },
  );
  for (const tree of grown.trees) inLabels(tree, scale);
  return {
    model: forestModel(matrix, grown.trees, valueOutputs),
    outOfFold: outOfBag(grown.exchange, labels, weights, scale),
    curve: grown.curve,
  };
}

/** label = base + unit x the label that trees are grown on, which is within ±1; unit is a power of two. */
interface Scale {
  base: number;
  unit: number;
}

function scaleOf(labels: Float64Array): Scale {
  let [least, greatest] = [labels[0]!, labels[0]!];
  for (const label of labels) {
    if (label < least) least = label;
    if (label > greatest) greatest = label;
  }
  const base = least / 2 + greatest / 2;
  const distance = Math.max(greatest - base, base - least);
  return { base, unit: 2 ** Math.ceil(Math.log2(distance > 0 ? distance : 1)) };
}

function inLabels({ mode, value }: Tree, { base, unit }: Scale): void {
  for (let node = 0; node < value.length; node++) {
    if (mode[node] === NodeMode.leaf) value[node] = base + unit * value[node]!;
  }
}

function outOfBag(
  { shares, judges }: ForestExchange,
  labels: Float64Array,
  weights: SampleWeights,
  { base, unit }: Scale,
): Fitted<Scoring, Float64Array>["outOfFold"] {
  const rows = Uint32Array.from(labels.keys()).filter((row) => judges[row]! > 0);
  return {
    labels: Float64Array.from(rows, (row) => labels[row]!),
    probabilities: Float64Array.from(
      rows,
      (row) => base + (unit * shares[row]!) / SHARE_STEPS / judges[row]!,
    ),
    weights: weightsOf(weights, rows),
  };
}
