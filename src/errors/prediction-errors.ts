import { AsofError, EntityError, type NamedEntity } from "./errors.js";

interface Asked {
  model: string;
  version: number;
}

/** Of features that came with the call. */
export class ColdPredictionFailedError extends AsofError {
  constructor({ model, version }: Asked, problem: string) {
    super(
      "PREDICTION_FAILED",
      `version ${version} of ${JSON.stringify(model)} has no answer for the given features: ${problem}; ` +
        "ask another version, and inform the maintainer of this one",
      { model, version },
    );
  }
}

/** Of one entity: the model has no answer, threw, or ended its process. Others are answered all the same. */
export class PredictionFailedError extends EntityError {
  constructor(entity: NamedEntity, key: string, { model, version }: Asked, problem: string) {
    super(
      "PREDICTION_FAILED",
      `version ${version} of ${JSON.stringify(model)} has no answer for ${entity.words} ${JSON.stringify(key)}: ${problem}; ` +
        "ask another version, and inform the maintainer of this one",
      entity,
      key,
      { model, version },
    );
  }
}

/** The model was not asked: too many wait for it, or its process died too often of late. */
export class ModelBusyError extends AsofError {
  constructor({ model, version }: Asked, problem: string, retryAfterSeconds: number | null) {
    super(
      "SERVICE_UNAVAILABLE",
      `version ${version} of ${JSON.stringify(model)} cannot be asked now: ${problem}`,
      {
        model,
        version,
        ...(retryAfterSeconds !== null && { retryAfterSeconds }),
      },
    );
  }
}

/** Of a call that is answered as a whole: a row has no answer, so none is given. */
export class RowUnansweredError extends AsofError {
  constructor(
    /** From 0 on. */
    readonly row: number,
    rows: number,
    readonly failures: number,
    cause: AsofError,
  ) {
    const others = failures > 1 ? `; ${failures - 1} more of ${rows} rows have none either` : "";
    super(
      cause.code,
      `row ${row}: ${cause.message}${others}`,
      { ...cause.details, row, failures },
      { cause },
    );
    this.columns = cause.columns;
  }
}
