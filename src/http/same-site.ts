import type { FastifyInstance, FastifyRequest } from "fastify";
import { AsofError } from "../errors/errors.js";

/**
 * A page of another site can send a body of any type here without being asked first, unlike JSON to the other routes.
 * @param what is not taken from such pages, in the plural
 * @throws {AsofError} FORBIDDEN
 */
export function requireSameSite(
  app: Pick<FastifyInstance, "allowsOrigin">,
  { headers }: Pick<FastifyRequest, "headers">,
  what: string,
): void {
  const site = headers["sec-fetch-site"];
  if (site === undefined || site === "same-origin" || site === "none") return;
  if (app.allowsOrigin(headers.origin)) return;
  throw new AsofError("FORBIDDEN", `${what} are not taken from pages of other sites`);
}
