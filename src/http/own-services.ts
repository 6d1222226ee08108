import type { FastifyInstance, FastifyRequest } from "fastify";
import { servicesFor } from "../services/masked-services.js";
import type { Services } from "../services/services.js";

declare module "fastify" {
  interface FastifyRequest {
    /** As whoever sends the request has them: without personal values, where these are not for them. Not of public routes. */
    readonly services: Services;
  }
}

/** Register it before the routes: what these answer with comes from here. */
export function registerOwnServices(app: FastifyInstance, services: Services): void {
  app.decorateRequest("services", {
    getter(this: FastifyRequest) {
      return servicesFor(services, this.identity);
    },
  });
}

/** For JSON answers: the features of which a caller gets null for what they may not see; nothing where that is none. */
export function maskedNames(
  { masked }: Pick<Services, "masked">,
  names: readonly string[],
): { masked?: string[] } {
  const hidden = masked ? names.filter((name) => masked.hasFeature(name)) : [];
  return hidden.length > 0 ? { masked: hidden } : {};
}
