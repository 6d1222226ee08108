import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from "fastify";
import { ClientGoneError, RequestTimeoutError } from "../errors/limit-errors.js";
import { detached, RequestScope } from "../observability/request-scope.js";
import { parseTraceparent, startSpan } from "../observability/tracing.js";
import { logGone, loggedPath } from "./request-log.js";

declare module "fastify" {
  interface FastifyInstance {
    /** Requests and operations over WebSocket that are being answered. */
    underWay: Set<RequestScope>;
  }
  interface FastifyRequest {
    /** From when it is handled; null where it is not read yet, or over WebSocket. */
    scope: RequestScope | null;
  }
  interface FastifyContextConfig {
    /** Its answers take as long as their bytes do. */
    untimed?: boolean;
    /** Its handler enters its scope itself, where it asks for something that is to end with the request. */
    detached?: boolean;
  }
}

/** Gives every request its scope, its deadline, and its end with its client. Register it before the routes. */
export function registerRequestScopes(app: FastifyInstance, timeoutMs: number): void {
  app.decorate("underWay", new Set<RequestScope>());
  app.decorateRequest("scope", null);
  app.addHook("onRequest", (request, reply, done) => {
    endWithClient(request, reply);
    done();
  });
  app.addHook("onRoute", (route) => {
    const { handler } = route;
    const limitMs = route.config?.untimed ? 0 : timeoutMs;
    const answer = route.config?.detached ? answerBeside : answerIn;
    route.handler = function (request, reply) {
      if (request.ws) return handler.call(this, request, reply);
      const scope = new RequestScope(request.id, `${request.method} ${loggedPath(request)}`);
      request.scope = scope;
      scope.caller = request.identity?.id ?? "";
      const traceparent = parseTraceparent(request.headers.traceparent);
      const work = () => handler.call(this, request, reply);
      const span = startSpan(`${request.method} ${route.url}`, spanOf(request, route.url), traceparent);
      scope.traceparent = span?.traceparent ?? traceparent;
      if (!span) return answer(scope, app.underWay, limitMs, work);
      reply.raw.once("close", () => {
        const { statusCode } = reply;
        span.end(
          { "http.response.status_code": statusCode },
          statusCode >= 500 ? { code: statusCode } : undefined,
        );
      });
      return answer(scope, app.underWay, limitMs, () => span.run(work));
    } satisfies RouteHandlerMethod;
  });
}

/** The route as declared: an address may hold a user's id. */
const spanOf = (request: FastifyRequest, route: string) => ({
  "http.request.method": request.method,
  "http.route": route,
  "asof.request_id": request.id,
});

type Answer = <T>(
  scope: RequestScope,
  underWay: Set<RequestScope>,
  limitMs: number,
  work: () => T,
) => Promise<Awaited<T>>;

/** What `work` answers within the scope, or the reason for which the scope ended first. */
export const answerIn: Answer = (scope, underWay, limitMs, work) =>
  answerOf(scope, underWay, limitMs, () => scope.run(async () => work()));

/** The same, but `work` knows of no request. */
const answerBeside: Answer = (scope, underWay, limitMs, work) =>
  answerOf(scope, underWay, limitMs, async () => detached(work));

function answerOf<T>(
  scope: RequestScope,
  underWay: Set<RequestScope>,
  limitMs: number,
  answering: () => Promise<T>,
): Promise<Awaited<T>> {
  return new Promise((resolve, reject) => {
    underWay.add(scope);
    const timer = limitMs > 0 && setTimeout(() => scope.end(new RequestTimeoutError(limitMs)), limitMs);
    const finished = () => {
      underWay.delete(scope);
      if (timer) clearTimeout(timer);
    };
    scope.onEnd(reject);
    // What it says after its end, be it an answer or a failure, is dropped.
    answering().then(
      (answer) => {
        finished();
        resolve(answer as Awaited<T>);
      },
      (error) => {
        finished();
        reject(error);
      },
    );
  });
}

function endWithClient(request: FastifyRequest, reply: FastifyReply): void {
  const { raw } = reply;
  raw.once("close", () => {
    if (raw.writableEnded || request.ws) return;
    logGone(request, reply);
    // Of what is being sent the rest ends with its stream; a failure could not be sent any more.
    if (request.scope?.abandonable && !raw.headersSent) request.scope.end(new ClientGoneError());
  });
}
