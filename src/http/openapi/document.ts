import { SESSION_COOKIE } from "../session-cookie.js";
import { failureSchemas } from "./failures.js";
import { isUndocumented, type KnownRoute } from "./known-routes.js";
import { type Operation, operationOf, pathOf } from "./operation.js";
import type { JsonSchema } from "./route-api.js";

/** An OpenAPI 3.1 document, as far as it is used here. */
export interface OpenApiDocument {
  readonly openapi: "3.1.1";
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly description: string;
    readonly license: { readonly name: string; readonly identifier: string };
  };
  readonly servers: readonly { readonly url: string; readonly description: string }[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly securitySchemes: Readonly<Record<string, JsonSchema>>;
    readonly schemas: Readonly<Record<string, JsonSchema>>;
  };
}

export interface DescribedServer {
  /** The deployment's name. */
  readonly deployment: string;
  readonly version: string;
  /** What a reverse proxy serves asof under; empty: the root. */
  readonly basePath: string;
  /** Whether it asks for no authentication. */
  readonly open: boolean;
  readonly rateLimitPerSecond: number;
  readonly requestTimeoutMs: number;
}

const SECURITY_SCHEMES = {
  token: {
    type: "http",
    scheme: "bearer",
    description: "An API token (`asof token create`), or a JWT where the server takes them.",
  },
  password: {
    type: "http",
    scheme: "basic",
    description: "The token as the password, for clients that send nothing else. The user name is not read.",
  },
  session: {
    type: "apiKey",
    in: "cookie",
    name: SESSION_COOKIE,
    description: "What `POST /session` sets, for pages of this server in a browser.",
  },
} as const;

/** The document of the routes: what is registered is in it, unless its registration says why not. */
export function openApiDocument(routes: readonly KnownRoute[], server: DescribedServer): OpenApiDocument {
  const documented = routes.filter(({ api }) => !isUndocumented(api));
  const paths: Record<string, Record<string, Operation>> = {};
  const tags = new Set<string>();
  for (const route of documented) {
    const operation = operationOf(route, server.open);
    const path = pathOf(route.url);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation };
    for (const tag of operation.tags) tags.add(tag);
  }
  return {
    openapi: "3.1.1",
    info: {
      title: `asof: ${server.deployment}`,
      version: server.version,
      description: introduction(server),
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: server.basePath || "/", description: "This server." }],
    tags: [...tags].map((name) => ({ name })),
    paths,
    components: { securitySchemes: SECURITY_SCHEMES, schemas: failureSchemas(documented) },
  };
}

function introduction({ open, rateLimitPerSecond, requestTimeoutMs }: DescribedServer): string {
  return [
    "The REST side of asof. GraphQL, at `/graphql`, can do everything else; `schema.graphql` describes it.",
    open
      ? "This server asks for no authentication: it answers on this machine's own names alone."
      : "Send `authorization: Bearer <token>`. A role includes those before it: viewer, operator, admin.",
    rateLimitPerSecond > 0
      ? `A caller may send ${rateLimitPerSecond} requests a second on average, twice as many at once, to each process.`
      : "",
    requestTimeoutMs > 0
      ? `A request that takes longer than ${requestTimeoutMs / 1000} s is answered REQUEST_TIMEOUT, except where it says otherwise.`
      : "",
    "Every failure has a stable code and a message that says what to do.",
  ]
    .filter((each) => each !== "")
    .join("\n\n");
}
