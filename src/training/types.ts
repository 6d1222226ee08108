import type { Calibration, DecisionRule } from "../values/decision.js";
import type { SelectionRule } from "../values/selection-rule.js";
import type { TargetEncoding } from "../values/target-encoding.js";
import type { Labels } from "./tasks/labels.js";

export interface FeatureSpec {
  name: string;
  /** Booleans and integers are numeric (0/1). */
  kind: "numeric" | "categorical";
}

/** One categorical feature: a code per row into `vocabulary`, -1 = missing. Codes, not strings: 4 bytes a row. */
export interface CategoricalColumn {
  codes: Int32Array;
  vocabulary: string[];
}

/**
 * A training table of `keys.length` rows, in any order. Arrays on a SharedArrayBuffer (what
 * `TrainingDataBuilder` makes) reach the worker without a copy; others are copied once.
 */
export interface TrainingData<L extends Labels = Uint8Array> {
  features: FeatureSpec[];
  /** Entity keys, one per row, no key twice on one date. */
  keys: string[];
  /** Absent: all rows are of one date. */
  dates?: RowDates;
  /** Row-major, rows x (number of numeric features), in feature order; NaN = missing. */
  numeric: Float32Array;
  /** One column per categorical feature, in feature order. */
  categorical: CategoricalColumn[];
  /** One per row; of the binary task 0 or 1, of several classes a place in `classes`. */
  labels: L;
  /** How much each row counts, finite and above 0; absent: all the same. */
  weights?: Float64Array;
  /** What they were read from, in a sentence: `weight of account_weights`. */
  weightName?: string;
  /** Where labels name classes, the classes in their order. */
  classes?: readonly string[];
}

/** Which date each row is of: rows stand in the order of their dates. */
export interface RowDates {
  /** The oldest first, `2024-01-31`. */
  names: string[];
  /** Of each row the place of its date. */
  of: Uint16Array;
  /** Of each date the day that its labels are of; absent: the date itself. */
  labelsOf?: string[];
}

export interface TrainOptions {
  /** What the model is to answer; BINARY unless given. */
  task?: string;
  /** A learner's name. */
  algorithm: string;
  /** 0 .. 2^32 - 1; seeds the split. */
  seed: number;
  /** Share of each class held out, between 0 and 1, both excluded. */
  testFraction: number;
  /** The date from which on all rows are held out, one of the data's; absent: a share of the keys is. */
  heldOutFrom?: string;
  params: Record<string, unknown>;
  /** Also judges as many fits on stratified folds of the training rows, 2 to 20; 0 or absent: none. */
  folds?: number;
  /** Where an answer becomes a yes, of tasks that decide; absent: where F1 is greatest. */
  decision?: DecisionRule;
  /** Fitted on so much of the training rows, above 0, as `shareOfRows` chooses them; absent: on all. Held-out rows stay the same. */
  share?: number;
  /** Categorical features of many categories stand for their labels; absent: the most frequent categories are learnt. */
  targetEncoding?: TargetEncoding;
  /** Which of the features are learnt from; absent: all. */
  selectFeatures?: SelectionRule;
  /** False: no reports are made, which cost time; of a trial that is only compared. */
  reports?: boolean;
  /** How probabilities are put right, of tasks that decide; absent: they stay as the learner gives them. */
  calibration?: Calibration;
}

export interface TrainProgress {
  /** A forest is judged by the rows left out of its trees: one `fit`. */
  phase: "selection" | "cross_validation" | "refit" | "fit" | "evaluation";
  done: number;
  total: number;
  ratePerSecond?: number;
  unit: "trees" | "iterations" | "rows" | "folds";
  metric?: { name: string; value: number; step: number };
}

export interface CurvePoint {
  name: string;
  step: number;
  value: number;
}

export interface Confusion {
  threshold: number;
  truePositive: number;
  falsePositive: number;
  trueNegative: number;
  falseNegative: number;
}

export interface RocPoint {
  falsePositiveRate: number;
  truePositiveRate: number;
  /** Rows with probability >= threshold are called positive; the first point's is 1 + the greatest probability. */
  threshold: number;
}

export interface OnnxTensorSpec {
  name: string;
  type: "float32" | "string";
  /** null = any number of rows. */
  shape: (number | null)[];
}

export interface OnnxSignature {
  /** Absent: BINARY. */
  task?: string;
  /** Of a task with classes: what the columns of the first output are of. */
  classes?: readonly string[];
  inputs: OnnxTensorSpec[];
  outputs: OnnxTensorSpec[];
}

export interface HeldOutDigest {
  /** SHA-256 over the held-out keys, of several dates `<date> <key>`, in code-unit order, each followed by a NUL. */
  sha256: string;
  rows: number;
}

/** A file to keep beside the model; docs/training.md lists them. */
export interface ReportFile {
  name: string;
  json: string;
}

export interface TrainResult {
  onnx: Uint8Array;
  /** Of the `onnx` bytes. */
  sha256: string;
  /** Chosen on training rows only; probability >= threshold is positive. Null of tasks that decide nothing. */
  threshold: number | null;
  /** On the held-out rows, plus sizes and `train_seconds`. */
  metrics: Record<string, number>;
  /** Out-of-fold loss by tree or iteration. */
  curve: CurvePoint[];
  /** Every parameter the learner used, defaults included. */
  hyperparameters: Record<string, number | string>;
  /** Curves, tables and importances on the held-out rows. */
  reports: ReportFile[];
  /** Those that the model learnt from, in the table's order. */
  features: FeatureSpec[];
  signature: OnnxSignature;
  heldOut: HeldOutDigest;
}
