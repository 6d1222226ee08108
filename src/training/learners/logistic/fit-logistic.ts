import { crossValidate, type SteppedFit, stopwatch } from "../../cross-validation.js";
import type { Fitted, Model, Report } from "../../learner.js";
import type { Matrix } from "../../matrix.js";
import { logisticToOnnx } from "../../onnx/logistic-model.js";
import type { SampleWeights } from "../../sample-weights.js";
import { modelImportance } from "../../scoring/model-importance.js";
import { answersOf, type Scoring } from "../../scoring/scoring.js";
import { type RowWeights, rowWeights, totalWeight } from "../../tasks/binary/class-weight.js";
import type { Fold } from "../../tasks/fold.js";
import { allRows } from "../../threads/shared.js";
import { SOLO, type Team } from "../../threads/team.js";
import { encodeRow, type LinearModel } from "./design.js";
import { dot, NewtonFit } from "./newton.js";
import type { LogisticParams } from "./params.js";

/** Logistic regression; the folds serve the curve and the threshold only, each runs until it has converged. */
export function fitLogistic(
  matrix: Matrix,
  labels: Uint8Array,
  folds: Fold[],
  params: LogisticParams,
  report: Report,
  team: Team = SOLO,
  weights: SampleWeights = null,
): Fitted<Scoring> {
  const counted = rowWeights(params.class_weight, labels, weights);
  const fits = folds.map((fold) => new FoldFit(fold.matrix ?? matrix, labels, fold, counted, params, team));
  const options = { maxSteps: params.max_iterations, patience: 0, unit: "iterations", weights } as const;
  const { curve, outOfFold } = crossValidate(folds, fits, labels, options, report);
  for (const fit of fits) fit.end();
  return { model: refitLogistic(matrix, labels, params, report, team, weights), outOfFold, curve };
}

/** On all rows, nothing judged. */
export function refitLogistic(
  matrix: Matrix,
  labels: Uint8Array,
  params: LogisticParams,
  report: Report,
  team: Team = SOLO,
  weights: SampleWeights = null,
): Model<Scoring> {
  const counted = rowWeights(params.class_weight, labels, weights);
  const fit = new NewtonFit(matrix, labels, allRows(matrix.rows), counted, params, team);
  const progress = stopwatch(report, "refit", params.max_iterations, "iterations");
  let iterations = 0;
  while (iterations < params.max_iterations && fit.step()) progress(++iterations);
  // Convergence comes before max_iterations: let the last report say that the work is done.
  stopwatch(report, "refit", iterations, "iterations")(iterations);
  fit.end();
  const linear = { design: fit.design, weights: fit.weights.map(Math.fround) };
  return logisticModel(matrix, linear, iterations);
}

class FoldFit implements SteppedFit {
  private readonly fit: NewtonFit;
  private readonly validationWeight: number;
  private judged: Float64Array = new Float64Array();

  constructor(
    private readonly matrix: Matrix,
    private readonly labels: Uint8Array,
    private readonly fold: Fold,
    private readonly rowWeights: RowWeights,
    params: LogisticParams,
    team: Team,
  ) {
    this.fit = new NewtonFit(matrix, labels, fold.fit, rowWeights, params, team);
    this.validationWeight = totalWeight(labels, fold.validate, rowWeights);
  }

  step(): boolean {
    const moved = this.fit.step();
    if (moved || this.judged.length === 0)
      this.judged = probabilities(this.fit, this.matrix, this.fold.validate);
    return moved;
  }

  loss(): { sum: number; weight: number } {
    const { byLabel, each } = this.rowWeights;
    let sum = 0;
    for (let k = 0; k < this.judged.length; k++) {
      const row = this.fold.validate[k]!;
      const label = this.labels[row]!;
      const given = label === 1 ? this.judged[k]! : 1 - this.judged[k]!;
      sum -= (each ? each[row]! : byLabel[label]!) * Math.log(Math.max(given, 1e-15));
    }
    return { sum, weight: this.validationWeight };
  }

  /** The last step is the one that counts. */
  keep(): void {}

  kept(): Float64Array {
    return this.judged;
  }

  end(): void {
    this.fit.end();
  }
}

function logisticModel({ columns }: Matrix, model: LinearModel, iterations: number): Model<Scoring> {
  const scoring: Scoring = { baseScore: 0, linear: model, trees: [], link: "logistic" };
  return {
    predict: (matrix) => answersOf(scoring, matrix),
    toOnnx: (metadata) => logisticToOnnx(columns, model, metadata),
    importances: (background) => modelImportance(scoring, columns, background),
    metrics: { iterations, coefficients: model.weights.length },
    scoring,
  };
}

function probabilities({ design, weights }: LinearModel, matrix: Matrix, rows: Uint32Array): Float64Array {
  const encoded = new Float64Array(design.width);
  const judged = new Float64Array(rows.length);
  for (let k = 0; k < rows.length; k++) {
    encodeRow(design, matrix.values, rows[k]! * matrix.columns.length, encoded);
    judged[k] = 1 / (1 + Math.exp(-dot(weights, encoded)));
  }
  return judged;
}
