import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type FastifyBaseLogger, type FastifyReply, type FastifyRequest, LogController } from "fastify";
import { errorStatus } from "./error-status.js";

export const REQUEST_ID_HEADER = "x-request-id";
const acceptable = /^[\w.:@+/=-]{1,128}$/;

/** What the caller, or a proxy before us, calls the request; anything that would not do in a log line is replaced. */
export function requestIdOf({ headers }: Pick<IncomingMessage, "headers">): string {
  const given = headers[REQUEST_ID_HEADER];
  return typeof given === "string" && acceptable.test(given) ? given : randomUUID();
}

type Bindings = Parameters<FastifyBaseLogger["child"]>[0];
type Level = "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";

/** Fastify makes a logger for each request, most of which log nothing but their one line: this one is made when it is used. */
export function lazyChild(parent: FastifyBaseLogger, bindings: Bindings): FastifyBaseLogger {
  return new LazyChild(parent, bindings) as unknown as FastifyBaseLogger;
}

class LazyChild {
  #made: FastifyBaseLogger | undefined;

  constructor(
    private readonly parent: FastifyBaseLogger,
    private readonly bindings: Bindings,
  ) {}

  get level() {
    return this.parent.level;
  }
  child(...given: Parameters<FastifyBaseLogger["child"]>) {
    return this.own().child(...given);
  }
  own(): FastifyBaseLogger {
    this.#made ??= this.parent.child(this.bindings);
    return this.#made;
  }
}
for (const level of ["fatal", "error", "warn", "info", "debug", "trace", "silent"] satisfies Level[]) {
  Object.defineProperty(LazyChild.prototype, level, {
    value(this: LazyChild, ...given: Parameters<FastifyBaseLogger["info"]>) {
      this.own()[level](...given);
    },
  });
}

/** One line per request, when it is answered; Fastify's own would be two. */
export class RequestLog extends LogController {
  override incomingRequest(): void {}

  override requestCompleted(
    error: Error | null | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): void {
    const line = lineOf(request, reply, reply.statusCode);
    const { log } = request.server;
    if (error) log.error({ ...line, err: error }, "request");
    else log.info(line, "request");
  }
}

/** Logs a request whose client disconnected before the answer, which Fastify does not report. */
export function logGone(request: FastifyRequest, reply: FastifyReply): void {
  request.server.log.info(lineOf(request, reply, errorStatus.CLIENT_CLOSED_REQUEST), "request");
}

function lineOf(request: FastifyRequest, reply: FastifyReply, status: number) {
  return {
    reqId: request.id,
    method: request.method,
    url: loggedPath(request),
    // None where the request was refused before anybody asked who it is from.
    actor: request.identity?.actor,
    operation: operationOf(request.body),
    status,
    ms: Math.round(reply.elapsedTime),
  };
}

/**
 * The address without what may be a variable, a token or a user's id: no query, `:userId` instead of the id (elsewhere as the key is called), and of an
 * address that no route has its first part.
 */
export function loggedPath({ url, routeOptions, is404 }: FastifyRequest): string {
  const path = url.split("?", 1)[0]!.slice(0, 500);
  const route = routeOptions.url;
  if (route?.startsWith("/features/")) return route;
  // `*` is the one of preflights.
  if (!is404 && route !== undefined && route !== "*") return path;
  const [, first = "", rest] = path.split("/", 3);
  return `/${first.slice(0, 40)}${rest === undefined ? "" : "/…"}`;
}

const NAMED = /^\s*(?:query|mutation|subscription)\s+([_A-Za-z]\w{0,99})/;

/** The name of a GraphQL operation that has one: no variable or value of it. */
function operationOf(body: unknown): string | undefined {
  const { operationName, query } = (body ?? {}) as Record<string, unknown>;
  if (typeof operationName === "string") return operationName.slice(0, 100);
  return typeof query === "string" ? NAMED.exec(query)?.[1] : undefined;
}
