import type { TaskName } from "../values/task.js";
import type { Background } from "./explain/background.js";
import type { Explanation, Margin, RawValue } from "./explain/explainer.js";
import type { RowExplainer } from "./explain/summary.js";
import type { ParamSpecs, ParamsOf } from "./learners/param.js";
import type { Matrix } from "./matrix.js";
import type { SampleWeights } from "./sample-weights.js";
import type { Dimension } from "./search-dimension.js";
import type { Fold } from "./tasks/fold.js";
import type { Labels, LabelsOf } from "./tasks/labels.js";
import type { PartKind } from "./threads/part.js";
import type { Team } from "./threads/team.js";
import type { CurvePoint, TrainProgress } from "./types.js";

/**
 * What trains models of one kind. Its record is all that asof knows of it: the GraphQL enum, the parsing of parameters, what
 * schedules and the command line take, search spaces, threads and docs/training.md follow from it.
 */
export interface Learner<Specs extends ParamSpecs = ParamSpecs, Scoring = unknown> {
  /** As clients and ONNX files name it: `GRADIENT_BOOSTING`. */
  readonly name: string;
  /** In a sentence: `logistic regression`. */
  readonly title: string;
  /** One sentence, of the GraphQL enum. */
  readonly description: string;
  /** By name, with ranges and defaults. */
  readonly params: Specs;
  /** What `tune` searches unless the caller says otherwise: what decides how closely the learner follows the rows. */
  readonly searchSpace: { readonly [Name in keyof Specs]?: Dimension };
  /** Whether `trainAndCompare` trains it beside whatever is asked for. */
  readonly challenges: boolean;
  /** From so many rows on a second thread pays for its start; Infinity where the learner keeps to one. */
  readonly minRowsForThreads: number;
  /** The kinds of work it gives to the threads of a team. */
  readonly parts: readonly PartKind[];
  /** Its fit asks for no folds: it judges itself on rows that parts of it have not seen. */
  readonly judgesItself?: true;
  /** The tasks that it does, each with its fit. */
  readonly fits: Fits<ParamsOf<Specs>, Scoring>;
  /** Scores a sample again and again, for permutation importance; `scoring` is that of a model, sent to this thread. */
  rescoring(scoring: Scoring, sample: Matrix): Rescore;
  /** Takes the answers of its models apart by feature, from their files; null where it cannot. */
  readonly explainer: ((onnx: Uint8Array) => ModelExplainer | null) | null;
}

/** Lets the compiler find the types of a record's parts. */
export const learner = <const Specs extends ParamSpecs, Scoring, const Name extends string>(
  record: Learner<Specs, Scoring> & { readonly name: Name },
): Learner<Specs, Scoring> & { readonly name: Name } => record;

/** By task. A type alias, so that a fit can be looked up by the name of a task. */
export type Fits<Params, Scoring> = {
  readonly [Name in TaskName]?: FitOf<Params, LabelsOf<Name>, Scoring>;
};

/** A method's type: which labels a fit takes is known by the task that it stands under. */
export type FitOf<Params, L extends Labels, Scoring> = {
  fit(input: FitInput<Params, L>): Fitted<Scoring, L>;
}["fit"];

export interface FitInput<Params, L extends Labels> {
  /** The training rows, in the order of their keys' hashes. */
  readonly matrix: Matrix;
  readonly labels: L;
  /** Of the rows; shared. */
  readonly weights: SampleWeights;
  /** What labels are places in, where they name classes; else null. */
  readonly classes: readonly string[] | null;
  readonly params: Params;
  readonly seed: number;
  /** For choosing on training rows, made when asked for. Held-out rows are not among them. */
  folds(): Fold[];
  /** Where the rows of each key begin, and where the last end: they are alike. Null: each row has a key of its own. */
  readonly starts: Uint32Array | null;
  readonly report: Report;
  readonly team: Team;
}

/** A model that answers for any matrix of the columns it was fitted on. */
export interface Model<Scoring = unknown> {
  /** One answer a row: of the binary task the probability of label 1, of regression the value, of classes one number for each. */
  predict(matrix: Matrix): Float64Array;
  /** Bytes of the ONNX file; the same model gives the same bytes. */
  toOnnx(metadata: Record<string, string>): Uint8Array;
  /** What to report of its size. */
  metrics: Record<string, number>;
  /** What the loss that it was fitted by is on rows, by the metric's name; absent where the task's own metrics say it. */
  lossOn?(labels: Labels, answers: Float64Array, weights: SampleWeights): Record<string, number>;
  /** What it says itself of its features: one list per part it has. */
  importances(background: Background): ModelImportance[];
  /** Plain data, so that it can be sent to other threads. */
  scoring: Scoring;
}

export interface ModelImportance {
  /**
   * gain: summed over the splits on the feature, as shares of all gain. coefficient: standard deviation of the feature's
   * term over the training rows, in log-odds, which for a number is |coefficient| of the standardised value.
   */
  kind: string;
  features: { feature: string; value: number }[];
}

export interface Fitted<Scoring = unknown, L extends Labels = Uint8Array> {
  model: Model<Scoring>;
  /** Labels and answers of the rows the inner validation judged, pooled over folds. */
  outOfFold: OutOfFold<L>;
  curve: CurvePoint[];
}

export interface OutOfFold<L extends Labels = Uint8Array> {
  labels: L;
  /** Which of the training rows they are; absent: not known, so that each counts as of a key of its own. */
  rows?: Uint32Array;
  /** The answers. */
  probabilities: Float64Array;
  /** Of the rows; absent: they count the same. */
  weights?: SampleWeights;
}

/** Answers for the sample as it is; `changed` is the one column that is not as it was at the first call. */
export type Rescore = (sample: Matrix, changed?: number) => Float64Array;

export interface ModelExplainer {
  /** What base value and contributions add up to. */
  readonly margin: Margin;
  explain(row: Readonly<Record<string, RawValue>>): Explanation;
  /** The same in slices of some microseconds, between which a thread may do other work; absent: in one go. */
  slices?(row: Readonly<Record<string, RawValue>>): Generator<void, Explanation, void>;
  /** Of rows of a matrix, for the summary over held-out rows; absent: there is none. */
  readonly ofRows?: RowExplainer;
}

export type Report = (progress: TrainProgress) => void;
