import type { FastifyInstance, FastifyRequest } from "fastify";
import { personalColumns } from "../definitions/language/personal.js";
import { readsOf, servicesFor } from "../services/masked-services.js";
import type { PersonalReads } from "../services/personal-reads.js";
import type { Services } from "../services/services.js";

declare module "fastify" {
  interface FastifyRequest {
    /** As whoever sends the request has them: without personal values, where these are not for them. Not of public routes. */
    readonly services: Services;
    /** What its caller sees of personal values; null: they see none, or nobody is known by whom they could be seen. */
    readonly reads: PersonalReads | null;
    ownReads: PersonalReads | null | undefined;
  }
}

/** Register it before the routes: what these answer with comes from here. What is personal of it is on record before it is sent. */
export function registerOwnServices(app: FastifyInstance, services: Services): void {
  app.decorateRequest("services", {
    getter(this: FastifyRequest) {
      return servicesFor(services, this.identity, this.reads);
    },
  });
  app.decorateRequest("ownReads", undefined);
  app.decorateRequest("reads", {
    getter(this: FastifyRequest) {
      if (this.ownReads === undefined) this.ownReads = readsOf(services, this.identity);
      return this.ownReads;
    },
  });
  if (!personalColumns(services.definitions).any) return;
  app.addHook("onSend", async (request, _reply, payload) => {
    const { ownReads: reads } = request;
    if (!reads) return payload;
    // Its own failure is sent without.
    request.ownReads = null;
    const { actor, role } = request.identity;
    await reads.store(services.audit, { actor, role, requestId: request.id }, readBy(request));
    return payload;
  });
}

/** The route; of GraphQL the operation by its name, where it has one. */
function readBy({ method, routeOptions, body }: FastifyRequest): string {
  const name = routeOptions.url === "/graphql" && (body as { operationName?: unknown } | null)?.operationName;
  return `${method} ${routeOptions.url}${typeof name === "string" ? ` ${name.slice(0, 100)}` : ""}`;
}

/** For JSON answers: the features of which a caller gets null for what they may not see; nothing where that is none. */
export function maskedNames(
  { masked }: Pick<Services, "masked">,
  names: readonly string[],
): { masked?: string[] } {
  const hidden = masked ? names.filter((name) => masked.hasFeature(name)) : [];
  return hidden.length > 0 ? { masked: hidden } : {};
}
