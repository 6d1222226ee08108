import cors from "@fastify/cors";
import type { FastifyInstance } from "fastify";

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

const HEADERS =
  "authorization, content-type, content-encoding, x-request-id, x-asof-actor, x-asof-sha256, apollo-require-preflight, inference-header-content-length, range, if-range, if-none-match, traceparent, tracestate";
const EXPOSED =
  "x-request-id, retry-after, etag, content-range, content-disposition, inference-header-content-length, www-authenticate";
/** Chromium keeps an answer for no longer than two hours. */
const MAX_AGE_SECONDS = 7200;

/** Lets pages of other origins call, where CORS_ORIGINS names them. Register it before whatever refuses a request. */
export async function registerCors(app: FastifyInstance, { origins, credentials }: Cors): Promise<void> {
  const any = origins.includes("*");
  const listed = new Set(origins);
  const allows = (origin: unknown) => typeof origin === "string" && (any || listed.has(origin));
  app.decorate("allowsOrigin", allows);
  if (origins.length === 0) return;
  app.addHook("onRoute", (route) => {
    // The plugin's own, for preflights: browsers send no token with them.
    if (route.method === "OPTIONS") route.config = { ...route.config, rule: "public" };
  });
  // The same address is answered differently: a cache must not give one's answer to another. The plugin keeps it.
  if (!any)
    app.addHook("onRequest", (_request, reply, done) => {
      reply.header("vary", "origin");
      done();
    });
  await app.register(cors, {
    // Another page gets no header at all, and its preflight no answer.
    origin: any ? "*" : (origin, decide) => decide(null, allows(origin) ? origin! : false),
    credentials,
    methods: "GET, HEAD, POST",
    allowedHeaders: HEADERS,
    exposedHeaders: EXPOSED,
    maxAge: MAX_AGE_SECONDS,
    // Any OPTIONS of a listed page is answered like a preflight, not by an error that is none of ours.
    strictPreflight: false,
  });
}
