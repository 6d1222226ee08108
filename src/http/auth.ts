import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Identity } from "../auth/identity.js";
import { type RouteRule, requireRole } from "../auth/rules.js";
import { ForbiddenError } from "../errors/auth-errors.js";
import { AsofError } from "../errors/errors.js";
import { RateLimitedError } from "../errors/limit-errors.js";
import type { AuthService, Services } from "../services/services.js";
import { actorOf } from "./actor.js";
import { recordRefused } from "./audit.js";
import { asksForPlayground } from "./playground.js";
import { type Limiter, RateLimiter } from "./rate-limit.js";
import { authorizationOf, bearerOf, requireOwnPage } from "./session-cookie.js";
import { SharedRateLimiter } from "./shared-rate-limit.js";

declare module "fastify" {
  interface FastifyRequest {
    /** Set before any handler of a route that is not public. */
    identity: Identity;
  }
  interface FastifyInstance {
    rateLimiter: Limiter;
  }
  interface FastifyContextConfig {
    /** The least role that the route asks for; HEAD goes by its GET. */
    rule?: RouteRule;
    /** The token may come as the password of HTTP's basic scheme, too: all that some clients send. Its user name is not read. */
    basic?: boolean;
  }
}

/**
 * Asks every request who sends it and whether they may use its route, by the rule that stands with the route.
 * Register it before the routes: one without a rule is refused here, at the start.
 */
export function registerAuth(
  app: FastifyInstance,
  { auth, audit, config, rateBuckets }: Pick<Services, "auth" | "audit" | "config" | "rateBuckets">,
): void {
  const limiter: Limiter = rateBuckets
    ? new SharedRateLimiter(rateBuckets)
    : new RateLimiter(config.rateLimitPerSecond);
  app.decorate("rateLimiter", limiter);
  app.decorateRequest("identity", null as unknown as Identity);
  app.addHook("onRoute", ({ method, url, config }) => {
    if (!config?.rule)
      throw new Error(`${method} ${url} has no rule: say in its config which role it asks for`);
  });
  app.addHook("onRequest", (request, reply, done) => admit(auth, audit, limiter, request, reply, done));
}

type Done = (error?: Error) => void;

function admit(
  auth: AuthService,
  audit: Services["audit"],
  limiter: Limiter,
  request: FastifyRequest,
  reply: FastifyReply,
  done: Done,
): void {
  // An answer is what its type says, and no page of another site may take it in.
  reply.headers({ "x-content-type-options": "nosniff", "cross-origin-resource-policy": "same-origin" });
  const { rule } = request.routeOptions.config;
  if (rule === undefined || rule === "public" || saysLater(request, rule)) {
    done();
    return;
  }
  const admitted = (identity: Identity): void | Promise<void> => {
    request.identity = identity;
    const taken = identity.kind === "open" ? undefined : limiter.take(identity.id);
    const permit = () => {
      if (rule !== "field") requireRole(identity, rule, `${request.method} ${request.routeOptions.url}`);
    };
    return taken ? taken.then(permit) : permit();
  };
  const refused = (error: Error) => {
    if (error instanceof AsofError && error.code === "UNAUTHENTICATED") {
      reply.header("www-authenticate", 'Bearer realm="asof"');
    }
    if (error instanceof RateLimitedError) reply.header("retry-after", error.retryAfterSeconds);
    if (!(error instanceof ForbiddenError)) return done(error);
    recordRefused(audit, request).then(() => done(error), done);
  };
  try {
    if (auth.open) requireLocalName(request);
    else requireOwnPage(request);
    const sent = authorizationOf(request);
    const authorization = request.routeOptions.config.basic ? bearerOf(sent) : sent;
    const identity = auth.authenticate(authorization, actorOf(request.headers));
    const answer = identity instanceof Promise ? identity.then(admitted) : admitted(identity);
    if (answer) {
      answer.then(() => done(), refused);
      return;
    }
  } catch (error) {
    refused(error as Error);
    return;
  }
  done();
}

/** A socket says who it is in connection_init; the playground's page holds nothing of anybody's. */
const saysLater = (request: FastifyRequest, rule: RouteRule): boolean =>
  request.ws || (rule === "field" && request.method === "GET" && asksForPlayground(request));

const LOCAL_NAMES = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

/**
 * An open server answers to this machine's own names alone: a page whose name was bound to 127.0.0.1 (DNS
 * rebinding), or a proxy that lets others in, has another.
 * @throws {AsofError} FORBIDDEN
 */
export function requireLocalName({ host }: Pick<FastifyRequest, "host">): void {
  if (LOCAL_NAMES.test(host)) return;
  throw new AsofError(
    "FORBIDDEN",
    `without tokens asof answers on this machine's own names alone, such as localhost; got ${JSON.stringify(host.slice(0, 100))}; make a token ("asof token create") to be reached by another`,
  );
}
