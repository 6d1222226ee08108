import type { EvaluationPoint, ModelEvaluation, ThresholdCounts } from "../model-evaluation.js";
import { importancesOf, isObject, namedNumbers, numberRows } from "../stored-reports.js";
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
  decision: "decision.json",
} as const;
export const evaluationFiles: readonly string[] = Object.values(FILES);

/**
 * Nothing is scored: each point of the ROC curve is a threshold, and its rates are counts over the sizes of the classes,
 * which the confusion matrix has. So versions of earlier releases have an evaluation, too.
 * @param files by name, as JSON; of an earlier release some may be missing
 * @returns null without a confusion matrix
 */
export function storedEvaluation(files: ReadonlyMap<string, unknown>): ModelEvaluation | null {
  const own = namedNumbers(files.get(FILES.confusion), [
    "threshold",
    "truePositive",
    "falsePositive",
    "trueNegative",
    "falseNegative",
  ]);
  if (!own) return null;
  const positives = own.truePositive + own.falseNegative;
  const negatives = own.trueNegative + own.falsePositive;
  const roc = numberRows(files.get(FILES.roc), ["falsePositiveRate", "truePositiveRate", "threshold"]);
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
    calibration: calibrationOf(files.get(FILES.calibration)),
    ...decisionFields(files.get(FILES.decision)),
    lift: liftOf(files.get(FILES.lift), positives + negatives),
    thresholds: steps ? byThreshold(chosen, steps.slice(1)) : [chosen],
    importances: importancesOf(files.get(FILES.importances), "auc"),
    residuals: null,
    confusion: null,
    classes: null,
    perClass: null,
  };
}

function calibrationOf(content: unknown): EvaluationPoint[] | null {
  const points = numberRows(content, ["meanProbability", "positiveRate", "rows"]);
  return (
    points?.map(({ meanProbability: x, positiveRate: y, rows: count }) => ({
      x,
      y,
      threshold: null,
      count,
    })) ?? null
  );
}

/** Versions of earlier releases have none. */
function decisionFields(content: unknown): Pick<ModelEvaluation, "decision" | "uncalibrated"> {
  const outOfFold =
    isObject(content) && namedNumbers(content.outOfFold, ["rows", "precision", "recall", "f1"]);
  if (!isObject(content) || !isObject(content.decision) || !isObject(content.calibration) || !outOfFold)
    return { decision: null, uncalibrated: null };
  const { kind, ...settings } = content.decision;
  const { asked, method } = content.calibration;
  const before = content.uncalibrated;
  return {
    decision: {
      kind: String(kind),
      settings,
      ...outOfFold,
      calibrationAsked: String(asked),
      calibration: String(method),
    },
    uncalibrated: isObject(before) ? calibrationOf(before.curve) : null,
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
  const points = numberRows(content, ["recall", "precision", "threshold"]);
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
  const points = numberRows(content, ["rows", "cumulativeLift", "fromProbability"])?.map(
    ({ rows, cumulativeLift: y, fromProbability: threshold }) => {
      count += rows;
      return { x: count / total, y, threshold, count };
    },
  );
  return points ?? null;
}
