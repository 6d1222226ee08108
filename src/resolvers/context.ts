import type { Identity } from "../auth/identity.js";
import { type EntityNames, entityNames } from "../definitions/language/entity-names.js";
import type { Services } from "../services/services.js";
import { createLoaders, type Loaders } from "./loaders.js";

/** What every resolver gets: one per request, or per operation over WebSocket. */
export interface GraphQLContext {
  services: Services;
  /** Who asks; recorded with runs and promotions. */
  actor: string;
  identity: Identity;
  loaders: Loaders;
  /** What clients call the deployment's entity and its key. */
  names: EntityNames;
}

export function createContext(services: Services, identity: Identity): GraphQLContext {
  const names = entityNames(services.definitions.entity);
  return { services, actor: identity.actor, identity, loaders: createLoaders(services), names };
}
