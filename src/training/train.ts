import type { Worker } from "node:worker_threads";
import { BadUserInputError } from "../errors/errors.js";
import { resolveParams } from "./params.js";
import { spawnWorker } from "./spawn-worker.js";
import type { TrainingData, TrainOptions, TrainProgress, TrainResult } from "./types.js";
import { validateRequest } from "./validate.js";
import { toWorkerInput, type WorkerMessage } from "./worker-messages.js";

export interface TrainHooks {
  onProgress?(progress: TrainProgress): void;
  signal?: AbortSignal;
}

/**
 * Trains in a thread of its own; the promise settles after that thread has ended, however it ended.
 * Aborting ends the thread at once, between two instructions, and rejects with the signal's reason.
 * @throws BadUserInputError for parameters out of range and for tables no model can be fitted on.
 */
export async function trainInWorker(
  data: TrainingData,
  options: TrainOptions,
  { onProgress, signal }: TrainHooks = {},
): Promise<TrainResult> {
  signal?.throwIfAborted();
  resolveParams(options.algorithm, options.params);
  validateRequest(data, options);
  const workerData = toWorkerInput(data, options);
  const worker = spawnWorker("train", import.meta.url, { workerData, name: "asof-train" });
  const terminate = () => void worker.terminate();
  signal?.addEventListener("abort", terminate, { once: true });
  try {
    return await outcome(worker, onProgress, signal);
  } finally {
    signal?.removeEventListener("abort", terminate);
  }
}

function outcome(
  worker: Worker,
  onProgress: TrainHooks["onProgress"],
  signal: AbortSignal | undefined,
): Promise<TrainResult> {
  return new Promise((resolve, reject) => {
    let result: TrainResult | undefined;
    let failure: unknown;
    worker.on("message", (message: WorkerMessage) => {
      if (message.kind === "result") result = message.result;
      else if (message.kind === "refused") failure = new BadUserInputError(message.message, message.details);
      else notify(message.progress);
    });
    worker.on("error", (error) => {
      failure = error;
    });
    worker.on("exit", (code) => {
      if (signal?.aborted) reject(signal.reason);
      else if (result && failure === undefined) resolve(result);
      else reject(failure ?? new Error(`the training thread ended with exit code ${code} and no result`));
    });

    /** An error thrown by the listener would otherwise escape to the process. */
    function notify(progress: TrainProgress): void {
      if (signal?.aborted || failure !== undefined) return;
      try {
        onProgress?.(progress);
      } catch (error) {
        failure = error;
        void worker.terminate();
      }
    }
  });
}
