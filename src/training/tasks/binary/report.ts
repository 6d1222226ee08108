import type { Team } from "../../threads/team.js";
import type { ReportFile } from "../../types.js";
import type { JudgedModel } from "../task.js";
import { calibrationCurve } from "./calibration.js";
import { liftTable, precisionRecallCurve } from "./curves.js";
import { confusionAt, evaluate } from "./metrics.js";
import { permutationImportance } from "./permutation-importance.js";

const SCHEMA_VERSION = 1;

/** What is kept of a model's judgement, as JSON files; docs/training.md describes them. The same model, the same bytes. */
export function reportFiles(judged: JudgedModel<Uint8Array>, team: Team): ReportFile[] {
  const { learner, model, matrix, labels, answers: probabilities, background, seed, folds } = judged;
  const evaluation = evaluate(labels, probabilities, judged.threshold);
  const files: Record<string, unknown> = {
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
    "feature_importance.json": {
      schemaVersion: SCHEMA_VERSION,
      permutation: permutationImportance(matrix, labels, { learner, scoring: model.scoring }, seed, team),
      model: model.importances(background),
    },
  };
  if (folds) files["cross_validation.json"] = { schemaVersion: SCHEMA_VERSION, ...folds };
  return Object.entries(files).map(([name, content]) => ({
    name,
    json: `${JSON.stringify(content, null, 2)}\n`,
  }));
}
