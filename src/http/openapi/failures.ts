import { z } from "zod";
import { ERROR_CODES, type ErrorCode } from "../../errors/errors.js";
import { errorStatus } from "../error-status.js";
import { jsonSchemaOf } from "./json-schema.js";
import { isUndocumented, type KnownRoute } from "./known-routes.js";
import type { FailureCode, FailureForm, JsonSchema } from "./route-api.js";

const NOT_FOUND = "NOT_FOUND";

/** asof's own form of a failure. */
export const OWN_FAILURE = {
  name: "Failure",
  body: z.looseObject({
    error: z
      .looseObject({
        code: z.enum([...ERROR_CODES, NOT_FOUND]).describe("What failed; stable."),
        message: z.string().describe("What failed, what was got, what to do."),
      })
      .describe("Some codes have further fields, such as missing_features."),
  }),
} as const satisfies FailureForm;

/** A route's failures: the codes by the status that they are answered with. */
export function failuresByStatus(route: KnownRoute): ReadonlyMap<number, readonly string[]> {
  const api = route.api !== null && !isUndocumented(route.api) ? route.api : null;
  const found = new Map<number, Set<string>>();
  const add = (status: number, code: FailureCode) => {
    const told = api?.failure?.told?.(code, status) ?? { code, status };
    found.set(told.status, (found.get(told.status) ?? new Set()).add(told.code));
  };
  const codes: ErrorCode[] = ["INTERNAL_SERVER_ERROR", "SERVICE_BUSY", "SERVICE_UNAVAILABLE"];
  if (route.rule !== "public") codes.push("UNAUTHENTICATED", "FORBIDDEN", "RATE_LIMITED");
  if (!route.untimed) codes.push("REQUEST_TIMEOUT");
  for (const code of [...codes, ...(api?.errors ?? [])]) add(errorStatus[code], code);
  for (const [status, given] of Object.entries(api?.errorsAt ?? {}))
    for (const code of given) add(Number(status), code);
  const hasParameters = /[:*]/.test(route.url);
  if (hasParameters || api?.query || api?.headers || takesBody(route)) add(400, "BAD_USER_INPUT");
  // What Fastify itself finds of an address or a body.
  if (hasParameters) {
    add(404, NOT_FOUND);
    add(414, "BAD_USER_INPUT");
  }
  if (takesBody(route)) for (const status of [413, 415]) add(status, "BAD_USER_INPUT");
  return new Map([...found].sort(([a], [b]) => a - b).map(([status, set]) => [status, [...set].sort()]));
}

const takesBody = ({ method }: KnownRoute): boolean => method !== "GET";

export function failureSchema({ api }: KnownRoute, codes: readonly string[]): JsonSchema {
  const form = api !== null && !isUndocumented(api) ? api.failure : undefined;
  if (form) return { $ref: `#/components/schemas/${form.name}` };
  const code = { enum: codes };
  return {
    allOf: [{ $ref: `#/components/schemas/${OWN_FAILURE.name}` }],
    properties: { error: { properties: { code } } },
  };
}

/** The schemas of all forms that the routes have. */
export function failureSchemas(routes: readonly KnownRoute[]): Record<string, JsonSchema> {
  const forms = new Set<FailureForm>([OWN_FAILURE]);
  for (const { api } of routes)
    if (api !== null && !isUndocumented(api) && api.failure) forms.add(api.failure);
  return Object.fromEntries([...forms].map(({ name, body }) => [name, jsonSchemaOf(body, "output")]));
}
