import type {
  EvaluationPoint,
  FeatureImportance,
  ModelEvaluation,
  ThresholdCounts,
} from "../model-evaluation.js";
import { thinned } from "./metrics.js";

/** With that of the version: 101. */
const MAX_THRESHOLDS = 100;

/** Of the files that `reportFiles` writes. */
const FILES = {
  confusion: "confusion_matrix.json",
  roc: "roc_curve.json",
  precisionRecall: "precision_recall_curve.json",
  calibration: "calibration_curve.json",
  lift: "lift_table.json",
  importances: "feature_importance.json",
} as const;
export const evaluationFiles: readonly string[] = Object.values(FILES);

/**
 * Nothing is scored: each point of the ROC curve is a threshold, and its rates are counts over the sizes of the classes,
 * which the confusion matrix has. So versions of earlier releases have an evaluation, too.
 * @param files by name, as JSON; of an earlier release some may be missing
 * @returns null without a confusion matrix
 */
export function storedEvaluation(files: ReadonlyMap<string, unknown>): ModelEvaluation | null {
  const own = numbersOf(files.get(FILES.confusion), [
    "threshold",
    "truePositive",
    "falsePositive",
    "trueNegative",
    "falseNegative",
  ]);
  if (!own) return null;
  const positives = own.truePositive + own.falseNegative;
  const negatives = own.trueNegative + own.falsePositive;
  const roc = rowsOf(files.get(FILES.roc), ["falsePositiveRate", "truePositiveRate", "threshold"]);
  const steps = roc?.map(({ falsePositiveRate, truePositiveRate, threshold }) =>
    countsAt(threshold, truePositiveRate * positives, falsePositiveRate * negatives, {
      positives,
      negatives,
    }),
  );
  const chosen = countsAt(own.threshold, own.truePositive, own.falsePositive, { positives, negatives });
  return {
    rows: positives + negatives,
    roc:
      roc?.map(({ falsePositiveRate, truePositiveRate, threshold }, k) => ({
        x: falsePositiveRate,
        y: truePositiveRate,
        // At the origin nothing is called positive: no answer is so high.
        threshold: k === 0 ? null : threshold,
        count: steps![k]!.truePositives + steps![k]!.falsePositives,
      })) ?? null,
    precisionRecall: precisionRecallOf(files.get(FILES.precisionRecall), positives),
    calibration:
      rowsOf(files.get(FILES.calibration), ["meanProbability", "positiveRate", "rows"])?.map(
        ({ meanProbability: x, positiveRate: y, rows: count }) => ({ x, y, threshold: null, count }),
      ) ?? null,
    lift: liftOf(files.get(FILES.lift), positives + negatives),
    thresholds: steps ? byThreshold(chosen, steps.slice(1)) : [chosen],
    importances: importancesOf(files.get(FILES.importances)),
    residuals: null,
    confusion: null,
    classes: null,
  };
}

function countsAt(
  threshold: number,
  truePositive: number,
  falsePositive: number,
  { positives, negatives }: { positives: number; negatives: number },
): ThresholdCounts {
  // Rates times sizes are whole but for rounding.
  const [truePositives, falsePositives] = [Math.round(truePositive), Math.round(falsePositive)];
  const trueNegatives = negatives - falsePositives;
  return {
    threshold,
    truePositives,
    falsePositives,
    trueNegatives,
    falseNegatives: positives - truePositives,
  };
}

function byThreshold(chosen: ThresholdCounts, steps: readonly ThresholdCounts[]): ThresholdCounts[] {
  const others = thinned(steps, MAX_THRESHOLDS).filter(({ threshold }) => threshold !== chosen.threshold);
  return [chosen, ...others].sort((a, b) => a.threshold - b.threshold);
}

function precisionRecallOf(content: unknown, positives: number): EvaluationPoint[] | null {
  const points = rowsOf(content, ["recall", "precision", "threshold"]);
  if (!points) return null;
  return points.map(({ recall: x, precision: y, threshold }) => ({
    x,
    y,
    threshold,
    // Where no row that is called positive is one, the share says nothing of how many they are.
    count: y > 0 ? Math.round((x * positives) / y) : null,
  }));
}

function liftOf(content: unknown, total: number): EvaluationPoint[] | null {
  let count = 0;
  const points = rowsOf(content, ["rows", "cumulativeLift", "fromProbability"])?.map(
    ({ rows, cumulativeLift: y, fromProbability: threshold }) => {
      count += rows;
      return { x: count / total, y, threshold, count };
    },
  );
  return points ?? null;
}

/** By fall of the AUC, and by gain where that was not measured. */
function importancesOf(content: unknown): FeatureImportance[] {
  if (!isObject(content)) return [];
  const found = new Map<string, FeatureImportance>();
  const of = (feature: string): FeatureImportance => {
    const there = found.get(feature) ?? { feature, permutation: null, gain: null };
    found.set(feature, there);
    return there;
  };
  const measured = isObject(content.permutation) ? content.permutation.features : null;
  for (const each of listOf(measured)) {
    const auc = isObject(each.auc) ? each.auc.mean : null;
    if (typeof each.feature === "string" && typeof auc === "number") of(each.feature).permutation = auc;
  }
  const gain = listOf(content.model).find(({ kind }) => kind === "gain");
  for (const { feature, value } of listOf(gain?.features)) {
    if (typeof feature === "string" && typeof value === "number") of(feature).gain = value;
  }
  const rank = ({ permutation, gain }: FeatureImportance) => permutation ?? gain ?? 0;
  return [...found.values()].sort((a, b) => rank(b) - rank(a));
}

/** Null where it is no list of such rows. */
function rowsOf<Name extends string>(
  content: unknown,
  names: readonly Name[],
): Record<Name, number>[] | null {
  if (!Array.isArray(content)) return null;
  const rows = content.map((row) => numbersOf(row, names));
  return rows.every((row) => row !== null) ? rows : null;
}

/** Null where one of them is no number. */
function numbersOf<Name extends string>(
  content: unknown,
  names: readonly Name[],
): Record<Name, number> | null {
  if (!isObject(content)) return null;
  const numbers = {} as Record<Name, number>;
  for (const name of names) {
    const value = content[name];
    if (typeof value !== "number") return null;
    numbers[name] = value;
  }
  return numbers;
}

const listOf = (content: unknown): Record<string, unknown>[] =>
  Array.isArray(content) ? content.filter(isObject) : [];

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
