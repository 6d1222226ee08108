import type { Identity } from "../auth/identity.js";
import { defaultEntityOf } from "../definitions/language/entities.js";
import { type EntityNames, entityNames } from "../definitions/language/entity-names.js";
import { servicesFor } from "../services/masked-services.js";
import type { PersonalReads } from "../services/personal-reads.js";
import type { Services } from "../services/services.js";
import { createLoaders, type Loaders } from "./loaders.js";

/** What every resolver gets: one per request, or per operation over WebSocket. */
export interface GraphQLContext {
  /** As whoever asks has them: without personal values, where these are not for them. */
  services: Services;
  /** Who asks; recorded with runs and promotions. */
  actor: string;
  identity: Identity;
  loaders: Loaders;
  /** What clients call the deployment's entity and its key. */
  names: EntityNames;
}

/** @param reads where it is kept what they see of personal values; null: nowhere */
export function createContext(
  all: Services,
  identity: Identity,
  reads: PersonalReads | null = null,
): GraphQLContext {
  const services = servicesFor(all, identity, reads);
  const names = entityNames(defaultEntityOf(services.definitions));
  return { services, actor: identity.actor, identity, loaders: createLoaders(services), names };
}
