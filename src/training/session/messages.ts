import type { TrainOptions } from "../types.js";
import type { WorkerMessage } from "../worker-messages.js";
import type { PartedTable } from "./parted-table.js";

/** First what is to come, then the arrays piece by piece, in the order of their places. */
export type ToSession =
  | { kind: "table"; table: PartedTable; options: TrainOptions; fromOutside: boolean }
  | { kind: "piece"; array: number; at: number; bytes: Uint8Array }
  | { kind: "train" };

export type FromSession =
  | WorkerMessage
  | { kind: "lost"; thread: number; threads: number; reason: string }
  | { kind: "failed"; error: Partial<Record<"name" | "message" | "stack" | "code", string>> };
