import type { SampleWeights } from "../../sample-weights.js";
import type { Team } from "../../threads/team.js";
import type { ReportFile } from "../../types.js";
import { importanceKind } from "../importance/importance-part.js";
import { permutationImportance } from "../importance/permutation-importance.js";
import type { ModelEvaluation } from "../model-evaluation.js";
import { asFiles, SCHEMA_VERSION } from "../report-files.js";
import { importancesOf, isObject, namedNumbers, numberRows } from "../stored-reports.js";
import type { JudgedModel } from "../task.js";
import { evaluateValues, meanAbsolute, rootMeanSquare } from "./metrics.js";
import { residualsOf } from "./residuals.js";

const FILES = {
  evaluation: "evaluation.json",
  residuals: "residuals.json",
  importances: "feature_importance.json",
} as const;
export const valueEvaluationFiles: readonly string[] = Object.values(FILES);

/** By the rise of both errors. */
export const regressionImportance = importanceKind("regression importance", {
  rmse: rootMeanSquare,
  mae: meanAbsolute,
});

/** What is kept of a model's judgement, as JSON files; docs/evaluation.md describes them. The same model, the same bytes. */
export function valueReports(judged: JudgedModel<Float64Array>, team: Team): ReportFile[] {
  const { learner, model, matrix, labels, weights, answers, background, seed, folds } = judged;
  const importances = {
    schemaVersion: SCHEMA_VERSION,
    permutation: permutationImportance(
      regressionImportance,
      { matrix, labels, labelArray: Float64Array, weights },
      { learner, scoring: model.scoring },
      seed,
      team,
    ),
    model: model.importances(background),
  };
  return [
    ...valueAnswerReports(labels, answers, weights),
    ...asFiles({ [FILES.importances]: importances }),
    ...(folds ? asFiles({ "cross_validation.json": { schemaVersion: SCHEMA_VERSION, ...folds } }) : []),
  ];
}

/** Those of them that follow from the answers alone. Residuals are of rows, metrics of what they weigh. */
export function valueAnswerReports(
  labels: Float64Array,
  answers: Float64Array,
  weights: SampleWeights = null,
): ReportFile[] {
  return asFiles({
    [FILES.evaluation]: {
      schemaVersion: SCHEMA_VERSION,
      rows: labels.length,
      metrics: evaluateValues(labels, answers, weights),
    },
    [FILES.residuals]: { schemaVersion: SCHEMA_VERSION, ...residualsOf(labels, answers) },
  });
}

/** Null without an evaluation. @param files by name, as JSON */
export function storedValueEvaluation(files: ReadonlyMap<string, unknown>): ModelEvaluation | null {
  const judged = namedNumbers(files.get(FILES.evaluation), ["rows"]);
  if (!judged) return null;
  const residuals = files.get(FILES.residuals);
  return {
    rows: judged.rows,
    roc: null,
    precisionRecall: null,
    calibration: null,
    uncalibrated: null,
    decision: null,
    lift: null,
    thresholds: null,
    importances: importancesOf(files.get(FILES.importances), "rmse"),
    residuals: isObject(residuals) ? numberRows(residuals.histogram, ["from", "to", "count"]) : null,
    confusion: null,
    classes: null,
    perClass: null,
  };
}
