import { type SampleWeights, weightedMean } from "../../../sample-weights.js";
import type { Code } from "../../../wasm/assembler.js";

/** Numbers of float64 locals in the kernel. */
export interface LossLocals {
  score: number;
  label: number;
  /** For `exponential`. */
  scratch: readonly [number, number];
  /** For the loss' own. */
  spare: readonly [number, number];
}

/** What boosted trees of a regression lower: one record a loss. */
export interface RegressionLoss {
  /**
   * identity: the score is the value, and labels and scores may be shifted and scaled together. log: the score is the
   * value's logarithm, and labels are 0 or more.
   */
  readonly link: "identity" | "log";
  /** What the loss takes, of a fit's labels in its unit. */
  setting(params: LossParams, labels: Float64Array, weights: SampleWeights): number;
  /** The value that fits the labels best: where boosting starts. */
  start(labels: Float64Array, setting: number, weights: SampleWeights): number;
  /** Code of the first and second derivative by the score; what `prepare` has set may be read by both. */
  derivatives(locals: LossLocals, setting: number): { prepare: Code; gradient: Code; hessian: Code };
  /** Of one row. */
  of(label: number, score: number, setting: number): number;
  /** The share of a leaf's residuals that lies below its value; null: a leaf's value is a Newton step. */
  leafQuantile(setting: number): number | null;
  /** What 1 of the loss in a fit's unit is in the label's. @param unit of the fit */
  lossUnit(unit: number): number;
  /** What mean losses are reported as. */
  readonly metric: LossMetric;
}

export interface LossMetric {
  readonly name: string;
  of(meanLoss: number): number;
  /** On any rows, where the task's own metrics do not say it. */
  readonly on:
    | ((labels: Float64Array, answers: Float64Array, setting: number, weights: SampleWeights) => number)
    | null;
}

/** Parameters of the learner that losses take. */
export interface LossParams {
  quantile: number;
  huber_share: number;
  tweedie_power: number;
}

/** Logarithms start from here where all labels of a fold are 0. */
export const LEAST_MEAN = 1e-9;

export const meanOver = (
  labels: Float64Array,
  answers: Float64Array,
  weights: SampleWeights,
  loss: (label: number, answer: number) => number,
): number => weightedMean(labels.length, weights, (row) => loss(labels[row]!, answers[row]!));

export const meanOf = (values: Float64Array, weights: SampleWeights): number =>
  weightedMean(values.length, weights, (row) => values[row]!);
