import { AsofError } from "../errors/errors.js";
import type { RunError } from "../registry/run.js";

const TRANSIENT = new Set([
  "57P01", // the server was told to shut down
  "57P02",
  "57P03",
  "40001",
  "40P01",
  "53300", // too many connections
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
]);

/** What pg says of a connection that was lost, or could not be had, where it gives no code. */
const LOST =
  /^Connection terminated|connection timeout|^timeout exceeded when trying to connect|is not queryable$|COPY connection is gone/;

/** Failures that are worth another try: the database went away for a moment, or two transactions met. */
export function isTransient(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === "string" && (TRANSIENT.has(code) || code.startsWith("08"))) return true;
  return typeof message === "string" && LOST.test(message);
}

/** What clients see of a failed run; anything unforeseen is masked, its cause is in the log. */
export function publicRunError(error: unknown, step: string | null): RunError {
  const cause = rootCause(error);
  if (cause instanceof AsofError) return { code: cause.code, message: cause.message, step };
  const { name, code, message } = cause as { name?: string; code?: unknown; message?: string };
  // A replayed error has lost its class, not its name.
  if (
    typeof code === "string" &&
    /^[A-Z]+_[A-Z_]+$|^CONFLICT$/.test(code) &&
    name?.endsWith("Error") &&
    message
  ) {
    return { code, message, step };
  }
  return { code: "INTERNAL_SERVER_ERROR", message: "internal error; see the worker's log", step };
}

/** The last failure behind DBOS's "too many retries". */
function rootCause(error: unknown): unknown {
  const { errors } = error as { errors?: unknown[] };
  return Array.isArray(errors) && errors.length > 0 ? errors.at(-1) : error;
}
