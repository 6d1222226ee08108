import { backgroundOf } from "../../src/training/explain/background.js";
import type { Model } from "../../src/training/learner.js";
import { fitBoosting } from "../../src/training/learners/boosting/fit-boosting.js";
import { fitForest } from "../../src/training/learners/forest/fit-forest.js";
import { fitLogistic } from "../../src/training/learners/logistic/fit-logistic.js";
import type { BuiltInAlgorithm } from "../../src/training/learners/registry.js";
import { gatherMatrix, learnColumns, type Matrix } from "../../src/training/matrix.js";
import { resolveParams } from "../../src/training/params.js";
import { stratifiedFolds } from "../../src/training/tasks/stratified.js";
import type { TrainingData } from "../../src/training/types.js";

export type Algorithm = Exclude<BuiltInAlgorithm, "LINEAR_REGRESSION">;

export interface FittedTable {
  model: Model;
  onnx: Uint8Array;
  /** Of all rows of the table, in its order. */
  matrix: Matrix;
}

/** The learner fitted on the first `fitRows` rows, with the metadata that explanations need. */
export function fitTable(
  data: TrainingData,
  algorithm: Algorithm,
  params: object = {},
  fitRows = data.keys.length,
): FittedTable {
  const rows = Uint32Array.from({ length: fitRows }, (_, row) => row);
  const columns = learnColumns(data, rows);
  const fitted = gatherMatrix(data, columns, rows);
  const labels = data.labels.slice(0, fitRows);
  const model = fitLearner(fitted, labels, algorithm, params);
  const categories = new Map(columns.map(({ name, vocabulary }) => [name, vocabulary]));
  const features = data.features.map((feature) => ({ ...feature, categories: categories.get(feature.name) }));
  const onnx = model.toOnnx({
    "asof.features": JSON.stringify(features),
    "asof.background": JSON.stringify(backgroundOf(fitted)),
  });
  return { model, onnx, matrix: gatherMatrix(data, columns, Uint32Array.from(data.keys.keys())) };
}

function fitLearner(matrix: Matrix, labels: Uint8Array, algorithm: Algorithm, params: object): Model {
  const folds = stratifiedFolds(labels, 2);
  const silent = () => {};
  switch (algorithm) {
    case "GRADIENT_BOOSTING":
      return fitBoosting(matrix, labels, folds, resolveParams("GRADIENT_BOOSTING", params), silent).model;
    case "RANDOM_FOREST":
      return fitForest(matrix, labels, resolveParams("RANDOM_FOREST", params), 1, silent).model;
    case "LOGISTIC_REGRESSION":
      return fitLogistic(matrix, labels, folds, resolveParams("LOGISTIC_REGRESSION", params), silent).model;
  }
}
