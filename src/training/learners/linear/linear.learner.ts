import { Explainer } from "../../explain/explainer.js";
import { learner } from "../../learner.js";
import { repeatedScoring } from "../../scoring/scoring.js";
import { fitLinear } from "./fit-linear.js";
import { leastSquaresPart } from "./least-squares-part.js";
import { LINEAR_PARAMS } from "./params.js";

export const linear = learner({
  name: "LINEAR_REGRESSION",
  title: "linear regression",
  description: "A linear model of the value: ridge regression, or elastic net.",
  params: LINEAR_PARAMS,
  searchSpace: { l2: { min: 1e-2, max: 1e4, log: true } },
  // The easier model to explain, and on few rows often the better one.
  challenges: true,
  minRowsForThreads: 50_000,
  parts: [leastSquaresPart],
  fits: {
    REGRESSION: ({ matrix, labels, weights, folds, params, report, team }) =>
      fitLinear(matrix, labels, folds(), params, report, team, weights),
  },
  rescoring: repeatedScoring,
  explainer: Explainer.read,
});
