import type { FastifyInstance } from "fastify";
import type { RouteRule } from "../../auth/rules.js";
import type { RouteApi, Undocumented } from "./route-api.js";

declare module "fastify" {
  interface FastifyInstance {
    /** Every route that was registered, in the order of registration. */
    knownRoutes: KnownRoute[];
  }
}

/** A route as it was registered. */
export interface KnownRoute {
  readonly method: string;
  /** As Fastify writes it: `/features/:userId`. */
  readonly url: string;
  readonly rule: RouteRule;
  /** Whether roles for single models hold there. */
  readonly ofModels: boolean;
  readonly basic: boolean;
  /** Whether its answer may take as long as its bytes do. */
  readonly untimed: boolean;
  readonly bodyLimit: number;
  readonly api: RouteApi | Undocumented | null;
}

const HEAD: Undocumented = { undocumented: "HTTP gives each GET its HEAD" };
const NO_METHOD: Undocumented = { undocumented: "OpenAPI has no such method" };
const METHODS = ["GET", "PUT", "POST", "DELETE", "PATCH", "TRACE"];
const PREFLIGHT: Undocumented = { undocumented: "a preflight of a browser" };

/** Remembers what is registered from now on. Register it before the routes, and after CORS, whose preflights have no route. */
export function registerKnownRoutes(app: FastifyInstance, bodyLimit: number): void {
  app.decorate("knownRoutes", []);
  app.addHook("onRoute", ({ method, url, config, ...route }) => {
    for (const each of [method].flat()) {
      const { rule = "public", models, basic = false, untimed = false, api = null } = config ?? {};
      const beside =
        each === "HEAD" ? HEAD : each === "OPTIONS" ? PREFLIGHT : METHODS.includes(each) ? null : NO_METHOD;
      app.knownRoutes.push({
        method: each,
        url,
        rule,
        ofModels: models !== undefined,
        basic,
        untimed,
        bodyLimit: route.bodyLimit ?? bodyLimit,
        api: beside ?? api,
      });
    }
  });
}

export const isUndocumented = (api: KnownRoute["api"]): api is Undocumented =>
  api !== null && "undocumented" in api;
