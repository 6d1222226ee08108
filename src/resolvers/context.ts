import type { Services } from "../services.js";
import { createLoaders, type Loaders } from "./loaders.js";

/** What every resolver gets: one per request, or per operation over WebSocket. */
export interface GraphQLContext {
  services: Services;
  /** Who asks; recorded with runs and promotions. */
  actor: string;
  loaders: Loaders;
}

export function createContext(services: Services, actor: string): GraphQLContext {
  return { services, actor, loaders: createLoaders(services) };
}
