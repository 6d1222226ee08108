import { AsofError } from "./errors.js";

/** A run whose step took one process after the other with it. */
export class ProcessDiedError extends AsofError {
  constructor(
    readonly runId: string,
    readonly step: string,
    readonly deaths: number,
  ) {
    super(
      "PROCESS_DIED",
      `${deaths} processes died while they executed step ${step} of run ${runId}, and it was given up; ` +
        "the logs of their ends say of what (out of memory, killed, crashed); fix the cause, then retryRun",
      { runId, step, deaths },
    );
  }
}
