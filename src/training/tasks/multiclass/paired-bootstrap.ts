import type { MULTICLASS } from "../../../values/task.js";
import type { SampleWeights } from "../../sample-weights.js";
import { type WeightedMetric, weightedAuc } from "../binary/paired-bootstrap.js";
import { bootstrapDifference, type RowCounts } from "../bootstrap.js";
import { likeliest } from "../classes.js";
import type { PairedDifference, PairedOptions } from "../task.js";
import { manyNats } from "./metrics.js";

type ManyMetric = (typeof MULTICLASS)["compared"][number]["name"];

/**
 * Rows are drawn within each class. Two equal lists of answers give exactly [0, 0].
 * @param first, second rows x classes
 */
export function pairedManyBootstrap(
  labels: Uint8Array,
  first: Float64Array,
  second: Float64Array,
  options: PairedOptions,
  weights: SampleWeights = null,
): Promise<PairedDifference> {
  const classes = first.length / labels.length;
  const [one, other] = [first, second].map((answers) =>
    WEIGHTED[options.metric as ManyMetric](labels, answers, classes),
  );
  const strata = Array.from({ length: classes }, (_, label) =>
    Uint32Array.from(labels.keys()).filter((row) => labels[row] === label),
  ).filter(({ length }) => length > 0);
  const difference = (counts: RowCounts) => one!(counts) - other!(counts);
  return bootstrapDifference(labels.length, strata, difference, options, weights);
}

type Weighted = (labels: Uint8Array, answers: Float64Array, classes: number) => WeightedMetric;

/** Each metric as a function of how often each row is taken, greater is better. */
const WEIGHTED: Record<ManyMetric, Weighted> = {
  log_loss: (labels, answers, classes) =>
    meanOf(Float64Array.from(labels, (label, row) => -manyNats(label, answers, row * classes, classes))),
  accuracy: (labels, answers, classes) =>
    meanOf(
      Float64Array.from(labels, (label, row) =>
        likeliest(answers, row * classes, classes) === label ? 1 : 0,
      ),
    ),
  macro_f1: (labels, answers, classes) => {
    const counts = weightedCounts(labels, answers, classes);
    return (weights) => {
      let [sum, seen] = [0, 0];
      for (const { rows, called, right } of counts(weights)) {
        if (rows + called === 0) continue;
        sum += (2 * right) / (rows + called);
        seen++;
      }
      return sum / seen;
    };
  },
  weighted_f1: (labels, answers, classes) => {
    const counts = weightedCounts(labels, answers, classes);
    return (weights) => {
      let [sum, total] = [0, 0];
      for (const { rows, called, right } of counts(weights)) {
        if (rows + called > 0) sum += (rows * 2 * right) / (rows + called);
        total += rows;
      }
      return sum / total;
    };
  },
  macro_auc: (labels, answers, classes) => {
    const areas = Array.from({ length: classes }, (_, k) => {
      const isOf = labels.map((label) => (label === k ? 1 : 0));
      if (isOf.every((one) => one === isOf[0])) return [];
      return [
        weightedAuc(
          isOf,
          Float64Array.from(labels, (_, row) => answers[row * classes + k]!),
        ),
      ];
    }).flat();
    return (weights) => areas.reduce((sum, area) => sum + area(weights), 0) / areas.length;
  },
};

const meanOf =
  (values: Float64Array): WeightedMetric =>
  (weights) => {
    let [sum, total] = [0, 0];
    for (let row = 0; row < values.length; row++) {
      sum += weights[row]! * values[row]!;
      total += weights[row]!;
    }
    return sum / total;
  };

interface Counts {
  rows: number;
  called: number;
  right: number;
}

function weightedCounts(
  labels: Uint8Array,
  answers: Float64Array,
  classes: number,
): (weights: RowCounts) => Counts[] {
  const called = labels.map((_, row) => likeliest(answers, row * classes, classes));
  return (weights) => {
    const counts = Array.from({ length: classes }, (): Counts => ({ rows: 0, called: 0, right: 0 }));
    for (let row = 0; row < labels.length; row++) {
      const weight = weights[row]!;
      counts[labels[row]!]!.rows += weight;
      counts[called[row]!]!.called += weight;
      if (called[row] === labels[row]) counts[labels[row]!]!.right += weight;
    }
    return counts;
  };
}
