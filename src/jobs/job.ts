import type { RunKind } from "../registry/run.js";

/** What a job sees of the run it executes. */
export interface JobContext {
  readonly runId: string;
  readonly attempt: number;
  readonly params: Record<string, unknown>;
  /**
   * Runs `work` as a durable step: what it returns is kept, and a run that is continued after a crash gets it
   * back without doing the work again. A crash inside a step repeats the step, so each must be safe to repeat.
   * What it returns must be JSON.
   */
  step<T>(name: string, work: (step: StepContext) => Promise<T>): Promise<T>;
}

export interface StepContext {
  /** Aborted when the run is cancelled or the process stops. */
  readonly signal: AbortSignal;
  /** Tells followers how far the step is (0 to 1); more often than a few times a second is dropped. */
  progress(share: number, message: string, data?: Record<string, unknown>): void;
  log(message: string, data?: Record<string, unknown>): Promise<void>;
}

export interface Job {
  readonly kind: RunKind;
  /** Where it waits for its turn. */
  readonly queue: QueueName;
  /** Its result, kept with the run. */
  execute(context: JobContext): Promise<Record<string, unknown>>;
  /** Called after the run has ended in this process, however it ended. */
  cleanUp?(runId: string): Promise<void>;
}

/** `data`: what writes live tables, one at a time over all processes. `training`, `export`: one per process each. */
export type QueueName = "asof_data" | "asof_training" | "asof_export";

/** The run was cancelled, or continued by a later attempt: this execution must not write any more. */
export class RunSupersededError extends Error {
  constructor(runId: string) {
    super(`run ${runId} was cancelled or is continued elsewhere`);
    this.name = "RunSupersededError";
  }
}
