import { type Pool, withTransaction } from "../../db/pool.js";
import { BROKEN, DISK_FULL, isBroken, isDiskFull, isTransient } from "../../db/transient.js";
import { AsofError, ConflictError, ERROR_CODES } from "../../errors/errors.js";
import { erasedBeside } from "../../features/erasure/kept-out.js";
import type { RunError } from "../../registry/run.js";
import { type Attempt, RunTracker } from "../../registry/run-tracker.js";

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

const WITHHELD =
  "somebody was erased while the run was under way, and what it failed with may name them, so it is not kept; retryRun does the run again";

/** What a step failed with, as it may be kept: a refusal that names a row outlives the row's erasure otherwise. */
export async function keptFailure(pool: Pool, runId: string, error: unknown): Promise<unknown> {
  if (isTransient(error)) return error;
  return (await withTransaction(pool, (tx) => erasedBeside(tx, runId))) ? new ConflictError(WITHHELD) : error;
}

/** Writes that the attempt failed, and its step. False where it was cancelled, or a later attempt has taken its place. */
export function recordFailure(pool: Pool, attempt: Attempt, failure: RunError): Promise<boolean> {
  return withTransaction(pool, async (tx) => {
    // What is masked names nobody.
    const isWithheld = failure.code !== "INTERNAL_SERVER_ERROR" && (await erasedBeside(tx, attempt.runId));
    const kept: RunError = isWithheld ? { ...failure, code: "CONFLICT", message: WITHHELD } : failure;
    const tracker = new RunTracker(tx);
    if (kept.step) await tracker.stepEnded(attempt, kept.step, "FAILED", kept.message);
    return tracker.fail(attempt, kept);
  });
}
