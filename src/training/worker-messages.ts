import type { TrainingData, TrainOptions, TrainProgress, TrainResult } from "./types.js";

/** Keys travel as one string: a million small strings take far longer to clone. PostgreSQL text holds no NUL. */
const KEY_SEPARATOR = "\0";

export interface WorkerInput {
  data: Omit<TrainingData, "keys"> & { joinedKeys: string };
  options: TrainOptions;
}

export type WorkerMessage =
  | { kind: "progress"; progress: TrainProgress }
  | { kind: "result"; result: TrainResult }
  | { kind: "refused"; message: string; details: Record<string, unknown> };

export function toWorkerInput({ keys, ...rest }: TrainingData, options: TrainOptions): WorkerInput {
  return { data: { ...rest, joinedKeys: keys.join(KEY_SEPARATOR) }, options };
}

export function fromWorkerInput({ data: { joinedKeys, ...rest }, options }: WorkerInput): {
  data: TrainingData;
  options: TrainOptions;
} {
  const keys = rest.labels.length === 0 ? [] : joinedKeys.split(KEY_SEPARATOR);
  return { data: { ...rest, keys }, options };
}
