import type { FastifyInstance, FastifyReply, RouteHandlerMethod } from "fastify";
import { ClientGoneError, RequestTimeoutError } from "../errors/limit-errors.js";
import { RequestScope } from "../observability/request-scope.js";

declare module "fastify" {
  interface FastifyInstance {
    /** Requests and operations over WebSocket that are being answered. */
    underWay: Set<RequestScope>;
  }
  interface FastifyContextConfig {
    /** Its answers take as long as their bytes do. */
    untimed?: boolean;
  }
}

/** Gives every request its scope, its deadline, and its end with its client. Register it before the routes. */
export function registerRequestScopes(app: FastifyInstance, timeoutMs = 0): void {
  app.decorate("underWay", new Set<RequestScope>());
  app.addHook("onRoute", (route) => {
    const { handler } = route;
    const limitMs = route.config?.untimed ? 0 : timeoutMs;
    route.handler = function (request, reply) {
      if (request.ws) return handler.call(this, request, reply);
      const scope = new RequestScope(request.id, `${request.method} ${request.url.slice(0, 200)}`);
      endWithClient(scope, reply);
      return answerIn(scope, app.underWay, limitMs, () => handler.call(this, request, reply));
    } satisfies RouteHandlerMethod;
  });
}

/** What `work` answers within the scope, or the reason for which the scope ended first. */
export function answerIn<T>(
  scope: RequestScope,
  underWay: Set<RequestScope>,
  limitMs: number,
  work: () => T,
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
    scope
      .run(async () => work())
      .then(
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

function endWithClient(scope: RequestScope, { raw }: FastifyReply): void {
  raw.once("close", () => {
    if (!raw.writableFinished && scope.abandonable) scope.end(new ClientGoneError());
  });
}
