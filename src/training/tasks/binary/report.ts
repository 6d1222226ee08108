import type { Team } from "../../threads/team.js";
import type { ReportFile } from "../../types.js";
import type { JudgedModel } from "../task.js";
import { calibrationCurve } from "./calibration.js";
import { liftTable, precisionRecallCurve } from "./curves.js";
import { confusionAt, evaluate } from "./metrics.js";
import { permutationImportance } from "./permutation-importance.js";

const SCHEMA_VERSION = 1;

/** What is kept of a model's judgement, as JSON files; docs/evaluation.md describes them. The same model, the same bytes. */
export function reportFiles(judged: JudgedModel<Uint8Array>, team: Team): ReportFile[] {
  const { learner, model, matrix, labels, answers, threshold, background, seed, folds } = judged;
  const importances = {
    schemaVersion: SCHEMA_VERSION,
    permutation: permutationImportance(matrix, labels, { learner, scoring: model.scoring }, seed, team),
    model: model.importances(background),
  };
  return [
    ...answerReports(labels, answers, threshold),
    ...asFiles({ "feature_importance.json": importances }),
    ...(folds ? asFiles({ "cross_validation.json": { schemaVersion: SCHEMA_VERSION, ...folds } }) : []),
  ];
}

/** Those of them that follow from the answers alone. */
export function answerReports(
  labels: Uint8Array,
  probabilities: Float64Array,
  threshold: number,
): ReportFile[] {
  const evaluation = evaluate(labels, probabilities, threshold);
  return asFiles({
    "confusion_matrix.json": evaluation.confusion,
    "roc_curve.json": evaluation.roc,
    "evaluation.json": {
      schemaVersion: SCHEMA_VERSION,
      rows: labels.length,
      positives: labels.reduce((sum, label) => sum + label, 0),
      metrics: evaluation.metrics,
      confusion: [evaluation.confusion, confusionAt(labels, probabilities, 0.5)],
    },
    "precision_recall_curve.json": precisionRecallCurve(labels, probabilities),
    "calibration_curve.json": calibrationCurve(labels, probabilities),
    "lift_table.json": liftTable(labels, probabilities),
  });
}

const asFiles = (files: Record<string, unknown>): ReportFile[] =>
  Object.entries(files).map(([name, content]) => ({ name, json: `${JSON.stringify(content, null, 2)}\n` }));
