import { spawnWorker } from "../threads/spawn-worker.js";
import { isBuiltIn } from "./learners/registry.js";
import type { Labels } from "./tasks/labels.js";
import { threadsFor } from "./threads/how-many.js";
import { spawnHelpers } from "./threads/spawn-helpers.js";
import { TrainingThreads } from "./training-threads.js";
import type { TrainingData, TrainOptions, TrainProgress, TrainResult } from "./types.js";
import { validateRequest } from "./validate.js";
import { toJoinedKeys, type WorkerInput } from "./worker-messages.js";

export interface TrainHooks {
  onProgress?(progress: TrainProgress): void;
  signal?: AbortSignal;
  /** Threads to train with; by default as many as there are cores, or one for small tables. The model is the same. */
  threads?: number;
}

/**
 * Trains in threads of its own; the promise settles after all of them have ended, however they ended. Aborting ends them
 * at once, between two instructions, and rejects with the signal's reason.
 * @throws BadUserInputError for parameters out of range and for tables no model can be fitted on.
 * @throws TrainingThreadLostError when a thread dies.
 */
export async function trainInWorker(
  data: TrainingData<Labels>,
  options: TrainOptions,
  { onProgress, signal, threads }: TrainHooks = {},
): Promise<TrainResult> {
  signal?.throwIfAborted();
  validateRequest(data, options);
  const fromOutside = !isBuiltIn(options.algorithm);
  const count = threadsFor(options.algorithm, data.keys.length, threads);
  const { workers, control, ports } = spawnHelpers(count, fromOutside);
  const workerData: WorkerInput = {
    data: toJoinedKeys(data),
    options,
    team: { control, ports },
    fromOutside,
  };
  const leader = spawnWorker("training/train.worker", {
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
