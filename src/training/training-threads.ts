import type { Worker } from "node:worker_threads";
import { BadUserInputError } from "../errors/errors.js";
import { TrainingThreadLostError } from "../errors/training-thread-lost.js";
import { endOnceLoaded, isLoaded } from "../threads/loaded.js";
import type { TrainProgress, TrainResult } from "./types.js";
import type { WorkerMessage } from "./worker-messages.js";

/**
 * Watches over the threads of one training. The first leads and ends by itself; the others wait for its tasks until they are
 * ended here. It may be waiting for one of them, so whichever fails, all are ended.
 */
export class TrainingThreads {
  private outcome: TrainResult | undefined;
  private failure: unknown;
  private failed = false;
  private leaderEnded = false;
  private readonly ends: (() => void)[];

  constructor(
    private readonly workers: readonly Worker[],
    private readonly onProgress: ((progress: TrainProgress) => void) | undefined,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.ends = workers.map(endOnceLoaded);
    workers[0]!.on("message", (message: WorkerMessage) => {
      if (!isLoaded(message)) this.hear(message);
    });
  }

  /** Settles after every thread has ended. */
  async result(): Promise<TrainResult> {
    await Promise.all(this.workers.map((worker, thread) => this.ended(worker, thread)));
    if (this.signal?.aborted) throw this.signal.reason;
    if (this.failed) throw this.failure;
    return this.outcome!;
  }

  terminate(): void {
    for (const end of this.ends) end();
  }

  private ended(worker: Worker, thread: number): Promise<void> {
    return new Promise((resolve) => {
      worker.on("error", (error) => this.fail(this.lossOf(thread, error)));
      worker.on("exit", (code) => {
        if (thread === 0) this.leaderEnded = true;
        const early = thread === 0 ? this.outcome === undefined : !this.leaderEnded;
        if (early)
          this.fail(
            new TrainingThreadLostError(thread, this.workers.length, `it ended with exit code ${code}`),
          );
        if (thread === 0) this.terminate();
        resolve();
      });
    });
  }

  /** An error of the code is passed on as it is; running out of memory is not one. */
  private lossOf(thread: number, error: Error & { code?: string }): Error {
    if (error.code !== "ERR_WORKER_OUT_OF_MEMORY") return error;
    return new TrainingThreadLostError(thread, this.workers.length, "it ran out of memory", { cause: error });
  }

  /** The first failure counts; what follows from it does not. */
  private fail(failure: unknown): void {
    if (!this.failed) this.failure = failure;
    this.failed = true;
    this.terminate();
  }

  private hear(message: WorkerMessage): void {
    if (message.kind === "result") this.outcome = message.result;
    else if (message.kind === "refused") this.fail(new BadUserInputError(message.message, message.details));
    else this.notify(message.progress);
  }

  /** An error thrown by the listener would otherwise escape to the process. */
  private notify(progress: TrainProgress): void {
    if (this.signal?.aborted || this.failed) return;
    try {
      this.onProgress?.(progress);
    } catch (error) {
      this.fail(error);
    }
  }
}
