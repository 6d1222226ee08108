import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from "fastify";
import { AsofError } from "../errors/errors.js";
import { ClientGoneError, ServiceBusyError } from "../errors/limit-errors.js";
import { errorStatus, statusOf } from "./error-status.js";
import { logMasked, mask } from "./masking.js";

export interface PublicError {
  status: number;
  code: string;
  message: string;
  details: Record<string, unknown>;
  /** As of `AsofError`. */
  columns?: Readonly<Record<string, string>>;
}

/** What may be said about any error thrown on the way through a route. */
export function toPublicError(error: unknown, log: FastifyBaseLogger): PublicError {
  if (error instanceof AsofError && error.code !== "INTERNAL_SERVER_ERROR") {
    const { code, message, details, columns } = error;
    return { status: statusOf(error), code, message, details, columns };
  }
  const { statusCode, message } = error as { statusCode?: number; message?: string };
  if (isBrokenOff(error)) return toPublicError(new ClientGoneError("while it sent the body"), log);
  if (isFastifyError(error) && statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return {
      status: statusCode,
      code: "BAD_USER_INPUT",
      message: message ?? "the request cannot be read",
      details: {},
    };
  }
  if (isFastifyError(error) && statusCode === 503) {
    return { status: 503, code: "SERVICE_UNAVAILABLE", message: message ?? "shutting down", details: {} };
  }
  logMasked(log, error);
  const masked = mask(error);
  return { status: errorStatus[masked.code], ...masked, details: {} };
}

/** As Node says it of a body whose connection ended before it did. */
function isBrokenOff(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return code === "ECONNRESET" && message === "aborted";
}

/** Body and media-type errors that Fastify itself finds; their messages quote nothing of ours. */
function isFastifyError(error: unknown): boolean {
  return /^FST_ERR_/.test(String((error as { code?: unknown } | null)?.code));
}

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export function restBody({ code, message, details, columns }: Omit<PublicError, "status">) {
  const fields = Object.entries(details).map(([name, value]) => [columns?.[name] ?? snakeCase(name), value]);
  return { error: { code, message, ...Object.fromEntries(fields) } };
}

export function sendRestError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const failure = toPublicError(error, request.log);
  if (error instanceof ServiceBusyError) reply.header("retry-after", error.retryAfterSeconds);
  return reply.code(failure.status).send(restBody(failure));
}

export function sendUnknownRoute(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const message = `no route is ${request.method} ${request.url.slice(0, 200)}; see GET /graphql in a browser`;
  return reply.code(404).send(restBody({ code: "NOT_FOUND", message, details: {} }));
}
