import { type SampleWeights, weightedMean } from "../../sample-weights.js";
import { areaUnderRoc } from "../binary/metrics.js";
import { likeliest } from "../classes.js";

/** Of rows whose answers are a probability a class, as scikit-learn measures them. */
export interface MulticlassMetrics {
  accuracy: number;
  /** Means of the classes' F1 over the classes that a row has or is taken for: each the same, or each by its rows. */
  macro_f1: number;
  weighted_f1: number;
  macro_precision: number;
  macro_recall: number;
  /** Nats; the probabilities are clipped to 2^-52, as scikit-learn does, and brought to a sum of 1. */
  log_loss: number;
  /** Mean of the areas of one class against the rest, over the classes that some rows have and some have not. */
  macro_auc: number;
  /** Share of rows whose class is among the so many likeliest. */
  top_2_accuracy: number;
  top_3_accuracy: number;
}

/** What was answered of the rows of one class, and how much of the answers was right. */
export interface ClassMetrics {
  /** Rows that are of it. */
  rows: number;
  /** Rows that were taken for it. */
  called: number;
  precision: number;
  recall: number;
  f1: number;
  /** Against the rest; null where all rows are of it, or none. */
  auc: number | null;
}

/** @param answers rows x classes */
export function evaluateClasses(
  labels: Uint8Array,
  answers: Float64Array,
  weights: SampleWeights = null,
): MulticlassMetrics {
  const table = confusionOf(labels, answers, weights);
  const total = weights ? weights.reduce((sum, weight) => sum + weight, 0) : labels.length;
  const each = classMetrics(labels, answers, table, weights).filter(({ rows, called }) => rows + called > 0);
  const mean = (value: (of: ClassMetrics) => number) =>
    each.reduce((sum, of) => sum + value(of), 0) / each.length;
  return {
    accuracy: table.reduce((sum, row, k) => sum + row[k]!, 0) / total,
    macro_f1: mean(({ f1 }) => f1),
    weighted_f1: each.reduce((sum, { f1, rows }) => sum + f1 * rows, 0) / total,
    macro_precision: mean(({ precision }) => precision),
    macro_recall: mean(({ recall }) => recall),
    log_loss: manyLogLoss(labels, answers, weights),
    macro_auc: macroAuc(labels, answers, weights),
    top_2_accuracy: topAccuracy(labels, answers, weights, 2),
    top_3_accuracy: topAccuracy(labels, answers, weights, 3),
  };
}

/** By class, what is true down and what was answered across: rows, or what they weigh. */
export function confusionOf(
  labels: Uint8Array,
  answers: Float64Array,
  weights: SampleWeights = null,
): number[][] {
  const classes = answers.length / labels.length;
  const table = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let row = 0; row < labels.length; row++)
    table[labels[row]!]![likeliest(answers, row * classes, classes)]! += weights ? weights[row]! : 1;
  return table;
}

/** By class. A share of nothing is 0. */
export function classMetrics(
  labels: Uint8Array,
  answers: Float64Array,
  table: number[][],
  weights: SampleWeights = null,
): ClassMetrics[] {
  return table.map((own, k) => {
    const rows = own.reduce((sum, count) => sum + count, 0);
    const called = table.reduce((sum, row) => sum + row[k]!, 0);
    const right = own[k]!;
    return {
      rows,
      called,
      precision: called === 0 ? 0 : right / called,
      recall: rows === 0 ? 0 : right / rows,
      f1: rows + called === 0 ? 0 : (2 * right) / (rows + called),
      auc: aucOf(labels, answers, k, weights),
    };
  });
}

const LEAST = 2 ** -52;

/** Of one row. */
export function manyNats(label: number, answers: ArrayLike<number>, at: number, classes: number): number {
  let sum = 0;
  for (let k = 0; k < classes; k++) sum += answers[at + k]!;
  return -Math.log(Math.min(1, Math.max(LEAST, answers[at + label]! / sum)));
}

export function manyLogLoss(
  labels: Uint8Array,
  answers: Float64Array,
  weights: SampleWeights = null,
): number {
  const classes = answers.length / labels.length;
  return weightedMean(labels.length, weights, (row) =>
    manyNats(labels[row]!, answers, row * classes, classes),
  );
}

/** NaN where no class is told from the rest by the labels. */
export function macroAuc(labels: Uint8Array, answers: Float64Array, weights: SampleWeights = null): number {
  const classes = answers.length / labels.length;
  let [sum, count] = [0, 0];
  for (let k = 0; k < classes; k++) {
    const auc = aucOf(labels, answers, k, weights);
    if (auc === null) continue;
    sum += auc;
    count++;
  }
  return sum / count;
}

function aucOf(labels: Uint8Array, answers: Float64Array, k: number, weights: SampleWeights): number | null {
  const classes = answers.length / labels.length;
  const isOf = labels.map((label) => (label === k ? 1 : 0));
  if (isOf.every((one) => one === isOf[0])) return null;
  return areaUnderRoc(
    isOf,
    Float64Array.from(labels, (_, row) => answers[row * classes + k]!),
    weights,
  );
}

/** Of equal probabilities the later class counts as the likelier, as scikit-learn ranks them. */
function topAccuracy(labels: Uint8Array, answers: Float64Array, weights: SampleWeights, top: number): number {
  const classes = answers.length / labels.length;
  return weightedMean(labels.length, weights, (row) => {
    const [at, label] = [row * classes, labels[row]!];
    const own = answers[at + label]!;
    let before = 0;
    for (let k = 0; k < classes; k++)
      if (answers[at + k]! > own || (answers[at + k] === own && k > label)) before++;
    return before < top ? 1 : 0;
  });
}
