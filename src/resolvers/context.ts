import type { Identity } from "../auth/identity.js";
import type { Services } from "../services.js";
import { createLoaders, type Loaders } from "./loaders.js";

/** What every resolver gets: one per request, or per operation over WebSocket. */
export interface GraphQLContext {
  services: Services;
  /** Who asks; recorded with runs and promotions. */
  actor: string;
  identity: Identity;
  loaders: Loaders;
}

export function createContext(services: Services, identity: Identity): GraphQLContext {
  return { services, actor: identity.actor, identity, loaders: createLoaders(services) };
}
