import type { SampleWeights } from "../../sample-weights.js";
import type { Team } from "../../threads/team.js";
import type { ReportFile } from "../../types.js";
import { importanceKind } from "../importance/importance-part.js";
import { permutationImportance } from "../importance/permutation-importance.js";
import type { ModelEvaluation } from "../model-evaluation.js";
import { asFiles, SCHEMA_VERSION } from "../report-files.js";
import { importancesOf, isObject, namedNumbers, numberRows } from "../stored-reports.js";
import type { JudgedModel } from "../task.js";
import { classMetrics, confusionOf, evaluateClasses, macroAuc, manyLogLoss } from "./metrics.js";

const FILES = {
  evaluation: "evaluation.json",
  confusion: "confusion_matrix.json",
  classes: "class_metrics.json",
  importances: "feature_importance.json",
} as const;
export const manyEvaluationFiles: readonly string[] = Object.values(FILES);

/** By the rise of the log-loss and the fall of the AUC. */
export const multiclassImportance = importanceKind("multiclass importance", {
  log_loss: manyLogLoss,
  macro_auc: (labels: Uint8Array, answers: Float64Array, weights: SampleWeights) =>
    -macroAuc(labels, answers, weights),
});

/** What is kept of a model's judgement, as JSON files; docs/evaluation.md describes them. The same model, the same bytes. */
export function manyReports(judged: JudgedModel<Uint8Array>, team: Team): ReportFile[] {
  const { learner, model, matrix, labels, weights, answers, background, seed, folds, classes } = judged;
  const importances = {
    schemaVersion: SCHEMA_VERSION,
    permutation: permutationImportance(
      multiclassImportance,
      { matrix, labels, labelArray: Uint8Array, weights },
      { learner, scoring: model.scoring },
      seed,
      team,
    ),
    model: model.importances(background),
  };
  return [
    ...manyAnswerReports(labels, answers, classes!, weights),
    ...asFiles({ [FILES.importances]: importances }),
    ...(folds ? asFiles({ "cross_validation.json": { schemaVersion: SCHEMA_VERSION, ...folds } }) : []),
  ];
}

/** Those of them that follow from the answers alone. Tables are of rows, metrics of what they weigh. */
export function manyAnswerReports(
  labels: Uint8Array,
  answers: Float64Array,
  classes: readonly string[],
  weights: SampleWeights = null,
): ReportFile[] {
  const confusion = confusionOf(labels, answers);
  const measured = classMetrics(labels, answers, confusion);
  return asFiles({
    [FILES.evaluation]: {
      schemaVersion: SCHEMA_VERSION,
      rows: labels.length,
      metrics: evaluateClasses(labels, answers, weights),
    },
    [FILES.confusion]: { schemaVersion: SCHEMA_VERSION, classes, confusion },
    [FILES.classes]: {
      schemaVersion: SCHEMA_VERSION,
      classes: measured.map((each, k) => ({ class: classes[k], ...each })),
    },
  });
}

/** Null without an evaluation. @param files by name, as JSON */
export function storedManyEvaluation(files: ReadonlyMap<string, unknown>): ModelEvaluation | null {
  const judged = namedNumbers(files.get(FILES.evaluation), ["rows"]);
  if (!judged) return null;
  const table = files.get(FILES.confusion);
  return {
    rows: judged.rows,
    roc: null,
    precisionRecall: null,
    calibration: null,
    lift: null,
    thresholds: null,
    importances: importancesOf(files.get(FILES.importances), "log_loss"),
    residuals: null,
    confusion: isObject(table) ? (table.confusion as number[][]) : null,
    classes: isObject(table) ? (table.classes as string[]) : null,
    uncalibrated: null,
    decision: null,
    perClass: perClassOf(files.get(FILES.classes)),
  };
}

function perClassOf(content: unknown): ModelEvaluation["perClass"] {
  if (!isObject(content) || !Array.isArray(content.classes)) return null;
  const numbers = numberRows(content.classes, ["rows", "called", "precision", "recall", "f1"]);
  if (!numbers) return null;
  return (content.classes as { class: string; auc: number | null }[]).map((each, k) => ({
    class: each.class,
    ...numbers[k]!,
    auc: each.auc,
  }));
}
