import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type FastifyReply, type FastifyRequest, LogController } from "fastify";

export const REQUEST_ID_HEADER = "x-request-id";
const acceptable = /^[\w.:@+/=-]{1,128}$/;

/** What the caller, or a proxy before us, calls the request; anything that would not do in a log line is replaced. */
export function requestIdOf({ headers }: Pick<IncomingMessage, "headers">): string {
  const given = headers[REQUEST_ID_HEADER];
  return typeof given === "string" && acceptable.test(given) ? given : randomUUID();
}

/** One line per request, when it is answered; Fastify's own would be two. */
export class RequestLog extends LogController {
  override incomingRequest(): void {}

  override requestCompleted(
    error: Error | null | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): void {
    const { method, url } = request;
    const line = {
      method,
      url: url.slice(0, 500),
      // None where the request was refused before anybody asked who it is from.
      actor: request.identity?.actor,
      operation: operationOf(request.body),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    };
    if (error) request.log.error({ ...line, err: error }, "request");
    else request.log.info(line, "request");
  }
}

const NAMED = /^\s*(?:query|mutation|subscription)\s+([_A-Za-z]\w{0,99})/;

/** The name of a GraphQL operation that has one: no variable or value of it. */
function operationOf(body: unknown): string | undefined {
  const { operationName, query } = (body ?? {}) as Record<string, unknown>;
  if (typeof operationName === "string") return operationName.slice(0, 100);
  return typeof query === "string" ? NAMED.exec(query)?.[1] : undefined;
}
