import type { AsofError } from "../errors/errors.js";
import type { ModelVersion } from "../registry/model.js";
import type { Explanation, Margin } from "../training/explain/explainer.js";
import type { AnswerFields } from "../training/tasks/task.js";
import type { ArmOfAnswer } from "./canary-arm.js";
import type { ServedFeatures } from "./feature-plan.js";
import type { Values } from "./given-values.js";

export interface Prediction extends AnswerFields {
  /** Null for a cold start: its features came with the call. */
  key: string | null;
  /** As the model gave it: the probability, the value, or one probability for each class. */
  answer: ArrayLike<number>;
  modelVersion: ModelVersion;
  features: ServedFeatures;
  /** What the request brought; null where the service's requests bring nothing. */
  request: Values | null;
  /** While a canary runs: which version answered; absent where none does, or a version was asked for. */
  ofCanary?: ArmOfAnswer | null;
}

/** An answer, or why there is none. */
export interface ColdOutcome {
  prediction: Prediction | null;
  /** `cause`: what a single prediction would have thrown. */
  error: { code: string; message: string; missingFeatures: string[]; cause?: AsofError } | null;
}

export interface PredictionOutcome extends ColdOutcome {
  key: string;
}

export interface PredictRequest {
  model: string;
  version?: number | null;
  /** Calendar date, `2024-01-31`. */
  asOf?: string | null;
  /** The request's own values by feature, any JSON; of `predictMany` for all keys. */
  request?: unknown;
  /** Of `predictMany`: for each key its own. */
  requests?: readonly unknown[];
  /** Somebody looks, and nothing follows from it: neither the prediction log nor a shadow sees the answer. */
  unlogged?: boolean;
  /** Of `predictMany`: where one key has no answer the call fails, and nothing is logged. */
  whole?: boolean;
}

export interface PredictionExplanation extends Explanation {
  /** What base value and contributions add up to. */
  margin: Margin;
}

/** About who has no row yet: all that the version takes comes with the call. */
export interface ColdRow {
  /** The stored features by name, any JSON. */
  features: unknown;
  request?: unknown;
}

export interface ColdStartRequest extends ColdRow {
  model: string;
  version?: number | null;
  unlogged?: boolean;
}

export interface ColdStartsRequest {
  model: string;
  version?: number | null;
  rows: readonly ColdRow[];
  unlogged?: boolean;
  /** Where one row has no answer the call fails, and nothing is logged. */
  whole?: boolean;
}
