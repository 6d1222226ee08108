import type { OnnxValue } from "../../onnx/writer.js";
import type { ComparedMetricName, TaskDeclaration } from "../../values/task.js";
import type { FoldMetrics } from "../evaluation/cross-validated.js";
import type { Background } from "../explain/background.js";
import type { Model, OutOfFold } from "../learner.js";
import type { Matrix } from "../matrix.js";
import type { PartKind } from "../threads/part.js";
import type { Team } from "../threads/team.js";
import type { ReportFile } from "../types.js";
import type { Fold } from "./fold.js";
import type { LabelArray, Labels } from "./labels.js";
import type { ModelEvaluation } from "./model-evaluation.js";

/**
 * What models answer, and how they are judged: all that training, serving and monitoring ask of it. Labels are of the type
 * that `gather` and the training data give; answers are one number a row.
 */
export interface Task<L extends Labels = Labels> extends TaskDeclaration {
  /** The kinds of work that its reports give to the threads of a team. */
  readonly parts: readonly PartKind[];

  // Labels and rows
  /** What labels are held in. */
  readonly labelArray: LabelArray<L>;
  /** @throws {RangeError} a label is none: a bug of the caller's */
  checkLabels(labels: L): void;
  /** Row numbers to train on and to hold out; depends on the set of keys and labels alone. */
  split(
    keys: readonly string[],
    labels: L,
    testFraction: number,
    seed: number,
  ): { train: Uint32Array; test: Uint32Array };
  /** @throws {BadUserInputError} no model can be fitted on `train` or judged on `test` */
  requireTrainable(labels: L, train: Uint32Array, test: Uint32Array): void;
  /** @throws {BadUserInputError} the rows are too few for so many folds */
  requireFolds(labels: L, folds: number): void;
  folds(labels: L, folds: number): Fold[];
  /** For choosing on training rows. */
  innerFolds(labels: L): Fold[];
  /** Whether rows of these labels say anything of a model. */
  canJudge(labels: L): boolean;
  /** What such rows are, in a sentence: `of both classes`. */
  readonly judgeable: string;

  // Judging answers
  /** Of answers on rows that the model was not fitted on; where an answer becomes a decision. */
  chooseThreshold(outOfFold: OutOfFold<L>): number;
  evaluate(labels: L, answers: Float64Array, threshold: number): { metrics: Record<string, number> };
  /** The metrics that a version is announced by. */
  readonly headline: readonly string[];
  /** What metrics on held-out rows say against a model that was made elsewhere, each a sentence. */
  warnings(metrics: Readonly<Record<string, number>>): string[];
  /** Counts that stand beside the metrics of a comparison. */
  counts(labels: L): { positives: number };
  /** What is kept of the judgement on held-out rows. */
  reports(judged: JudgedModel<L>, team: Team): ReportFile[];
  /** Those of the reports that follow from the answers alone: of models that were made elsewhere. */
  answerReports(labels: L, answers: Float64Array, threshold: number): ReportFile[];
  /** The reports that `storedEvaluation` reads, by name. */
  readonly evaluationFiles: readonly string[];
  /** What charts need of them; null where too few are there. Those that an earlier release wrote are read, too. */
  storedEvaluation(files: ReadonlyMap<string, unknown>): ModelEvaluation | null;
  /** A bootstrap interval of how much better the first answers are than the second, on the same rows. */
  compare(
    labels: L,
    first: Float64Array,
    second: Float64Array,
    options: PairedOptions,
  ): Promise<PairedDifference>;

  // Serving
  /** Of the ONNX files of asof's own learners. */
  readonly outputs: readonly OnnxValue[];
  /** What the answer is in a sentence: `probability`. */
  readonly answer: string;
  /** An answer as it is given on, rounding put right; NaN where it is none. */
  readAnswer(value: number): number;
  decide(answer: number, threshold: number): 0 | 1;
}

export interface JudgedModel<L extends Labels> {
  /** Who fitted it. */
  learner: string;
  model: Model;
  /** The held-out rows. */
  matrix: Matrix;
  labels: L;
  answers: Float64Array;
  threshold: number;
  /** Of the training rows. */
  background: Background;
  seed: number;
  /** Of the training rows, when asked for. */
  folds: FoldMetrics | null;
}

export interface PairedOptions {
  /** One of the task's `compared`. */
  metric: ComparedMetricName;
  /** Of the two-sided interval, between 0 and 1. */
  confidence: number;
  resamples: number;
  /** 0 .. 2^32 - 1 */
  seed: number;
}

/** How much better the first model is than the second on the same rows; negative: worse. */
export interface PairedDifference extends PairedOptions {
  observed: number;
  lower: number;
  upper: number;
}
