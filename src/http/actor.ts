import type { IncomingHttpHeaders } from "node:http";

const actorHeader = "x-asof-actor";
const acceptable = /^[\w.@+-]{1,64}$/;

const acceptedOr = (fallback: string, name: unknown): string =>
  typeof name === "string" && acceptable.test(name) ? name : fallback;

/** Who asks, as the client says; "anonymous" where it says nothing usable. Recorded, not verified. */
export function actorOf(headers: IncomingHttpHeaders): string {
  return acceptedOr("anonymous", headers[actorHeader]);
}

/**
 * Over WebSocket a browser cannot set headers: `connectionParams.actor` comes first, and the header's name
 * is accepted there too because the playground sends its headers as connection parameters.
 */
export function actorOfSocket(
  params: Record<string, unknown> | undefined,
  headers: IncomingHttpHeaders,
): string {
  return acceptedOr(actorOf(headers), params?.actor ?? params?.[actorHeader]);
}
