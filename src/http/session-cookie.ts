import type { FastifyRequest } from "fastify";
import { AsofError } from "../errors/errors.js";

/** Holds the API token of a browser's session. */
export const SESSION_COOKIE = "asof_session";

/** What says who sends a request: the header, or the session's cookie in its place. */
export function authorizationOf(request: Pick<FastifyRequest, "headers" | "cookies">): string | undefined {
  const { headers, cookies } = request;
  if (headers.authorization !== undefined) return headers.authorization;
  const token = cookies?.[SESSION_COOKIE];
  return token === undefined ? undefined : `Bearer ${token}`;
}

/** Sent to pages of this server alone, and readable by none. */
export const sessionCookie = (request: FastifyRequest, basePath: string, publicUrl = "") =>
  ({
    path: basePath || "/",
    httpOnly: true,
    sameSite: "strict",
    // Behind a proxy that ends TLS it is https that the browser sees.
    secure:
      publicUrl.startsWith("https:") ||
      String(request.headers["x-forwarded-proto"] ?? request.protocol)
        .split(",")[0]!
        .trim() === "https",
  }) as const;

/** The password of HTTP's basic scheme as a bearer token; anything else as it is. */
export function bearerOf(authorization: string | undefined): string | undefined {
  const basic = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(authorization ?? "")?.[1];
  if (basic === undefined) return authorization;
  const [, password = ""] = /^[^:]*:(.*)$/s.exec(Buffer.from(basic, "base64").toString()) ?? [];
  return `Bearer ${password}`;
}

/**
 * A browser sends the cookie by itself. SameSite=Strict keeps pages of other sites from using it; pages of the same site
 * on another port are kept out here.
 * @throws {AsofError} FORBIDDEN
 */
export function requireOwnPage(request: FastifyRequest): void {
  if (request.headers.authorization === undefined && request.cookies?.[SESSION_COOKIE] !== undefined)
    requireSameOrigin(request);
}

/** @throws {AsofError} FORBIDDEN: a page of another origin sends it */
export function requireSameOrigin({ headers, host }: FastifyRequest): void {
  const { origin } = headers;
  const site = headers["sec-fetch-site"];
  const own = origin === undefined || origin === `http://${host}` || origin === `https://${host}`;
  if (own && (site === undefined || site === "same-origin" || site === "none")) return;
  throw new AsofError(
    "FORBIDDEN",
    `a page of ${JSON.stringify(origin ?? "another site")} may not use the session of ${host}`,
  );
}
