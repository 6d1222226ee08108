import type { FastifyBaseLogger } from "fastify";

/** All a client learns of a failure nobody foresaw. */
export const maskedMessage = "internal error; see the server's log";

export function logMasked(log: FastifyBaseLogger, error: unknown, where: Record<string, unknown> = {}): void {
  log.error({ ...where, err: error }, "a request failed for a reason its client was not told");
}
