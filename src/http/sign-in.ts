import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { audited } from "../audit/audited.js";
import { type OidcProvider, type SignInAttempt, SignInRefusedError } from "../auth/oidc.js";
import { AsofError } from "../errors/errors.js";
import type { Services } from "../services/services.js";
import type { RouteApi } from "./openapi/route-api.js";
import { SESSION_COOKIE, sessionCookie } from "./session-cookie.js";

/** Holds what a browser keeps while its user is at the provider. */
const ATTEMPT_COOKIE = "asof_sign_in";
const ATTEMPT_SECONDS = 600;

const attemptShape = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  page: z.string(),
});

const BEGIN = {
  tag: "Session",
  summary: "Sign in at the provider",
  description: "A browser is sent to the provider of `OIDC_ISSUER`, and comes back to `/session/callback`.",
  query: z.object({
    page: z.string().optional().meta({ description: "Of the console, to show afterwards." }),
  }),
  answers: { 302: { description: "To the provider; to the console where it cannot be reached." } },
  errors: ["RATE_LIMITED"],
} as const satisfies RouteApi;

const FINISH = {
  tag: "Session",
  summary: "Come back from the provider",
  description: "Sets the session's cookie. A browser is sent here by the provider alone.",
  answers: {
    302: { description: "To the console; where it fails, with the reason as `signIn` in the address." },
  },
  errors: ["RATE_LIMITED"],
} as const satisfies RouteApi;

/** Why somebody is not signed in, as the console's address says it: in words of ours, never of who made the link. */
type Refusal = SignInRefusedError["reason"] | "expired" | "unavailable";

/** People sign in at the provider that the configuration names. Without one these addresses are none. */
export function registerSignIn(
  app: FastifyInstance,
  { config, oidc, tokens, audit }: Pick<Services, "config" | "oidc" | "tokens" | "audit">,
): void {
  if (!oidc) return;
  const attempts = (request: FastifyRequest) =>
    ({
      ...sessionCookie(request, config.basePath, oidc.config.publicUrl),
      path: `${config.basePath}/session`,
      // The provider's page leads back here: a strict cookie would stay behind.
      sameSite: "lax",
    }) as const;
  const toConsole = (reply: FastifyReply, page: string) =>
    reply.header("cache-control", "no-store").redirect(`${oidc.config.publicUrl}${page}`);
  const refused = (request: FastifyRequest, reply: FastifyReply, error: unknown) => {
    const reason = reasonOf(error);
    if (reason === null) throw error;
    request.log.warn({ err: error }, `nobody is signed in: ${(error as Error).message}`);
    return toConsole(reply, `/?signIn=${reason}`);
  };

  // Each asks the provider something, whoever comes; only who began can finish.
  const { limitByAddress: preHandler } = app;
  const limitWithAttempt: typeof preHandler = async (request, reply) => {
    if (readAttempt(request.cookies[ATTEMPT_COOKIE])) await preHandler(request, reply);
  };
  app.get(
    "/session/sign-in",
    { preHandler, config: { rule: "public", api: BEGIN } },
    async (request, reply) => {
      try {
        const { url, attempt } = await oidc.begin();
        const kept = JSON.stringify({ ...attempt, page: ownPage(request.query, oidc.config.publicUrl) });
        reply.setCookie(ATTEMPT_COOKIE, kept, { ...attempts(request), maxAge: ATTEMPT_SECONDS });
        return reply.header("cache-control", "no-store").redirect(url);
      } catch (error) {
        return refused(request, reply, error);
      }
    },
  );

  app.get(
    "/session/callback",
    { preHandler: limitWithAttempt, config: { rule: "public", api: FINISH } },
    async (request, reply) => {
      const kept = readAttempt(request.cookies[ATTEMPT_COOKIE]);
      // It is good for one try, whatever comes of it.
      reply.clearCookie(ATTEMPT_COOKIE, attempts(request));
      if (!kept) return toConsole(reply, "/?signIn=expired" satisfies `/?signIn=${Refusal}`);
      try {
        const token = await signIn(oidc, { tokens, audit }, request, kept);
        reply.setCookie(
          SESSION_COOKIE,
          token,
          sessionCookie(request, config.basePath, oidc.config.publicUrl),
        );
        return toConsole(reply, kept.page);
      } catch (error) {
        return refused(request, reply, error);
      }
    },
  );
}

async function signIn(
  oidc: Pick<OidcProvider, "config" | "finish">,
  { tokens, audit }: Pick<Services, "tokens" | "audit">,
  request: FastifyRequest,
  attempt: SignInAttempt,
): Promise<string> {
  const query = request.raw.url!.split("?")[1] ?? "";
  const person = await oidc.finish(query, attempt);
  const { name: actor, role, modelRoles, seesPersonal } = person;
  const act = {
    ...{ actor, role, requestId: request.id, action: "session.begin", subject: null },
    args: { role, modelRoles, seesPersonal, hours: oidc.config.sessionHours },
  };
  return audited(audit, act, () => tokens.signIn(person, oidc.config.sessionHours), { answer: () => null });
}

function reasonOf(error: unknown): Refusal | null {
  if (error instanceof SignInRefusedError) return error.reason;
  return error instanceof AsofError && error.code === "SERVICE_UNAVAILABLE" ? "unavailable" : null;
}

/** The page that was asked for, if it is one of this server; else the first. */
function ownPage(query: unknown, publicUrl: string): string {
  const page = (query as { page?: unknown }).page;
  if (typeof page !== "string" || !/^\/(?![/\\])/.test(page) || !URL.canParse(publicUrl + page)) return "/";
  const url = new URL(publicUrl + page);
  return url.href.startsWith(`${publicUrl}/`) && url.href.length < 2_000
    ? url.href.slice(publicUrl.length)
    : "/";
}

function readAttempt(cookie: string | undefined): z.infer<typeof attemptShape> | null {
  try {
    return attemptShape.parse(JSON.parse(cookie ?? ""));
  } catch {
    return null;
  }
}
