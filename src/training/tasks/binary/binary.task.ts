import { BINARY } from "../../../values/task.js";
import type { Task } from "../task.js";
import { importancePart } from "./importance-part.js";
import { checkLabels, validateClasses, validateFolds } from "./labels.js";
import { bestThreshold, evaluate } from "./metrics.js";
import { graphOutputs } from "./output.js";
import { pairedBootstrap } from "./paired-bootstrap.js";
import { answerReports, reportFiles } from "./report.js";
import { innerFolds, stratifiedFolds, stratifiedSplit } from "./split.js";
import { evaluationFiles, storedEvaluation } from "./stored-evaluation.js";

/** Probabilities are sums in 32 bits: one that should be 1 may be a little more. */
const ROUNDING = 1e-6;

/** One of two classes: labels 0 and 1, answered by the probability of 1, decided by a threshold. */
export const binary: Task<Uint8Array> = {
  ...BINARY,
  parts: [importancePart],
  labelArray: Uint8Array,
  checkLabels,
  split: stratifiedSplit,
  requireTrainable: validateClasses,
  requireFolds: validateFolds,
  folds: stratifiedFolds,
  innerFolds,
  canJudge: (labels) => labels.includes(0) && labels.includes(1),
  judgeable: "of both classes",
  chooseThreshold: ({ labels, probabilities }) => bestThreshold(labels, probabilities),
  evaluate,
  headline: ["auc", "f1"],
  warnings: worseThanChance,
  counts: (labels) => ({ positives: labels.reduce((sum, label) => sum + label, 0) }),
  reports: reportFiles,
  answerReports,
  evaluationFiles,
  storedEvaluation,
  compare: pairedBootstrap,
  outputs: graphOutputs,
  answer: "probability",
  readAnswer: (value) =>
    value >= -ROUNDING && value <= 1 + ROUNDING ? Math.min(1, Math.max(0, value)) : Number.NaN,
  decide: (probability, threshold) => (probability >= threshold ? 1 : 0),
};

function worseThanChance({ auc }: Readonly<Record<string, number>>): string[] {
  if (!(auc! < 0.5)) return [];
  return [
    `auc ${auc!.toFixed(4)} on the held-out rows is below 0.5: it ranks the wrong way round; name the positive class (positiveClass), or check labels and the order of the features`,
  ];
}
