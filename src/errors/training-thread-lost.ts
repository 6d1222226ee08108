import { AsofError } from "./errors.js";

/** A thread of a training ended before its work was done: out of memory, or ended from outside. */
export class TrainingThreadLostError extends AsofError {
  constructor(
    readonly thread: number,
    readonly threads: number,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(
      "SERVICE_UNAVAILABLE",
      `training thread ${thread + 1} of ${threads} was lost: ${reason}; the run can be retried, ` +
        "with more memory if that is what it lacked",
      { thread, threads, reason },
      options,
    );
  }
}
