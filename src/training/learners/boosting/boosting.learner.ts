import { Explainer } from "../../explain/explainer.js";
import { learner } from "../../learner.js";
import { repeatedScoring } from "../../scoring/scoring.js";
import { logisticPart } from "../logistic/logistic-part.js";
import { binningPart } from "./binning-part.js";
import { boostingPart } from "./boosting-part.js";
import { fitClasses } from "./classes/fit-classes.js";
import { softmaxPart } from "./classes/softmax-part.js";
import { fitBoosting } from "./fit-boosting.js";
import { fitValues } from "./fit-values.js";
import { BOOSTING_PARAMS } from "./params.js";

export const boosting = learner({
  name: "GRADIENT_BOOSTING",
  title: "gradient boosting",
  description: "Trees, each of which corrects those before.",
  params: BOOSTING_PARAMS,
  // The number of trees is chosen by early stopping.
  searchSpace: {
    leaves: { min: 2, max: 31, log: true },
    learning_rate: { min: 0.02, max: 0.2, log: true },
    l2: { min: 0.1, max: 100, log: true },
    min_leaf_rows: { min: 5, max: 200, log: true },
  },
  challenges: false,
  minRowsForThreads: 20_000,
  // It may start from a logistic regression.
  parts: [binningPart, boostingPart, softmaxPart, logisticPart],
  fits: {
    BINARY: ({ matrix, labels, weights, folds, params, report, team }) =>
      fitBoosting(matrix, labels, folds(), params, report, team, weights),
    REGRESSION: ({ matrix, labels, weights, folds, params, report, team }) =>
      fitValues(matrix, labels, folds(), params, report, team, weights),
    MULTICLASS: ({ matrix, labels, weights, classes, folds, params, report, team }) =>
      fitClasses(matrix, labels, classes!, folds(), params, report, team, weights),
  },
  rescoring: repeatedScoring,
  explainer: Explainer.read,
});
