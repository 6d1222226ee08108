import { Explainer } from "../../explain/explainer.js";
import { learner } from "../../learner.js";
import { repeatedScoring } from "../../scoring/scoring.js";
import { binningPart } from "../boosting/binning-part.js";
import { fitClassesForest } from "./classes/fit-classes-forest.js";
import { fitForest } from "./fit-forest.js";
import { fitValueForest } from "./fit-value-forest.js";
import { forestPart } from "./forest-part.js";
import { FOREST_PARAMS } from "./params.js";

export const forest = learner({
  name: "RANDOM_FOREST",
  title: "random forest",
  description: "Trees of random parts of the rows, averaged.",
  params: FOREST_PARAMS,
  searchSpace: {
    max_leaves: { min: 16, max: 1024, log: true },
    min_leaf_rows: { min: 1, max: 100, log: true },
  },
  challenges: false,
  minRowsForThreads: 2_000,
  judgesItself: true,
  parts: [binningPart, forestPart],
  fits: {
    BINARY: ({ matrix, labels, params, seed, report, team, ...table }) =>
      fitForest(matrix, labels, params, seed, report, team, table),
    REGRESSION: ({ matrix, labels, params, seed, report, team, ...table }) =>
      fitValueForest(matrix, labels, params, seed, report, team, table),
    MULTICLASS: ({ matrix, labels, classes, params, seed, report, team, ...table }) =>
      fitClassesForest(matrix, labels, classes!, params, seed, report, team, table),
  },
  rescoring: repeatedScoring,
  explainer: Explainer.read,
});
