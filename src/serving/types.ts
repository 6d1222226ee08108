import type { AsofError } from "../errors/errors.js";
import type { UserFeatures } from "../features/types.js";
import type { ModelVersion } from "../registry/model.js";
import type { Explanation } from "../training/explain/explainer.js";

export interface Prediction {
  userId: string;
  /** 1 where probability >= threshold. */
  prediction: 0 | 1;
  probability: number;
  threshold: number;
  modelVersion: ModelVersion;
  features: UserFeatures;
}

export interface PredictionOutcome {
  userId: string;
  prediction: Prediction | null;
  /** `cause`: what a single prediction would have thrown. */
  error: { code: string; message: string; missingFeatures: string[]; cause?: AsofError } | null;
}

export interface PredictRequest {
  model: string;
  version?: number | null;
  /** Calendar date, `2024-01-31`. */
  asOf?: string | null;
  /** Somebody looks, and nothing follows from it: neither the prediction log nor a shadow sees the answer. */
  unlogged?: boolean;
}

export interface PredictionExplanation extends Explanation {
  /** What base value and contributions add up to. */
  margin: "log_odds" | "probability";
}
