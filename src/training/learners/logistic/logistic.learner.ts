import { Explainer } from "../../explain/explainer.js";
import { learner } from "../../learner.js";
import { repeatedScoring } from "../../scoring/scoring.js";
import { fitMultinomial } from "./classes/fit-multinomial.js";
import { multinomialPart } from "./classes/multinomial-part.js";
import { fitLogistic } from "./fit-logistic.js";
import { logisticPart } from "./logistic-part.js";
import { LOGISTIC_PARAMS } from "./params.js";

export const logistic = learner({
  name: "LOGISTIC_REGRESSION",
  title: "logistic regression",
  description: "A linear model of the log odds.",
  params: LOGISTIC_PARAMS,
  searchSpace: { l2: { min: 1e-3, max: 1e3, log: true } },
  // On a few thousand rows it ties boosted trees, and is the easier model to explain.
  challenges: true,
  minRowsForThreads: 50_000,
  parts: [logisticPart, multinomialPart],
  fits: {
    BINARY: ({ matrix, labels, weights, folds, params, report, team }) =>
      fitLogistic(matrix, labels, folds(), params, report, team, weights),
    MULTICLASS: ({ matrix, labels, weights, classes, folds, params, report, team }) =>
      fitMultinomial(matrix, labels, classes!, folds(), params, report, team, weights),
  },
  rescoring: repeatedScoring,
  explainer: Explainer.read,
});
