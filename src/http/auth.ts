import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import {
  askingBy,
  type GivenRole,
  type Identity,
  type Protocol,
  type Role,
  roleCovers,
} from "../auth/identity.js";
import { hasRoleSomewhere, type RouteRule, requireRole, roleFor } from "../auth/rules.js";
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
    /** What the request is permitted by: the caller's role, or theirs for the models that it is about. */
    heldRole: GivenRole;
  }
  interface FastifyInstance {
    rateLimiter: Limiter;
    /** For routes that ask nobody who they are: by the address that they come from. */
    limitByAddress(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  }
  interface FastifyContextConfig {
    /** The least role that the route asks for; HEAD goes by its GET. */
    rule?: RouteRule;
    /**
     * The models that a request is about, each by its name; roles for these hold there. `inBody`: the handler knows them once it has
     * read the body, and calls `requireModelRole`. Absent: it is about none, and the caller's role alone counts.
     */
    models?: ModelsOf | "inBody";
    /** Of which protocol it is; REST unless given. */
    protocol?: Protocol;
    /** The token may come as the password of HTTP's basic scheme, too: all that some clients send. Its user name is not read. */
    basic?: boolean;
  }
}

/** Whatever stands where a name should counts as no model. */
export type ModelsOf = (request: FastifyRequest) => readonly unknown[] | Promise<readonly unknown[]>;

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
  const addresses = new RateLimiter(config.rateLimitPerSecond);
  app.decorate("limitByAddress", async (request: FastifyRequest, reply: FastifyReply) => {
    try {
      addresses.take(request.ip);
    } catch (error) {
      if (error instanceof RateLimitedError) reply.header("retry-after", error.retryAfterSeconds);
      throw error;
    }
  });
  app.decorateRequest("identity", null as unknown as Identity);
  app.decorateRequest("heldRole", "none");
  app.addHook("onRoute", ({ method, url, config }) => {
    if (!config?.rule)
      throw new Error(`${method} ${url} has no rule: say in its config which role it asks for`);
  });
  app.addHook("onRequest", (request, reply, done) => admit(auth, audit, limiter, request, reply, done));
  // No promise where the caller's own role is enough, which is nearly always.
  app.addHook("preValidation", (request, _reply, done) => {
    const { rule, models } = request.routeOptions.config;
    if (typeof models !== "function" || !isRole(rule) || roleCovers(request.heldRole, rule)) return done();
    permitByModels(audit, request, models).then(() => done(), done);
  });
}

async function permitByModels(
  audit: Services["audit"],
  request: FastifyRequest,
  models: ModelsOf,
): Promise<void> {
  try {
    requireModelRole(request, await models(request));
  } catch (error) {
    if (error instanceof ForbiddenError) await recordRefused(audit, request);
    throw error;
  }
}

/**
 * By the caller's roles for the models that a request is about.
 * @throws {ForbiddenError} for one of them it is below what the route asks for
 */
export function requireModelRole(request: FastifyRequest, models: readonly unknown[]): void {
  const { identity, routeOptions } = request;
  const { rule } = routeOptions.config;
  if (!isRole(rule)) return;
  const role = roleFor(identity, models);
  const [model] = models.filter((each) => typeof each === "string");
  const whose = model === undefined ? "" : ` for the model ${JSON.stringify(model.slice(0, 100))}`;
  requireRole({ actor: identity.actor, role }, rule, `${request.method} ${routeOptions.url}${whose}`);
  request.heldRole = role;
}

const isRole = (rule: RouteRule | undefined): rule is Role =>
  rule !== undefined && rule !== "public" && rule !== "field";

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
  const { rule, models, protocol = rule === "field" ? "graphql" : "rest" } = request.routeOptions.config;
  if (rule === undefined || rule === "public" || saysLater(request, rule)) {
    done();
    return;
  }
  const admitted = (known: Identity): void | Promise<void> => {
    const identity = askingBy(known, protocol);
    request.identity = identity;
    request.heldRole = identity.role;
    const taken = identity.kind === "open" ? undefined : limiter.take(identity.id);
    const permit = () => {
      // Which model it is about is in the body, perhaps: that is read first.
      if (rule === "field" || (models && hasRoleSomewhere(identity, rule))) return;
      requireRole(identity, rule, `${request.method} ${request.routeOptions.url}`);
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
export function requireLocalName({ host, headers }: Pick<FastifyRequest, "host" | "headers">): void {
  // A proxy that is trusted says which name it was asked by, and so can a page that reaches this machine.
  if (LOCAL_NAMES.test(host) && LOCAL_NAMES.test(headers.host ?? host)) return;
  throw new AsofError(
    "FORBIDDEN",
    `without tokens asof answers on this machine's own names alone, such as localhost; got ${JSON.stringify(host.slice(0, 100))}; make a token ("asof token create") to be reached by another`,
  );
}
