import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

declare module "fastify" {
  interface FastifyInstance {
    /** Whether pages of the origin may call, by CORS_ORIGINS. */
    allowsOrigin(origin: unknown): boolean;
  }
}

export interface Cors {
  /** Such as `https://app.example`; `*`: any. */
  origins: readonly string[];
  /** Whether a browser may send what it keeps for us, such as a proxy's cookie. */
  credentials: boolean;
}

const METHODS = "GET, HEAD, POST";
const HEADERS =
  "authorization, content-type, x-request-id, x-asof-actor, x-asof-sha256, apollo-require-preflight, range, if-range, if-none-match, traceparent, tracestate";
const EXPOSED = "x-request-id, retry-after, etag, content-range, content-disposition, www-authenticate";
/** Chromium keeps an answer for no longer than two hours. */
const MAX_AGE_SECONDS = "7200";

/** Lets pages of other origins call, where CORS_ORIGINS names them. Register it before whatever refuses a request. */
export function registerCors(app: FastifyInstance, { origins, credentials }: Cors): void {
  const any = origins.includes("*");
  const listed = new Set(origins);
  const allows = (origin: unknown) => typeof origin === "string" && (any || listed.has(origin));
  app.decorate("allowsOrigin", allows);
  if (origins.length === 0) return;
  app.addHook("onRequest", (request, reply, done) => {
    const { origin } = request.headers;
    // The same address is answered differently: a cache must not give one's answer to another.
    if (!any) reply.header("vary", "origin");
    if (!allows(origin)) return done();
    reply.header("access-control-allow-origin", any ? "*" : origin);
    if (credentials) reply.header("access-control-allow-credentials", "true");
    if (isPreflight(request)) return answerPreflight(reply);
    reply.header("access-control-expose-headers", EXPOSED);
    done();
  });
}

const isPreflight = ({ method, headers }: FastifyRequest): boolean =>
  method === "OPTIONS" && headers["access-control-request-method"] !== undefined;

function answerPreflight(reply: FastifyReply): void {
  reply
    .headers({
      "access-control-allow-methods": METHODS,
      "access-control-allow-headers": HEADERS,
      "access-control-max-age": MAX_AGE_SECONDS,
    })
    .code(204)
    .send();
}
