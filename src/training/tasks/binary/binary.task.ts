import { BINARY } from "../../../values/task.js";
import { innerFolds, stratifiedFolds, stratifiedSplit } from "../stratified.js";
import type { Task } from "../task.js";
import { calibrateModel } from "./calibrate.js";
import { chooseThreshold } from "./decide.js";
import { binaryImportance } from "./importance.js";
import { checkLabels, validateClasses, validateFolds } from "./labels.js";
import { costPerRow, evaluate } from "./metrics.js";
import { graphOutputs } from "./output.js";
import { pairedBootstrap } from "./paired-bootstrap.js";
import { answerReports, reportFiles } from "./report.js";
import { evaluationFiles, storedEvaluation } from "./stored-evaluation.js";

/** Probabilities are sums in 32 bits: one that should be 1 may be a little more. */
const ROUNDING = 1e-6;

/** One of two classes: labels 0 and 1, answered by the probability of 1, decided by a threshold. */
export const binary: Task<Uint8Array> = {
  ...BINARY,
  parts: [binaryImportance.part],
  hasClasses: false,
  labelArray: Uint8Array,
  checkLabels,
  stratum: (label) => label,
  split: stratifiedSplit,
  requireTrainable: validateClasses,
  requireFolds: validateFolds,
  folds: stratifiedFolds,
  innerFolds,
  canJudge: (labels) => labels.includes(0) && labels.includes(1),
  judgeable: "of both classes",
  decision: {
    chooseThreshold: ({ labels, probabilities, weights }, decision) =>
      chooseThreshold(labels, probabilities, decision, weights),
    calibrate: calibrateModel,
    metrics: (labels, probabilities, threshold, decision, weights): Record<string, number> =>
      decision.kind === "cost"
        ? { cost_per_row: costPerRow(labels, probabilities, threshold, decision, weights) }
        : {},
    decide,
  },
  importance: binaryImportance,
  evaluate: (labels, probabilities, threshold, weights) =>
    evaluate(labels, probabilities, ownThreshold(threshold), weights),
  headline: ["auc", "f1"],
  warnings: worseThanChance,
  counts: (labels) => ({ positives: labels.reduce((sum, label) => sum + label, 0) }),
  reports: reportFiles,
  answerReports: (labels, probabilities, { threshold }, weights) =>
    answerReports(labels, probabilities, ownThreshold(threshold), weights),
  evaluationFiles,
  storedEvaluation,
  compare: pairedBootstrap,
  outputs: () => graphOutputs,
  answer: "probability",
  readAnswer(answers, from) {
    const value = answers[from]!;
    answers[from] = Math.min(1, Math.max(0, value));
    return value >= -ROUNDING && value <= 1 + ROUNDING;
  },
  answerFields: ({ 0: probability }, { threshold }) => ({
    prediction: decide(probability!, ownThreshold(threshold)),
    probability: probability!,
    threshold,
    value: null,
    class: null,
    classes: null,
  }),
  columns: () => [
    { name: "probability", type: "float", width: null, of: ({ probability }) => probability! },
    { name: "prediction", type: "int", width: null, of: ({ prediction }) => prediction! },
  ],
};

function decide(probability: number, threshold: number): 0 | 1 {
  return probability >= threshold ? 1 : 0;
}

function ownThreshold(threshold: number | null): number {
  if (threshold === null) throw new RangeError("a binary version without a threshold decides nothing");
  return threshold;
}

function worseThanChance({ auc }: Readonly<Record<string, number>>): string[] {
  if (!(auc! < 0.5)) return [];
  return [
    `auc ${auc!.toFixed(4)} on the held-out rows is below 0.5: it ranks the wrong way round; name the positive class (positiveClass), or check labels and the order of the features`,
  ];
}
