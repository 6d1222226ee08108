import type { Matrix } from "./matrix.js";
import type { Scoring } from "./scoring/scoring.js";
import type { CurvePoint, TrainProgress } from "./types.js";

/** A model that answers for any matrix of the columns it was fitted on. */
export interface Model {
  /** Probability of label 1, one per row. */
  predict(matrix: Matrix): Float64Array;
  /** Bytes of the ONNX file; the same model gives the same bytes. */
  toOnnx(metadata: Record<string, string>): Uint8Array;
  /** What to report of its size. */
  metrics: Record<string, number>;
  scoring: Scoring;
}

export interface Fitted {
  model: Model;
  /** Labels and probabilities of the rows the inner validation judged, pooled over folds. */
  outOfFold: { labels: Uint8Array; probabilities: Float64Array };
  curve: CurvePoint[];
}

export type Report = (progress: TrainProgress) => void;
