import type { FastifyBaseLogger } from "fastify";
import { BROKEN, DISK_FULL, isBroken, isDiskFull, isTransient } from "../db/transient.js";
import type { ErrorCode } from "../errors/errors.js";

/** The only message a client gets about an unexpected failure. */
export const maskedMessage = "internal error; see the server's log";

/** Separate from failures that the client is informed of: an outage must not bury those that only the log explains. */
export function logMasked(log: FastifyBaseLogger, error: unknown, where: Record<string, unknown> = {}): void {
  const { code } = mask(error);
  if (code === "INTERNAL_SERVER_ERROR")
    log.error({ ...where, err: error }, "a request failed for a reason its client was not told");
  else log.warn({ ...where, code, err: error }, "a request failed: the database is away, full or too slow");
}

/** SQLSTATE query_canceled. */
const CANCELED = "57014";

/** A lost database is worth saying: the same request may well succeed in a moment. */
export function mask(error: unknown): { code: ErrorCode; message: string } {
  if (isDiskFull(error)) return { code: "SERVICE_UNAVAILABLE", message: `${DISK_FULL}, then try again` };
  if (isBroken(error)) return { code: "SERVICE_UNAVAILABLE", message: BROKEN };
  if ((error as { code?: unknown } | null)?.code === CANCELED) {
    return {
      code: "REQUEST_TIMEOUT",
      message:
        "a statement of the request took longer than REQUEST_TIMEOUT_MS and was cancelled; ask for less at once",
    };
  }
  return isTransient(error)
    ? { code: "SERVICE_UNAVAILABLE", message: "the database is away for a moment; try again" }
    : { code: "INTERNAL_SERVER_ERROR", message: maskedMessage };
}
