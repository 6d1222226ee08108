import { type AsofError, type ErrorCode, NoProductionModelError } from "../errors/errors.js";
import { SlowClientError } from "../errors/limit-errors.js";

/** The HTTP status of each code; every REST answer's status comes from here. */
export const errorStatus: Readonly<Record<ErrorCode, number>> = {
  BAD_USER_INPUT: 400,
  QUERY_TOO_COMPLEX: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  FEATURES_MISSING: 404,
  MODEL_NOT_FOUND: 404,
  SNAPSHOT_NOT_FOUND: 404,
  SOURCE_NOT_FOUND: 404,
  RUN_NOT_FOUND: 404,
  EXPERIMENT_NOT_FOUND: 404,
  SCHEDULE_NOT_FOUND: 404,
  ALERT_NOT_FOUND: 404,
  ARTIFACT_NOT_FOUND: 404,
  CONFLICT: 409,
  RUN_NOT_CANCELLABLE: 409,
  // Gone on purpose, and for good.
  DROPPED: 410,
  ERASED: 410,
  VALIDATION_FAILED: 422,
  GATE_FAILED: 422,
  PREDICTION_FAILED: 422,
  RATE_LIMITED: 429,
  SOURCE_UNREADABLE: 502,
  // As nginx logs it; nobody is there to receive it.
  CLIENT_CLOSED_REQUEST: 499,
  NO_PRODUCTION_MODEL: 503,
  MODEL_NOT_SERVABLE: 503,
  SERVICE_UNAVAILABLE: 503,
  SERVICE_BUSY: 503,
  REQUEST_TIMEOUT: 504,
  // Of runs alone.
  PROCESS_DIED: 500,
  COMMAND_FAILED: 500,
  INTERNAL_SERVER_ERROR: 500,
};

/** That of its code, except that what a past date lacked will never be there, and that not every delay is the server's. */
export function statusOf(error: AsofError): number {
  if (error instanceof NoProductionModelError && error.asOf !== undefined) return 404;
  return error instanceof SlowClientError ? 408 : errorStatus[error.code];
}
