import { REGRESSION } from "../../../values/task.js";
import type { Task } from "../task.js";
import { areAlike, checkValues, validateValueFolds, validateValueRows } from "./labels.js";
import { evaluateValues } from "./metrics.js";
import { valueOutputs } from "./output.js";
import { pairedValueBootstrap } from "./paired-bootstrap.js";
import {
  regressionImportance,
  storedValueEvaluation,
  valueAnswerReports,
  valueEvaluationFiles,
  valueReports,
} from "./report.js";
import { dealtFolds, hashedSplit, innerValueFolds } from "./split.js";

/** A number: labels and answers are in the label's own unit, and nothing is decided by a threshold. */
export const regression: Task<Float64Array> = {
  ...REGRESSION,
  parts: [regressionImportance.part],
  hasClasses: false,
  labelArray: Float64Array,
  checkLabels: checkValues,
  stratum: () => 0,
  split: hashedSplit,
  requireTrainable: validateValueRows,
  requireFolds: validateValueFolds,
  folds: dealtFolds,
  innerFolds: innerValueFolds,
  canJudge: (labels) => labels.length > 0 && !areAlike(labels),
  judgeable: "of different labels",
  decision: null,
  importance: regressionImportance,
  evaluate: (labels, answers, _, weights) => ({ metrics: { ...evaluateValues(labels, answers, weights) } }),
  headline: ["rmse", "r2"],
  warnings: ({ r2 }) =>
    r2! < 0
      ? [
          `r2 ${r2!.toFixed(4)} on the held-out rows is below 0: the mean of the labels is a better answer; check labels, their unit and the order of the features`,
        ]
      : [],
  counts: () => ({ positives: null }),
  reports: valueReports,
  answerReports: (labels, answers, _, weights) => valueAnswerReports(labels, answers, weights),
  evaluationFiles: valueEvaluationFiles,
  storedEvaluation: storedValueEvaluation,
  compare: pairedValueBootstrap,
  outputs: () => valueOutputs,
  answer: "number",
  readAnswer: (answers, from) => Number.isFinite(answers[from]),
  answerFields: (answer) => ({
    prediction: null,
    probability: null,
    threshold: null,
    value: answer[0]!,
    class: null,
    classes: null,
  }),
  columns: () => [{ name: "value", type: "float", width: null, of: ({ value }) => value! }],
};
