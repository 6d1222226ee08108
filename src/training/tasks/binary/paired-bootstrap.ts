import type { BINARY } from "../../../values/task.js";
import type { SampleWeights } from "../../sample-weights.js";
import { bootstrapDifference, type RowCounts } from "../bootstrap.js";
import type { PairedDifference, PairedOptions } from "../task.js";
import { nats } from "./metrics.js";

export type PairedMetric = (typeof BINARY)["compared"][number]["name"];

/**
 * Rows are drawn within each class. Two equal score vectors give exactly [0, 0].
 *
 * @param labels 0 or 1, one per row, of both classes
 * @param first, second probabilities, one per row
 */
export function pairedBootstrap(
  labels: Uint8Array,
  first: Float64Array,
  second: Float64Array,
  options: PairedOptions,
  weights: SampleWeights = null,
): Promise<PairedDifference> {
  const [one, other] = [first, second].map((scores) =>
    WEIGHTED[options.metric as PairedMetric](labels, scores),
  );
  const difference = (counts: RowCounts) => one!(counts) - other!(counts);
  const classes = [0, 1].map((label) =>
    Uint32Array.from(labels.keys()).filter((row) => labels[row] === label),
  );
  return bootstrapDifference(labels.length, classes, difference, options, weights);
}

export type WeightedMetric = (weights: RowCounts) => number;

/** Each metric as a function of how often each row is taken, greater is better; what does not depend on that is done once. */
const WEIGHTED: Record<PairedMetric, (labels: Uint8Array, scores: Float64Array) => WeightedMetric> = {
  auc: weightedAuc,
  average_precision: weightedAveragePrecision,
  log_loss: (labels, scores) => weightedLoss(scores.map((score, row) => nats(labels[row]!, score))),
  brier: (labels, scores) => weightedLoss(scores.map((score, row) => (score - labels[row]!) ** 2)),
};

function weightedLoss(losses: Float64Array): WeightedMetric {
  return (weights) => {
    let [sum, total] = [0, 0];
    for (let row = 0; row < losses.length; row++) {
      sum -= weights[row]! * losses[row]!;
      total += weights[row]!;
    }
    return sum / total;
  };
}

/** Rows from the greatest score down; `last[k]`: the k-th is the last one of its score. */
function ranking(scores: Float64Array): { order: Uint32Array; last: Uint8Array } {
  const order = Uint32Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b);
  const last = Uint8Array.from(order, (row, k) =>
    k + 1 === order.length || scores[order[k + 1]!] !== scores[row] ? 1 : 0,
  );
  return { order, last };
}

export function weightedAuc(labels: Uint8Array, scores: Float64Array): WeightedMetric {
  const { order, last } = ranking(scores);
  return (weights) => {
    let [area, positives, negatives, tiedPositives, tiedNegatives] = [0, 0, 0, 0, 0];
    for (let k = 0; k < order.length; k++) {
      const row = order[k]!;
      if (labels[row]) tiedPositives += weights[row]!;
      else tiedNegatives += weights[row]!;
      if (!last[k]) continue;
      area += tiedNegatives * (positives + tiedPositives / 2);
      positives += tiedPositives;
      negatives += tiedNegatives;
      tiedPositives = 0;
      tiedNegatives = 0;
    }
    return area / (positives * negatives);
  };
}

function weightedAveragePrecision(labels: Uint8Array, scores: Float64Array): WeightedMetric {
  const { order, last } = ranking(scores);
  return (weights) => {
    let [sum, positives, taken, tiedPositives] = [0, 0, 0, 0];
    for (let k = 0; k < order.length; k++) {
      const row = order[k]!;
      taken += weights[row]!;
      if (labels[row]) tiedPositives += weights[row]!;
      if (!last[k]) continue;
      positives += tiedPositives;
      if (tiedPositives > 0) sum += (tiedPositives * positives) / taken;
      tiedPositives = 0;
    }
    return sum / positives;
  };
}
