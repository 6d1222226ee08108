import type { OnnxValue } from "../../onnx/writer.js";
import type { Calibration, DecisionRule } from "../../values/decision.js";
import type { ComparedMetricName, TaskDeclaration } from "../../values/task.js";
import type { FoldMetrics } from "../evaluation/cross-validated.js";
import type { Background } from "../explain/background.js";
import type { Model, OutOfFold } from "../learner.js";
import type { Matrix } from "../matrix.js";
import type { SampleWeights } from "../sample-weights.js";
import type { PartKind } from "../threads/part.js";
import type { Team } from "../threads/team.js";
import type { ReportFile } from "../types.js";
import type { Fold } from "./fold.js";
import type { ImportanceKind } from "./importance/importance-part.js";
import type { LabelArray, Labels } from "./labels.js";
import type { ModelEvaluation } from "./model-evaluation.js";

/**
 * What models answer, and how they are judged: all that training, serving and monitoring ask of it. Labels are of the type
 * that `gather` and the training data give; answers are one number a row,
 * or, where labels name classes, one a row and class.
 */
export interface Task<L extends Labels = Labels> extends TaskDeclaration {
  /** The kinds of work that its reports give to the threads of a team. */
  readonly parts: readonly PartKind[];

  // Labels and rows
  /** Whether labels are names of classes: they are held as places in a list of them, which each model's signature has. */
  readonly hasClasses: boolean;
  /** What labels are held in. */
  readonly labelArray: LabelArray<L>;
  /** @throws {RangeError} a label is none: a bug of the caller's */
  checkLabels(labels: L): void;
  /** Rows of one stratum are held out by their own count, such as those of a class. */
  stratum(label: number): number;
  /**
   * Row numbers to train on and to hold out; depends on the set of keys and labels alone. Of each stratum's rows, in the order
   * of (murmur3(key, seed), key), the first round(testFraction * rows) are held out; both lists are in that order.
   */
  split(
    keys: readonly string[],
    labels: L,
    testFraction: number,
    seed: number,
  ): { train: Uint32Array; test: Uint32Array };
  /** @throws {BadUserInputError} no model can be fitted on `train` or judged on `test` */
  requireTrainable(labels: L, train: Uint32Array, test: Uint32Array, classes: readonly string[] | null): void;
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
  /** How an answer becomes a yes or a no; null: it is the answer, and versions have no threshold. */
  readonly decision: TaskDecision<L> | null;
  /** @param threshold the version's; null where the task has no decision @param weights of the rows; absent: they count the same */
  evaluate(
    labels: L,
    answers: Float64Array,
    threshold: number | null,
    weights?: SampleWeights,
  ): { metrics: Record<string, number> };
  /** How features are measured by permutation: among its losses is the metric that versions are compared by. */
  readonly importance: ImportanceKind<L, string>;
  /** The metrics that a version is announced by. */
  readonly headline: readonly string[];
  /** What metrics on held-out rows say against a model that was made elsewhere, each a sentence. */
  warnings(metrics: Readonly<Record<string, number>>): string[];
  /** Counts that stand beside the metrics of a comparison. */
  counts(labels: L): { positives: number | null };
  /** What is kept of the judgement on held-out rows. */
  reports(judged: JudgedModel<L>, team: Team): ReportFile[];
  /** Those of the reports that follow from the answers alone: of models that were made elsewhere. Weights count in metrics only. */
  answerReports(labels: L, answers: Float64Array, of: AnswerTerms, weights?: SampleWeights): ReportFile[];
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
    weights?: SampleWeights,
  ): Promise<PairedDifference>;

  // Serving
  /** Of the ONNX files of asof's own learners. @param classes null where labels name none */
  outputs(classes: readonly string[] | null): readonly OnnxValue[];
  /** What the answer is in a sentence: `probability`. */
  readonly answer: string;
  /** Puts rounding right in the `width` numbers of one answer, from place `from` on. @returns false where they are none */
  readAnswer(answers: Float32Array, from: number, width: number): boolean;
  /** What a prediction says, by the fields of the GraphQL type Prediction. @param of the version's */
  answerFields(answer: ArrayLike<number>, of: AnswerTerms): AnswerFields;
  /** What clients of other protocols get of each row, by column; the last is what they take for the prediction. */
  columns(classes: readonly string[] | null): readonly AnswerColumn[];
}

/** What a version's answers are read by. */
export interface AnswerTerms {
  /** Null of tasks without a decision. */
  readonly threshold: number | null;
  /** What an answer's numbers are of; null where it is one number. */
  readonly classes: readonly string[] | null;
}

export interface TaskDecision<L extends Labels = Labels> {
  /**
   * Of answers on rows that the model was not fitted on; where an answer becomes a decision.
   * @throws {BadUserInputError} they reach the decision's target nowhere
   */
  chooseThreshold(outOfFold: OutOfFold<L>, decision: DecisionRule): number;
  /**
   * What puts answers right, learnt on rows that the model was not fitted on.
   * @param keys of each training row its key's place, where keys have several rows: a key's rows are judged together
   */
  calibrate(outOfFold: OutOfFold<L>, asked: Calibration, keys: Uint32Array | null): AnswerCalibration<L>;
  /** What the decision is judged by, by the metric's name. */
  metrics(
    labels: L,
    answers: Float64Array,
    threshold: number,
    decision: DecisionRule,
    weights?: SampleWeights,
  ): Record<string, number>;
  decide(answer: number, threshold: number): 0 | 1;
}

/** What becomes of the answers that a learner's model gives. */
export interface AnswerCalibration<L extends Labels = Labels> {
  /** Of the ONNX file; null where the answers stay as they are. */
  readonly metadata: string | null;
  /** The rows that it was learnt on, each as a calibration has it that has not seen it: what candidates are chosen by. */
  readonly judged: OutOfFold<L>;
  apply(answers: Float64Array): Float64Array;
  /** The model's file with the calibration in its graph. */
  extend(onnx: Uint8Array): Uint8Array;
  /** What is reported of it, as JSON. */
  readonly record: Readonly<Record<string, unknown>>;
}

/** Null: the task has none. */
export interface AnswerFields {
  /** 1 where probability >= threshold. */
  prediction: 0 | 1 | null;
  probability: number | null;
  threshold: number | null;
  /** Of a regression, in the label's unit. */
  value: number | null;
  /** The likeliest class; of equal ones the first. */
  class: string | null;
  /** Each class, in the order of the signature. */
  classes: { class: string; probability: number }[] | null;
}

export interface AnswerColumn {
  readonly name: string;
  readonly type: "float" | "int" | "string";
  /** Null: one value a row; else so many. */
  readonly width: number | null;
  of(fields: AnswerFields): AnswerValue;
}

/** One value, or one for each class. */
export type AnswerValue = number | string | readonly number[];

export interface JudgedModel<L extends Labels> {
  /** Who fitted it. */
  learner: string;
  model: Model;
  /** The held-out rows. */
  matrix: Matrix;
  labels: L;
  weights: SampleWeights;
  answers: Float64Array;
  threshold: number | null;
  /** How the threshold was chosen; null where the task has no decision. */
  decided: Decided<L> | null;
  classes: readonly string[] | null;
  /** Of the training rows. */
  background: Background;
  seed: number;
  /** Of the training rows, when asked for. */
  folds: FoldMetrics | null;
}

export interface Decided<L extends Labels = Labels> {
  readonly decision: DecisionRule;
  readonly calibration: AnswerCalibration<L>;
  /** What the threshold was chosen on: rows that the model was not fitted on, as the finished model answers them. */
  readonly outOfFold: OutOfFold<L>;
  /** On the held-out rows, before calibration. */
  readonly uncalibrated: Float64Array;
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
