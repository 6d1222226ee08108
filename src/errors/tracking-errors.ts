import { AsofError, ConflictError } from "./errors.js";

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

export class ExperimentNotFoundError extends AsofError {
  /** @param which its id, or its name in quotes */
  constructor(which: string) {
    super(
      "EXPERIMENT_NOT_FOUND",
      `no experiment is ${which}; query { experiments { nodes { id name } } } lists them`,
    );
  }
}

/** Of models that were logged, registered or not. */
export class LoggedModelNotFoundError extends AsofError {
  constructor(id: string) {
    super("MODEL_NOT_FOUND", `there is no logged model ${JSON.stringify(id.slice(0, 100))}`, { id });
  }
}

/** One name is one experiment's. */
export class ExperimentNameTakenError extends ConflictError {
  constructor(name: string, isDeleted: boolean) {
    const which = `experiment ${JSON.stringify(name)} is there already`;
    super(isDeleted ? `${which}, deleted: restore it, or take another name` : `${which}; take another name`);
  }
}

/** A deleted run or experiment takes nothing until it is restored. */
export class DeletedError extends ConflictError {
  constructor(what: string, details: Record<string, unknown>) {
    super(`${what} is deleted and takes nothing; restore it first`, details);
  }
}

/** What asof keeps by itself is read by clients, and changed by none of them. */
export class ReadOnlyExperimentError extends ConflictError {
  constructor(name: string, why: string) {
    super(`experiment ${JSON.stringify(name)} is not changed: ${why}`);
  }
}

/** A run that ends with its registration comes to one version. */
export class RunHasVersionError extends ConflictError {
  constructor(runId: string, { model, version }: { model: string; version: number }) {
    super(
      `run ${runId} has registered version ${version} of ${JSON.stringify(model)}; another file needs a run of its own`,
      { runId, model, version },
    );
  }
}

/** A model version is judged by what its run measured. */
export class RunSealedError extends ConflictError {
  constructor(
    readonly runId: string,
    version: string,
  ) {
    super(
      `run ${runId} is what ${version} was registered from: its metrics and parameters stay as they are; begin another run`,
      { runId },
    );
  }
}
