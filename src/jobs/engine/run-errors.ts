import { BROKEN, DISK_FULL, isBroken, isDiskFull, isTransient } from "../../db/transient.js";
import { AsofError, ERROR_CODES } from "../../errors/errors.js";
import type { RunError } from "../../registry/run.js";

/** What clients see of a failed run; anything unforeseen is masked, its cause is in the log. */
export function publicRunError(error: unknown, step: string | null): RunError {
  const cause = rootCause(error);
  if (cause instanceof AsofError) return { code: cause.code, message: cause.message, step };
  if (isDiskFull(cause)) {
    return { code: "SERVICE_UNAVAILABLE", message: `${DISK_FULL}, then retryRun does the run again`, step };
  }
  if (isBroken(cause)) return { code: "SERVICE_UNAVAILABLE", message: BROKEN, step };
  if (isTransient(cause)) {
    const message = "the database was away for too long; retryRun does the run again";
    return { code: "SERVICE_UNAVAILABLE", message, step };
  }
  const { name, code, message } = cause as { name?: string; code?: unknown; message?: string };
  // A replayed error has lost its class, not its name.
  const known = ERROR_CODES.find((candidate) => candidate === code);
  if (known && name?.endsWith("Error") && message) return { code: known, message, step };
  return { code: "INTERNAL_SERVER_ERROR", message: "internal error; see the worker's log", step };
}

/** The last failure behind DBOS's "too many retries". */
function rootCause(error: unknown): unknown {
  const { errors } = error as { errors?: unknown[] };
  return Array.isArray(errors) && errors.length > 0 ? errors.at(-1) : error;
}
