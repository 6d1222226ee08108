/** How a model did on the rows it was not fitted on, as charts need it. What a task does not have is null. */
export interface ModelEvaluation {
  /** The held-out rows. */
  rows: number;
  /** x: false positive rate, y: true positive rate. At most 200 points, from (0, 0) to (1, 1). */
  roc: EvaluationPoint[] | null;
  /** x: recall, y: precision. At most 200 points, by growing recall. */
  precisionRecall: EvaluationPoint[] | null;
  /** x: mean probability, y: share of label 1; ten bins at most. */
  calibration: EvaluationPoint[] | null;
  /** The same of the probabilities before calibration; null where they were not put right. */
  uncalibrated: EvaluationPoint[] | null;
  /** How the threshold was chosen; null of versions whose training did not say so. */
  decision: DecisionSummary | null;
  /** x: share of the rows, the likeliest first; y: lift among them. Ten points at most. */
  lift: EvaluationPoint[] | null;
  /** At most 101, by growing threshold; the version's own is among them. */
  thresholds: ThresholdCounts[] | null;
  /** The most important first. */
  importances: FeatureImportance[];
  residuals: HistogramCount[] | null;
  /** By class, what is true down and what was answered across. */
  confusion: number[][] | null;
  classes: string[] | null;
  /** By class, in the order of `classes`. */
  perClass: ClassEvaluation[] | null;
}

/** Of one class against the rest. */
export interface ClassEvaluation {
  class: string;
  /** Rows that are of it, and rows that were taken for it. */
  rows: number;
  called: number;
  precision: number;
  recall: number;
  f1: number;
  /** Null where all rows are of it, or none. */
  auc: number | null;
}

export interface EvaluationPoint {
  x: number;
  y: number;
  /** From which answer on a row is called positive. */
  threshold: number | null;
  /** Rows that the point was measured on. */
  count: number | null;
}

/** How a threshold was chosen, and what it makes of the rows that it was chosen on. */
export interface DecisionSummary {
  /** One of src/values/decision.ts. */
  kind: string;
  /** What it takes, by name. */
  settings: Record<string, unknown>;
  /** Training rows that the model was not fitted on. */
  rows: number;
  precision: number;
  recall: number;
  f1: number;
  calibrationAsked: string;
  /** What is in the model: none, platt or isotonic. */
  calibration: string;
}

/** Rows by label and by what the threshold makes of their answers. */
export interface ThresholdCounts {
  threshold: number;
  truePositives: number;
  falsePositives: number;
  trueNegatives: number;
  falseNegatives: number;
}

export interface FeatureImportance {
  feature: string;
  /** How much worse the model gets when the feature's values are dealt out at random; null where it was not measured. */
  permutation: number | null;
  /** Share of all gain of the model's splits; null of models that have none. */
  gain: number | null;
  /** Mean size of what the feature adds to the margin, of several classes the mean over them; null where it was not explained. */
  shap: number | null;
  /** Of several classes each one's, in their order. */
  shapByClass: number[] | null;
}

/** Rows whose value lies in [from, to). */
export interface HistogramCount {
  from: number;
  to: number;
  count: number;
}
