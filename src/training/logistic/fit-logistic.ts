import { crossValidate, type SteppedFit, stopwatch } from "../cross-validation.js";
import type { Fitted, Model, Report } from "../learner.js";
import type { Matrix } from "../matrix.js";
import { logisticToOnnx } from "../onnx/logistic-model.js";
import type { LogisticParams } from "../params.js";
import type { Fold } from "../split.js";
import { encodeRow, type LinearModel } from "./design.js";
import { dot, NewtonFit } from "./newton.js";

/** Logistic regression; the folds serve the curve and the threshold only, each runs until it has converged. */
export function fitLogistic(
  matrix: Matrix,
  labels: Uint8Array,
  folds: Fold[],
  params: LogisticParams,
  report: Report,
): Fitted {
  const fits = folds.map((fold) => foldFit(matrix, labels, fold, params));
  const options = { maxSteps: params.max_iterations, patience: 0, unit: "iterations" } as const;
  const { curve, outOfFold } = crossValidate(folds, fits, labels, options, report);
  const fit = new NewtonFit(matrix, labels, Uint32Array.from(labels.keys()), params);
  const progress = stopwatch(report, "refit", params.max_iterations, "iterations");
  let iterations = 0;
  while (iterations < params.max_iterations && fit.step()) progress(++iterations);
  // Convergence comes before max_iterations: let the last report say that the work is done.
  stopwatch(report, "refit", iterations, "iterations")(iterations);
  const weights = fit.weights.map(Math.fround);
  return { model: logisticModel(matrix, { design: fit.design, weights }, iterations), outOfFold, curve };
}

function foldFit(matrix: Matrix, labels: Uint8Array, fold: Fold, params: LogisticParams): SteppedFit {
  const fit = new NewtonFit(matrix, labels, fold.fit, params);
  return {
    step: () => fit.step(),
    validation: () => probabilities(fit, matrix, fold.validate),
  };
}

function logisticModel({ columns }: Matrix, model: LinearModel, iterations: number): Model {
  return {
    predict: (matrix) =>
      probabilities(
        model,
        matrix,
        Uint32Array.from({ length: matrix.rows }, (_, k) => k),
      ),
    toOnnx: (metadata) => logisticToOnnx(columns, model, metadata),
    metrics: { iterations, coefficients: model.weights.length },
  };
}

function probabilities({ design, weights }: LinearModel, matrix: Matrix, rows: Uint32Array): Float64Array {
  const encoded = new Float64Array(design.width);
  return Float64Array.from(rows, (row) => {
    encodeRow(design, matrix.values, row * matrix.columns.length, encoded);
    return 1 / (1 + Math.exp(-dot(weights, encoded)));
  });
}
