import type { FastifyReply, FastifyRequest } from "fastify";
import { type PublicError, toPublicError } from "../../http/rest-error.js";

/** What is wrong with a request of these protocols, with a status that no code of asof's has. */
export class InferenceError extends Error {
  constructor(
    readonly status: 400 | 404 | 413 | 415,
    message: string,
  ) {
    super(message);
  }
}

/** What may be said of any failure. A pause that helps is said in the header, too. */
export function readFailure(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Pick<PublicError, "status" | "code" | "message"> {
  if (error instanceof InferenceError)
    return { status: error.status, code: "BAD_USER_INPUT", message: error.message };
  const failure = toPublicError(error, request.log);
  const { retryAfterSeconds } = failure.details;
  if (typeof retryAfterSeconds === "number") reply.header("retry-after", retryAfterSeconds);
  return failure;
}

/** As the Open Inference Protocol has it: {"error": "…"}. */
export function sendInferenceError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { status, message } = readFailure(error, request, reply);
  return reply
    .code(status)
    .type("application/json")
    .send(JSON.stringify({ error: message }));
}
