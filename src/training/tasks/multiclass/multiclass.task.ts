import { MULTICLASS } from "../../../values/task.js";
import { likeliest } from "../classes.js";
import { innerFolds, stratifiedFolds, stratifiedSplit } from "../stratified.js";
import type { AnswerFields, Task } from "../task.js";
import { areOfSeveral, checkClassPlaces, validateManyClasses, validateManyFolds } from "./labels.js";
import { evaluateClasses } from "./metrics.js";
import { CLASS_OUTPUT, classOutputs, PROBABILITIES_OUTPUT } from "./output.js";
import { pairedManyBootstrap } from "./paired-bootstrap.js";
import {
  manyAnswerReports,
  manyEvaluationFiles,
  manyReports,
  multiclassImportance,
  storedManyEvaluation,
} from "./report.js";

/** Probabilities are sums in 32 bits: one that should be 1 may be a little more. */
const ROUNDING = 1e-6;
const SUM_TOLERANCE = 1e-3;

/** One of several classes: labels are places in the list of their names, answers a probability a class. */
export const multiclass: Task<Uint8Array> = {
  ...MULTICLASS,
  parts: [multiclassImportance.part],
  hasClasses: true,
  labelArray: Uint8Array,
  checkLabels: checkClassPlaces,
  stratum: (label) => label,
  split: stratifiedSplit,
  requireTrainable: validateManyClasses,
  requireFolds: validateManyFolds,
  folds: stratifiedFolds,
  innerFolds,
  canJudge: areOfSeveral,
  judgeable: "of several classes",
  decision: null,
  importance: multiclassImportance,
  evaluate: (labels, answers, _, weights) => ({ metrics: { ...evaluateClasses(labels, answers, weights) } }),
  headline: ["log_loss", "accuracy"],
  warnings: ({ macro_auc }) =>
    macro_auc! < 0.5
      ? [
          `macro_auc ${macro_auc!.toFixed(4)} on the held-out rows is below 0.5: it ranks the classes the wrong way round; check labels, the order of the classes and that of the features`,
        ]
      : [],
  counts: () => ({ positives: null }),
  reports: manyReports,
  answerReports: (labels, answers, { classes }, weights) =>
    manyAnswerReports(labels, answers, classes!, weights),
  evaluationFiles: manyEvaluationFiles,
  storedEvaluation: storedManyEvaluation,
  compare: pairedManyBootstrap,
  outputs: (classes) => classOutputs(classes!.length),
  answer: "list of probabilities",
  readAnswer(answers, from, width) {
    let sum = 0;
    for (let place = from; place < from + width; place++) {
      const value = answers[place]!;
      if (!(value >= -ROUNDING && value <= 1 + ROUNDING)) return false;
      answers[place] = Math.min(1, Math.max(0, value));
      sum += value;
    }
    return Math.abs(sum - 1) <= SUM_TOLERANCE;
  },
  answerFields(answer, { classes }): AnswerFields {
    const place = likeliest(answer, 0, classes!.length);
    return {
      prediction: null,
      probability: null,
      threshold: null,
      value: null,
      class: classes![place]!,
      classes: classes!.map((name, k) => ({ class: name, probability: answer[k]! })),
    };
  },
  columns: (classes) => [
    {
      name: PROBABILITIES_OUTPUT,
      type: "float",
      width: classes!.length,
      of: ({ classes: each }) => each!.map(({ probability }) => probability),
    },
    { name: CLASS_OUTPUT, type: "string", width: null, of: ({ class: name }) => name! },
  ],
};
