import { z } from "zod";
import type { Role } from "../../auth/identity.js";
import { failureSchema, failuresByStatus } from "./failures.js";
import { jsonSchemaOf } from "./json-schema.js";
import { isUndocumented, type KnownRoute } from "./known-routes.js";
import type { AnswerApi, ContentShape, JsonSchema, RouteApi } from "./route-api.js";

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;

export interface OperationParameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

export interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, JsonSchema>>;
  readonly content?: Content;
}

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters: readonly OperationParameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, Response>>;
  /** The least role; absent: nobody is asked. */
  readonly "x-asof-role"?: Role;
}

/** A part of an address that Fastify fills in: `:name`, `:name(expression)`, `*`. A colon of the address itself is `::`. */
const PART = /::|:(\w+)(?:\([^)]*\))?\??|\*/g;
const REST = "path";

/** The address as OpenAPI writes it: `/features/{userId}`. */
export const pathOf = (url: string): string =>
  url.replace(PART, (part, name?: string) => (part === "::" ? ":" : `{${name ?? REST}}`));

const partsOf = (url: string): string[] =>
  [...url.matchAll(PART)].filter(([part]) => part !== "::").map(([, name]) => name ?? REST);

/** @param open whether the server asks for no authentication */
export function operationOf(route: KnownRoute, open: boolean): Operation {
  if (isUndocumented(route.api)) throw new Error(`${route.method} ${route.url} is left out`);
  const api = route.api ?? byRegistration(route);
  const { rule } = route;
  const body = route.method === "GET" || api.body === undefined ? null : contentOf(api.body, "input");
  return {
    operationId: operationIdOf(route),
    tags: [api.tag],
    summary: api.summary,
    description: [api.description, ...conditions(route, body !== null)].filter(Boolean).join("\n\n"),
    security: securityOf(route, open),
    parameters: parametersOf(route, api),
    ...(body && { requestBody: { required: true, content: body } }),
    responses: { ...answersOf(api), ...failuresOf(route) },
    ...(rule !== "public" && rule !== "field" && { "x-asof-role": rule }),
  };
}

/** Of a route that says nothing of itself: what its registration says. */
function byRegistration({ method, url }: KnownRoute): RouteApi {
  const words = url.split("/").filter((part) => /^\w/.test(part));
  return {
    tag: words[0] ?? "other",
    summary: `${method} ${pathOf(url)}`,
    body: { "application/json": { schema: {} }, "application/octet-stream": { schema: {} } },
    answers: { 200: { description: "The answer.", content: { "*/*": { schema: {} } } } },
  };
}

function conditions({ rule, bodyLimit, untimed }: KnownRoute, hasBody: boolean): string[] {
  return [
    rule === "public" ? "Asks for no authentication." : `Asks for the role ${rule}.`,
    hasBody ? `The body has at most ${inMiB(bodyLimit)} MiB.` : "",
    untimed ? "Its answer may take as long as its bytes do: it has no deadline." : "",
  ];
}

const inMiB = (bytes: number): number => Math.round(bytes / 2 ** 20);

/** `postPredict`, `getFeaturesByUserId`: unique, for a method has an address once. */
function operationIdOf({ method, url }: KnownRoute): string {
  const words = pathOf(url)
    .replace(/\{(\w+)\}/g, "-by-$1")
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean);
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return method.toLowerCase() + name;
}

/** Whoever may ask: any one of these. */
function securityOf({ rule, basic }: KnownRoute, open: boolean): Operation["security"] {
  if (rule === "public") return [];
  const schemes: Operation["security"] = [
    { token: [] },
    ...(basic ? [{ password: [] }] : []),
    { session: [] },
  ];
  return open ? [{}, ...schemes] : schemes;
}

function parametersOf({ url }: KnownRoute, api: RouteApi): OperationParameter[] {
  const inPath = partsOf(url).map((name): OperationParameter => {
    const { description, shape = z.string().meta({ minLength: 1 }) } = api.params?.[name] ?? {};
    const about = description === undefined ? {} : { description };
    return { name, in: "path", required: true, ...about, schema: jsonSchemaOf(shape, "input") };
  });
  const inHeaders = Object.entries(api.headers ?? {}).map(
    ([name, { description, required = false, shape = z.string() }]): OperationParameter => ({
      ...{ name, in: "header", required, description },
      schema: jsonSchemaOf(shape, "input"),
    }),
  );
  return [...inPath, ...inQuery(api), ...inHeaders];
}

function inQuery({ query }: RouteApi): OperationParameter[] {
  if (!query) return [];
  const { properties = {}, required = [] } = jsonSchemaOf(query, "input") as {
    properties?: Record<string, JsonSchema & { description?: string }>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    ...{ name, in: "query", required: required.includes(name) },
    ...(description === undefined ? {} : { description }),
    schema,
  }));
}

function contentOf(
  given: ContentShape | Readonly<Record<string, ContentShape>>,
  io: "input" | "output",
): Content {
  const isOne = given instanceof z.ZodType || "schema" in given;
  const byType = isOne
    ? { "application/json": given as ContentShape }
    : (given as Readonly<Record<string, ContentShape>>);
  return Object.fromEntries(
    Object.entries(byType).map(([type, shape]) => [type, { schema: jsonSchemaOf(shape, io) }]),
  );
}

const answersOf = ({ answers }: RouteApi): Record<string, Response> =>
  Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, answerOf(answer)]));

const answerOf = ({ description, content, headers }: AnswerApi): Response => ({
  description,
  ...(headers && { headers: headersOf(headers) }),
  ...(content && { content: contentOf(content, "output") }),
});

const headersOf = (headers: Readonly<Record<string, string>>): Record<string, JsonSchema> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: "string" } }]),
  );

const RETRIED = { "retry-after": "After how many seconds it may be tried again, where that is known." };

function failuresOf(route: KnownRoute): Record<string, Response> {
  const api = isUndocumented(route.api) ? null : route.api;
  const answered = api?.answers ?? {};
  const failures = [...failuresByStatus(route)].filter(([status]) => !(status in answered));
  const described = failures.map(([status, codes]): [string, Response] => [
    String(status),
    {
      description: `${codes.join(", ")}.`,
      ...((status === 429 || status === 503) && { headers: headersOf(RETRIED) }),
      content: api?.failure?.plain?.includes(status)
        ? { "text/plain": { schema: { type: "string" } } }
        : { "application/json": { schema: failureSchema(route, codes) } },
    },
  ]);
  // Nothing is known of what else it answers.
  return Object.fromEntries(route.api === null ? [["default", { description: "A failure." }]] : described);
}
