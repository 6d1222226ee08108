import type { FilledInput } from "../../training/explain/ensemble/columns.js";
import type { Explanation, Margin } from "../../training/explain/explainer.js";
import type { AttributionSummary } from "../../training/explain/summary.js";
import type { RawAnswers } from "../answers.js";
import type { Feed } from "../encoder.js";
import type { OutputSpec } from "../model-output.js";

/** What a model's process is asked, one thing at a time. */
export type ToModel = { limitMs: number } & (Question | FilePiece);

/** Of the model's file, which comes piece by piece before it is to be loaded: neither side holds copies of the whole. No answer. */
export interface FilePiece {
  kind: "piece";
  /** Of the whole file. */
  byteLength: number;
  /** The place of its first byte. */
  at: number;
  bytes: Uint8Array;
}

export type Question =
  | { kind: "load"; output: OutputSpec; memoryBytes: number }
  | { kind: "run"; rows: number; feeds: Feed[] }
  | { kind: "explain"; row: Record<string, unknown> }
  /** Rows that answers are compared with, in the order of the features; what the model says of them is found out. */
  | { kind: "compare"; rows: number; feeds: Feed[]; inputs: FilledInput[]; features: string[] }
  | { kind: "attribute"; row: Record<string, unknown>; feeds: Feed[] }
  | { kind: "summarize"; rows: number; feeds: Feed[] }
  /** Of the last of these three, which took longer than a slice. */
  | { kind: "go on" };

export type FromModel =
  | { kind: "loaded" }
  /** The runtime's words; the process ends. */
  | { kind: "refused"; problem: string }
  | { kind: "answers"; answers: RawAnswers }
  | { kind: "explanation"; explanation: ModelExplanation | null }
  | { kind: "working" }
  /** There is nothing to go on with: the process was started anew. */
  | { kind: "lost" }
  | { kind: "compared"; problem: string | null }
  | { kind: "attributed"; explanation: ModelExplanation | null; problem: "too long" | null }
  | { kind: "summary"; summary: AttributionSummary | null };

export type ModelExplanation = Explanation & { margin: Margin };
