import type { Explanation } from "../../training/explain/explainer.js";
import type { RawAnswers } from "../answers.js";
import type { Feed } from "../encoder.js";
import type { OutputSpec } from "../model-output.js";

/** What a model's process is asked, one thing at a time. */
export type ToModel = { limitMs: number } & Question;

export type Question =
  | { kind: "load"; onnx: Uint8Array; output: OutputSpec; memoryBytes: number }
  | { kind: "run"; rows: number; feeds: Feed[] }
  | { kind: "explain"; row: Record<string, unknown> };

export type FromModel =
  | { kind: "loaded" }
  /** The runtime's words; the process ends. */
  | { kind: "refused"; problem: string }
  | { kind: "answers"; answers: RawAnswers }
  | { kind: "explanation"; explanation: ModelExplanation | null };

export type ModelExplanation = Explanation & { margin: "log_odds" | "probability" };
