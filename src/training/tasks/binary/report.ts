import type { SampleWeights } from "../../sample-weights.js";
import type { Team } from "../../threads/team.js";
import type { ReportFile } from "../../types.js";
import { permutationImportance } from "../importance/permutation-importance.js";
import { asFiles, SCHEMA_VERSION } from "../report-files.js";
import type { Decided, JudgedModel } from "../task.js";
import { scoresOf } from "./calibrate.js";
import { calibrationCurve } from "./calibration.js";
import { liftTable, precisionRecallCurve } from "./curves.js";
import { binaryImportance } from "./importance.js";
import { confusionAt, evaluate } from "./metrics.js";

/** What is kept of a model's judgement, as JSON files; docs/evaluation.md describes them. The same model, the same bytes. */
export function reportFiles(judged: JudgedModel<Uint8Array>, team: Team): ReportFile[] {
  const { learner, model, matrix, labels, weights, answers, threshold, decided, background, seed, folds } =
    judged;
  const importances = {
    schemaVersion: SCHEMA_VERSION,
    permutation: permutationImportance(
      binaryImportance,
      { matrix, labels, labelArray: Uint8Array, weights },
      { learner, scoring: model.scoring },
      seed,
      team,
    ),
    model: model.importances(background),
  };
  return [
    ...answerReports(labels, answers, threshold!, weights),
    ...(decided ? asFiles({ "decision.json": decisionReport(judged, decided) }) : []),
    ...asFiles({ "feature_importance.json": importances }),
    ...(folds ? asFiles({ "cross_validation.json": { schemaVersion: SCHEMA_VERSION, ...folds } }) : []),
  ];
}

/** How the threshold was chosen, and what calibration did to the held-out rows. */
function decisionReport(
  { labels, weights, threshold }: JudgedModel<Uint8Array>,
  { decision, calibration, outOfFold, uncalibrated }: Decided<Uint8Array>,
) {
  const judged = [outOfFold.labels, outOfFold.probabilities, threshold!, outOfFold.weights] as const;
  const { precision, recall, f1 } = evaluate(...judged).metrics;
  return {
    schemaVersion: SCHEMA_VERSION,
    decision,
    threshold,
    outOfFold: { rows: outOfFold.labels.length, precision, recall, f1 },
    calibration: calibration.record,
    uncalibrated: calibration.metadata && {
      ...scoresOf(labels, uncalibrated, weights),
      curve: calibrationCurve(labels, uncalibrated),
    },
  };
}

/** Those of them that follow from the answers alone. Curves and counts are of rows, metrics of what they weigh. */
export function answerReports(
  labels: Uint8Array,
  probabilities: Float64Array,
  threshold: number,
  weights: SampleWeights = null,
): ReportFile[] {
  const evaluation = evaluate(labels, probabilities, threshold);
  const { metrics } = weights ? evaluate(labels, probabilities, threshold, weights) : evaluation;
  return asFiles({
    "confusion_matrix.json": evaluation.confusion,
    "roc_curve.json": evaluation.roc,
    "evaluation.json": {
      schemaVersion: SCHEMA_VERSION,
      rows: labels.length,
      positives: labels.reduce((sum, label) => sum + label, 0),
      metrics,
      confusion: [evaluation.confusion, confusionAt(labels, probabilities, 0.5)],
    },
    "precision_recall_curve.json": precisionRecallCurve(labels, probabilities),
    "calibration_curve.json": calibrationCurve(labels, probabilities),
    "lift_table.json": liftTable(labels, probabilities),
  });
}
