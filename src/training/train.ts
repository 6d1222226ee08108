import { availableParallelism } from "node:os";
import { resolveParams } from "./params.js";
import { spawnWorker } from "./spawn-worker.js";
import { spawnHelpers } from "./threads/spawn-helpers.js";
import { TrainingThreads } from "./training-threads.js";
import type { Algorithm, TrainingData, TrainOptions, TrainProgress, TrainResult } from "./types.js";
import { validateRequest } from "./validate.js";
import { toWorkerInput } from "./worker-messages.js";

export interface TrainHooks {
  onProgress?(progress: TrainProgress): void;
  signal?: AbortSignal;
  /** Threads to train with; by default as many as there are cores, or one for small tables. The model is the same. */
  threads?: number;
}

/** Below so many rows a training takes a second or less, of which starting threads would be a good part: an estimate. */
const MIN_ROWS_FOR_THREADS: Record<Algorithm, number> = {
  GRADIENT_BOOSTING: 20_000,
  RANDOM_FOREST: 2_000,
  LOGISTIC_REGRESSION: 50_000,
};
const MAX_THREADS = 64;

/**
 * Trains in threads of its own; the promise settles after all of them have ended, however they ended. Aborting ends them
 * at once, between two instructions, and rejects with the signal's reason.
 * @throws BadUserInputError for parameters out of range and for tables no model can be fitted on.
 * @throws TrainingThreadLostError when a thread dies.
 */
export async function trainInWorker(
  data: TrainingData,
  options: TrainOptions,
  { onProgress, signal, threads }: TrainHooks = {},
): Promise<TrainResult> {
  signal?.throwIfAborted();
  resolveParams(options.algorithm, options.params);
  validateRequest(data, options);
  const { workers, control, ports } = spawnHelpers(threadsFor(options.algorithm, data.keys.length, threads));
  const workerData = toWorkerInput(data, options, { control, ports });
  const leader = spawnWorker("train", import.meta.url, {
    workerData,
    transferList: ports,
    name: "asof-train",
  });
  const running = new TrainingThreads([leader, ...workers], onProgress, signal);
  const terminate = () => running.terminate();
  signal?.addEventListener("abort", terminate, { once: true });
  try {
    return await running.result();
  } finally {
    signal?.removeEventListener("abort", terminate);
  }
}

function threadsFor(algorithm: Algorithm, rows: number, asked: number | undefined): number {
  if (asked === undefined) {
    return rows < MIN_ROWS_FOR_THREADS[algorithm] ? 1 : Math.min(availableParallelism(), MAX_THREADS);
  }
  if (Number.isInteger(asked) && asked >= 1 && asked <= MAX_THREADS) return asked;
  throw new RangeError(`threads must be an integer from 1 to ${MAX_THREADS}, got ${asked}`);
}
