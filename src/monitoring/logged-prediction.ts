import type { ColumnValue } from "../definitions/language/column.js";
import type { CanaryArm } from "../values/canary.js";

/** What one version said. */
export interface LoggedAnswer {
  /** The probability, of several classes that of the likeliest, or the value. */
  answer: number;
  /** Null of tasks without a decision. */
  prediction: 0 | 1 | null;
  /** The likeliest class; null of tasks without classes, as the next. */
  class: string | null;
  /** Of each class, in the order of the version's signature. */
  probabilities: number[] | null;
}

/** One answered prediction; the shadow's part where a shadow scored the same features. */
export interface LoggedPrediction extends LoggedAnswer {
  at: Date;
  model: string;
  version: number;
  /** Null where the features came with the call. */
  key: string | null;
  /** What the model was given, by feature name, in the signature's order. */
  features: Readonly<Record<string, ColumnValue>>;
  /** What the request brought; null where it brought nothing. */
  request: Readonly<Record<string, ColumnValue>> | null;
  /** While a canary ran: which, and who answered. */
  canary?: { id: number; arm: CanaryArm | "FALLBACK" } | null;
  shadow: (LoggedAnswer & { version: number }) | null;
}
