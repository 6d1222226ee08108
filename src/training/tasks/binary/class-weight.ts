import type { Param } from "../../learners/param.js";
import type { SampleWeights } from "../../sample-weights.js";
import { sharedArray } from "../../threads/shared.js";

/**
 * "balanced" gives all classes the same total weight; a number is the weight of a row with label 1, against 1; of several classes
 * a JSON text has that of each class, against 1.
 */
export type ClassWeight = "none" | "balanced" | number | string;

/** The parameter of that name, of every learner that takes it. */
export const CLASS_WEIGHT: Param<ClassWeight> = {
  default: "none",
  description:
    '`"balanced"`: all classes weigh the same in sum (scikit-learn\'s); a number: the weight of a row with label 1 against one with label 0; of several classes an object of numbers by class',
  names: ["none", "balanced"],
  task: ["BINARY", "MULTICLASS"],
  range: { min: 0.001, max: 1000, whole: false, meaning: "the weight of label 1", task: "BINARY" },
  byName: { of: "class", task: "MULTICLASS", min: 0.001, max: 1000 },
};

/** Weights of rows with label 0 and with label 1: those of scikit-learn's class_weight. */
export type LabelWeights = readonly [number, number];

/** How much each row counts. */
export interface RowWeights {
  /** By its label alone, where rows have no weights of their own. */
  byLabel: LabelWeights;
  /** Of each row of the table, that of its label included; shared. Null: by its label alone. */
  each: SampleWeights;
  /** Of each row of the table, without that of its label: what columns are standardised by. */
  own: SampleWeights;
}

/** What a row counts by its label, times its own weight. "balanced" goes by what the rows of each class weigh. */
export function rowWeights(setting: ClassWeight, labels: Uint8Array, own: SampleWeights): RowWeights {
  const byLabel = labelWeights(setting, labels, own);
  if (!own) return { byLabel, each: null, own };
  const each = sharedArray(Float64Array, labels.length);
  for (let row = 0; row < labels.length; row++) each[row] = own[row]! * byLabel[labels[row]!]!;
  return { byLabel, each, own };
}

export function labelWeights(
  setting: ClassWeight,
  labels: Uint8Array,
  own: SampleWeights = null,
): LabelWeights {
  if (setting === "none") return [1, 1];
  if (setting !== "balanced") return [1, Number(setting)];
  const [negatives, positives] = totals(labels, labels.keys(), { byLabel: [1, 1], each: own, own });
  const all = negatives + positives;
  return [all / (2 * negatives), all / (2 * positives)];
}

/** Weighted log-odds of label 1 among the rows. */
export function baseLogOdds(labels: Uint8Array, rows: Uint32Array, weights: RowWeights): number {
  const [negatives, positives] = totals(labels, rows, weights);
  return Math.log(positives / negatives);
}

/** Total weight of the rows. */
export function totalWeight(labels: Uint8Array, rows: Uint32Array, weights: RowWeights): number {
  const [negatives, positives] = totals(labels, rows, weights);
  return negatives + positives;
}

/** What the rows of each label weigh in sum. */
function totals(labels: Uint8Array, rows: Iterable<number>, { byLabel, each }: RowWeights): LabelWeights {
  const sums: [number, number] = [0, 0];
  for (const row of rows) sums[labels[row]!]! += each ? each[row]! : 1;
  return each ? sums : [byLabel[0] * sums[0], byLabel[1] * sums[1]];
}
