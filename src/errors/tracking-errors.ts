import { ConflictError } from "./errors.js";

/** Only a run that is made elsewhere is written by clients. */
export class NotExternalRunError extends ConflictError {
  constructor(
    readonly runId: string,
    readonly kind: string,
  ) {
    super(
      `run ${runId} is a ${kind} run, which asof itself writes; only EXTERNAL runs, made by createRun, take anything from clients`,
      { runId, kind },
    );
  }
}

export class RunEndedError extends ConflictError {
  constructor(
    readonly runId: string,
    readonly status: string,
  ) {
    super(`run ${runId} is ${status} and takes nothing more; createRun begins another`, { runId, status });
  }
}

/** What was logged stays as it was logged. */
export class AlreadyLoggedError extends ConflictError {
  constructor(
    readonly runId: string,
    what: string,
    details: Record<string, unknown>,
  ) {
    super(`run ${runId} ${what}; log it under another name`, { runId, ...details });
  }
}

export class RunInUseError extends ConflictError {
  constructor(
    readonly runId: string,
    why: string,
  ) {
    super(`run ${runId} was not deleted: ${why}`, { runId });
  }
}
