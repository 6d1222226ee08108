import type { REGRESSION } from "../../../values/task.js";
import type { SampleWeights } from "../../sample-weights.js";
import { bootstrapDifference, type RowCounts } from "../bootstrap.js";
import type { PairedDifference, PairedOptions } from "../task.js";
import { shareOf } from "./metrics.js";

type RegressionMetric = (typeof REGRESSION)["compared"][number]["name"];

/** What both models are at where each row is taken so many times; positive: the first is better. */
type Difference = (weights: RowCounts) => number;
type Compare = (labels: Float64Array, first: Float64Array, second: Float64Array) => Difference;

/** Of rmse and mae as a share of the second model's: they have the label's unit. Equal answers give exactly [0, 0]. */
export function pairedValueBootstrap(
  labels: Float64Array,
  first: Float64Array,
  second: Float64Array,
  options: PairedOptions,
  weights: SampleWeights = null,
): Promise<PairedDifference> {
  const rows = Uint32Array.from(labels.keys());
  const difference = COMPARE[options.metric as RegressionMetric](labels, first, second);
  return bootstrapDifference(labels.length, [rows], difference, options, weights);
}

const squared = (label: number, answer: number): number => (label - answer) ** 2;

const COMPARE: Record<RegressionMetric, Compare> = {
  rmse: byShare(squared, Math.sqrt),
  mae: byShare(
    (label, answer) => Math.abs(label - answer),
    (mean) => mean,
  ),
  mape: (labels, first, second) => {
    const [one, other] = lossesOf(shareOf, labels, first, second);
    return (weights) => weightedMean(other!, weights) - weightedMean(one!, weights);
  },
  r2: (labels, first, second) => {
    const [one, other] = lossesOf(squared, labels, first, second);
    return (weights) => {
      const mean = weightedMean(labels, weights);
      let [distances, total] = [0, 0];
      for (let row = 0; row < labels.length; row++) {
        distances += weights[row]! * (labels[row]! - mean) ** 2;
        total += weights[row]!;
      }
      const errors = weightedMean(other!, weights) - weightedMean(one!, weights);
      return distances === 0 ? 0 : (errors * total) / distances;
    };
  },
};

function byShare(loss: (label: number, answer: number) => number, metric: (mean: number) => number): Compare {
  return (labels, first, second) => {
    const [one, other] = lossesOf(loss, labels, first, second);
    return (weights) => {
      const [own, others] = [metric(weightedMean(one!, weights)), metric(weightedMean(other!, weights))];
      // Any error is as much worse than none as the double of an error.
      return others === 0 ? (own === 0 ? 0 : -1) : (others - own) / others;
    };
  };
}

const lossesOf = (
  loss: (label: number, answer: number) => number,
  labels: Float64Array,
  ...answers: Float64Array[]
): Float64Array[] => answers.map((each) => each.map((answer, row) => loss(labels[row]!, answer)));

function weightedMean(values: Float64Array, weights: RowCounts): number {
  let [sum, total] = [0, 0];
  for (let row = 0; row < values.length; row++) {
    sum += weights[row]! * values[row]!;
    total += weights[row]!;
  }
  return sum / total;
}
