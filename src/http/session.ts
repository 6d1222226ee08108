import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { audited } from "../audit/audited.js";
import { GIVEN_ROLES } from "../auth/identity.js";
import { BadUserInputError } from "../errors/errors.js";
import type { Services } from "../services/services.js";
import { requireLocalName } from "./auth.js";
import type { RouteApi } from "./openapi/route-api.js";
import { requireSameOrigin, SESSION_COOKIE, sessionCookie } from "./session-cookie.js";

const WAYS = {
  tag: "Session",
  summary: "How people sign in here",
  description: "What the console's first page offers beside a token.",
  answers: {
    200: {
      description: "The provider, if there is one.",
      content: z.object({
        provider: z
          .object({ name: z.string(), url: z.string().meta({ description: "Relative to the console." }) })
          .nullable(),
      }),
    },
  },
  errors: [],
} as const satisfies RouteApi;

/** Browsers keep 4 096 bytes of a cookie, its name and attributes included. */
const MOST_CHARACTERS = 3_800;

const BEGIN = {
  tag: "Session",
  summary: "Begin a session of a browser",
  description: "Sets the token as a cookie that no script can read. For pages of this server alone.",
  body: z
    .object({ token: z.string().meta({ minLength: 1, maxLength: MOST_CHARACTERS }).optional() })
    .nullable(),
  answers: {
    200: {
      description: "Who the token is; on a server without tokens, that it is open.",
      content: z.union([
        z.object({ actor: z.string(), role: z.enum(GIVEN_ROLES) }),
        z.object({ open: z.literal(true) }),
      ]),
    },
  },
  errors: ["UNAUTHENTICATED", "FORBIDDEN", "RATE_LIMITED"],
} as const satisfies RouteApi;

const END = {
  tag: "Session",
  summary: "End the session of a browser",
  description:
    "Takes the cookie away, and ends the session of who signed in at the provider, on every process.",
  answers: { 204: { description: "The cookie is gone." } },
  errors: ["FORBIDDEN", "RATE_LIMITED"],
} as const satisfies RouteApi;

/**
 * A browser's session: the API token in a cookie that no script can read. Images, downloads and WebSockets send it, too,
 * where a page cannot set a header. Whether the token holds is asked at each request, as of a header.
 */
export function registerSession(
  app: FastifyInstance,
  { auth, audit, config, oidc, tokens }: Pick<Services, "auth" | "audit" | "config" | "oidc" | "tokens">,
): void {
  const options = (request: FastifyRequest) =>
    sessionCookie(request, config.basePath, oidc?.config.publicUrl);

  app.get("/session", { config: { rule: "public", api: WAYS } }, async (_request, reply) => {
    reply.header("cache-control", "no-store");
    return { provider: oidc && { name: new URL(oidc.config.issuer).host, url: "session/sign-in" } };
  });

  const { limitByAddress: preHandler } = app;
  app.post("/session", { preHandler, config: { rule: "public", api: BEGIN } }, async (request, reply) => {
    requireSameOrigin(request);
    if (auth.open) {
      requireLocalName(request);
      return { open: true };
    }
    const token = (request.body as { token?: unknown } | null)?.token;
    if (typeof token !== "string" || token === "") {
      throw new BadUserInputError(
        "token: a text was expected, such as asof_…; make one with `asof token create`",
      );
    }
    if (token.length > MOST_CHARACTERS) {
      throw new BadUserInputError(
        `token: it has ${token.length} characters, and a cookie holds ${MOST_CHARACTERS}; send it as a header instead`,
      );
    }
    const { actor, role } = await auth.authenticate(`Bearer ${token}`, "");
    reply.setCookie(SESSION_COOKIE, token, options(request)).header("cache-control", "no-store");
    return { actor, role };
  });

  // Without a cookie nothing is asked of anybody, and nothing ends.
  const limitWithCookie: typeof preHandler = async (request, reply) => {
    if (request.cookies[SESSION_COOKIE] !== undefined) await preHandler(request, reply);
  };
  const ends = { preHandler: limitWithCookie, config: { rule: "public", api: END } } as const;
  app.delete("/session", ends, async (request, reply: FastifyReply) => {
    requireSameOrigin(request);
    const token = request.cookies[SESSION_COOKIE];
    if (token !== undefined) await signOut(request.id, token);
    return reply.clearCookie(SESSION_COOKIE, options(request)).code(204).send();
  });

  /** A session that ended by itself is on record where it began. Of another token there is nothing to end. */
  async function signOut(requestId: string, token: string): Promise<void> {
    const session = auth.open ? null : await tokens.sessionOf(token);
    if (!session) return;
    const { person, name, role } = session;
    const act = { actor: person ?? name, role, requestId, action: "session.end", subject: null, args: null };
    await audited(audit, act, () => tokens.signOut(token), { answer: () => null });
  }
}
