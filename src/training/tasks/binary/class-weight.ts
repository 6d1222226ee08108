import type { Param } from "../../learners/param.js";

/** "balanced" gives both classes the same total weight; a number is the weight of a row with label 1, against 1. */
export type ClassWeight = "none" | "balanced" | number;

/** The parameter of that name, of every learner that takes it. */
export const CLASS_WEIGHT: Param<ClassWeight> = {
  default: "none",
  description:
    '`"balanced"`: both classes weigh the same in sum (scikit-learn\'s); a number: the weight of a row with label 1 against one with label 0',
  names: ["none", "balanced"],
  range: { min: 0.001, max: 1000, whole: false, meaning: "the weight of label 1" },
};

/** Weights of rows with label 0 and with label 1: those of scikit-learn's class_weight. */
export type LabelWeights = readonly [number, number];

export function labelWeights(setting: ClassWeight, labels: Uint8Array): LabelWeights {
  if (setting === "none") return [1, 1];
  if (setting !== "balanced") return [1, setting];
  const positives = countPositives(labels);
  return [labels.length / (2 * (labels.length - positives)), labels.length / (2 * positives)];
}

/** Weighted log-odds of label 1 among the rows. */
export function baseLogOdds(labels: Uint8Array, rows: Uint32Array, weights: LabelWeights): number {
  let positives = 0;
  for (let k = 0; k < rows.length; k++) positives += labels[rows[k]!]!;
  return Math.log((weights[1] * positives) / (weights[0] * (rows.length - positives)));
}

export function countPositives(labels: Uint8Array): number {
  let sum = 0;
  for (let row = 0; row < labels.length; row++) sum += labels[row]!;
  return sum;
}

/** Total weight of the rows. */
export function totalWeight(labels: Uint8Array, rows: Uint32Array, weights: LabelWeights): number {
  let positives = 0;
  for (let k = 0; k < rows.length; k++) positives += labels[rows[k]!]!;
  return weights[0] * (rows.length - positives) + weights[1] * positives;
}
