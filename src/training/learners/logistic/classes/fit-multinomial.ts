import { crossValidate, type SteppedFit, stopwatch } from "../../../cross-validation.js";
import type { Fitted, Model, Report } from "../../../learner.js";
import type { Matrix } from "../../../matrix.js";
import { multinomialToOnnx } from "../../../onnx/classes-model.js";
import { type SampleWeights, sumOfWeights } from "../../../sample-weights.js";
import { classesImportance } from "../../../scoring/model-importance.js";
import { answersOf, type ClassesScoring } from "../../../scoring/scoring.js";
import { softmaxRows } from "../../../scoring/softmax.js";
import type { Fold } from "../../../tasks/fold.js";
import { classRowWeights } from "../../../tasks/multiclass/class-weight.js";
import { manyNats } from "../../../tasks/multiclass/metrics.js";
import { allRows } from "../../../threads/shared.js";
import { SOLO, type Team } from "../../../threads/team.js";
import { encodeRow, type LinearModel } from "../design.js";
import { dot } from "../newton.js";
import type { LogisticParams } from "../params.js";
import { type ClassTable, MultinomialFit } from "./multinomial-fit.js";

/** Multinomial logistic regression; the folds serve the curve and the choice among candidates only, each runs until it has converged. */
export function fitMultinomial(
  matrix: Matrix,
  labels: Uint8Array,
  classes: readonly string[],
  folds: Fold[],
  params: LogisticParams,
  report: Report,
  team: Team = SOLO,
  weights: SampleWeights = null,
): Fitted<ClassesScoring> {
  const counted = classRowWeights(params.class_weight, labels, classes, weights);
  const table = { labels, weights: counted, own: weights, classes: classes.length };
  const fits = folds.map(
    (fold) => new FoldFit({ ...table, matrix: fold.matrix ?? matrix }, fold, params, team),
  );
  const maxSteps = stepsOf(params);
  const options = { maxSteps, patience: 0, unit: "iterations", weights } as const;
  const { curve, outOfFold } = crossValidate(folds, fits, labels, options, report);
  for (const fit of fits) fit.end();
  const model = refitMultinomial(matrix, labels, classes, params, report, team, weights);
  return { model, outOfFold, curve };
}

/** On all rows, nothing judged. */
export function refitMultinomial(
  matrix: Matrix,
  labels: Uint8Array,
  classes: readonly string[],
  params: LogisticParams,
  report: Report,
  team: Team = SOLO,
  own: SampleWeights = null,
): Model<ClassesScoring> {
  const weights = classRowWeights(params.class_weight, labels, classes, own);
  const table = { matrix, labels, weights, own, classes: classes.length };
  const maxSteps = stepsOf(params);
  const fit = new MultinomialFit(matrix, table, allRows(matrix.rows), params, team);
  const progress = stopwatch(report, "refit", maxSteps, "iterations");
  let iterations = 0;
  while (iterations < maxSteps && fit.step()) progress(++iterations);
  // Convergence comes before: let the last report say that the work is done.
  stopwatch(report, "refit", iterations, "iterations")(iterations);
  fit.end();
  return multinomialModel(matrix, classes, fit.models(), iterations);
}

/** A step of L-BFGS costs a fraction of Newton's, and so many more are taken. */
const STEPS_PER_NEWTON = 20;
const stepsOf = ({ max_iterations }: LogisticParams): number => STEPS_PER_NEWTON * max_iterations;

type Table = ClassTable & { matrix: Matrix };

class FoldFit implements SteppedFit {
  private readonly fit: MultinomialFit;
  private judged: Float64Array = new Float64Array();

  constructor(
    private readonly table: Table,
    private readonly fold: Fold,
    params: LogisticParams,
    team: Team,
  ) {
    this.fit = new MultinomialFit(table.matrix, table, fold.fit, params, team);
  }

  step(): boolean {
    const moved = this.fit.step();
    if (moved || this.judged.length === 0) this.judged = this.probabilities();
    return moved;
  }

  loss(): { sum: number; weight: number } {
    const { labels, weights, classes } = this.table;
    let sum = 0;
    for (const [k, row] of this.fold.validate.entries()) {
      const loss = manyNats(labels[row]!, this.judged, k * classes, classes);
      sum += weights ? weights[row]! * loss : loss;
    }
    return { sum, weight: sumOfWeights(weights, this.fold.validate) };
  }

  /** The last step is the one that counts. */
  keep(): void {}

  kept(): Float64Array {
    return this.judged;
  }

  end(): void {
    this.fit.end();
  }

  private probabilities(): Float64Array {
    const { fold } = this;
    const { matrix, classes } = this.table;
    const models = this.fit.models();
    const encoded = new Float64Array(this.fit.design.width);
    const scores = new Float64Array(fold.validate.length * classes);
    for (const [k, row] of fold.validate.entries()) {
      encodeRow(this.fit.design, matrix.values, row * matrix.columns.length, encoded);
      for (let of = 0; of < classes; of++) scores[k * classes + of] = dot(models[of]!.weights, encoded);
    }
    return softmaxRows(scores, classes);
  }
}

function multinomialModel(
  { columns }: Matrix,
  classes: readonly string[],
  models: LinearModel[],
  iterations: number,
): Model<ClassesScoring> {
  const each = models.map((linear) => ({ baseScore: 0, linear, trees: [], link: "identity" as const }));
  const scoring: ClassesScoring = { each, softmax: true };
  return {
    predict: (matrix) => answersOf(scoring, matrix),
    toOnnx: (metadata) => multinomialToOnnx(columns, classes, models, metadata),
    importances: (background) => classesImportance(scoring, columns, background),
    metrics: { iterations, coefficients: models.length * models[0]!.weights.length },
    scoring,
  };
}
