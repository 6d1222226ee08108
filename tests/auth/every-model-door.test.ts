import type { InjectOptions } from "fastify";
import { GraphQLObjectType, isObjectType } from "graphql";
import { describe, expect, test } from "vitest";
import {
  askingBy,
  type GivenRole,
  type Grants,
  type Identity,
  PROTOCOLS,
  type Protocol,
  type Role,
} from "../../src/auth/identity.js";
import { ForbiddenError } from "../../src/errors/auth-errors.js";
import { ConflictError } from "../../src/errors/errors.js";
import type { KnownRoute } from "../../src/http/openapi/known-routes.js";
import { facades } from "../../src/interop/registry.js";
import { buildAsofSchema } from "../../src/resolvers/build-schema.js";
import { modelArgument } from "../../src/resolvers/needs.js";
import { startApp } from "../http/running-app.js";
import { testing } from "../support/deployment/testing.js";
import { fakeServices } from "../support/fake-services.js";

const MODEL = "churn";

/** The app as it answers somebody with these grants, and what it put on record. */
async function startFor(grants: Partial<Grants> & { role: GivenRole }) {
  const services = fakeServices();
  const entries: Record<string, unknown>[] = [];
  services.audit.append = async (entry) => String(entries.push({ ...entry }));
  services.audit.refuse = async (entry) => void entries.push({ ...entry });
  services.archives.import = async (_bytes, _asked, _actor, permit) => {
    permit(MODEL);
    throw new ConflictError("far enough");
  };
  services.modelSearch = { find: async (name: string) => ({ name }) } as never;
  services.files.files = async () => [{ path: "MLmodel", mediaType: "text/plain", bytes: 1, sha256: "" }];
  const identity: Identity = {
    ...{ actor: "t", modelRoles: {}, protocolRoles: {}, ...grants },
    ...{ seesPersonal: false, kind: "token", id: "1", expiresAt: null },
  };
  services.auth = { ...services.auth, open: false, authenticate: () => identity };
  const { app } = await startApp({}, services, facades);
  return { app, entries };
}

/** A request about the model, as far as anything in an address, a query or a body names one. */
function requestAbout(route: KnownRoute): InjectOptions {
  const method = route.method as "GET" | "POST";
  const { url } = route;
  const filled = url
    .replace(":model", MODEL)
    .replace(":version", "1")
    .replace(/:\w+/g, "0190a000-0000-7000-8000-000000000000")
    .replace("*", "x");
  const named = { model: MODEL, name: MODEL, new_name: MODEL, version: "1", source: "models:/churn/1" };
  const sent = { ...named, alias: "best", stage: "Staging", key: "k", value: "v", as_of: "2024-01-31" };
  if (url === "/models/import")
    return { method, url, headers: { "content-type": "application/x-tar" }, payload: "tar" };
  const query = new URLSearchParams(sent).toString();
  return method === "GET" ? { method, url: `${filled}?${query}` } : { method, url: filled, payload: sent };
}

const routesWith = async (of: (route: KnownRoute) => boolean) => {
  const { app } = await startFor({ role: "admin" });
  const routes = app.knownRoutes.filter(({ rule, method, url }) => {
    const isAsked = rule !== "public" && rule !== "field" && !["HEAD", "OPTIONS"].includes(method);
    return isAsked && !url.startsWith("/mlflow/api/3.0");
  });
  return routes.filter(of);
};

test("each route with a model in its address or its words goes by roles for models; one that is added is to be thought about", async () => {
  const says = (route: KnownRoute) =>
    /model|predict|infer|invocations|serving|held-out/.test(`${route.url} ${JSON.stringify(route.api)}`);
  const others = await routesWith((route) => says(route) && !route.ofModels);
  const lists = ["GET /v2", "GET mlflow/model-versions/search", "GET mlflow/registered-models/search"];
  // What a run logs has no model's name until it is registered; files are by what they belong to.
  const ofRuns =
    /mlflow\/(logged-models|runs\/(log-batch|log-metric|log-model|outputs))|mlflow-artifacts\/artifacts/;
  expect(
    others
      .map(({ method, url }) => `${method} ${url.replace("/mlflow/api/2.0/", "")}`)
      .filter((route) => !ofRuns.test(route))
      .sort(),
  ).toEqual(lists);
});

describe.each([
  ["another model", { fraud: "admin" }],
  ["no model", {}],
  ["a model that is called as all objects' parts are", { constructor: "admin", __proto__: "admin" }],
] as const)("a role for %s", (_, modelRoles) => {
  test.each(["none", "viewer"] as const)("opens no route about a model beside the role %s", async (role) => {
    const { app, entries } = await startFor({ role, modelRoles });
    const routes = await routesWith(
      ({ ofModels, rule }) => ofModels && (role === "none" || rule !== "viewer"),
    );
    expect(routes.length).toBeGreaterThan(role === "none" ? 25 : 15);
    for (const route of routes) {
      const before = entries.length;
      const answer = await app.inject(requestAbout(route));
      expect([`${route.method} ${route.url}`, answer.statusCode]).toEqual([
        `${route.method} ${route.url}`,
        403,
      ]);
      const writes = route.rule !== "viewer" && route.method !== "GET";
      if (writes)
        expect(entries.slice(before).at(-1)).toMatchObject({ outcome: "REFUSED", code: "FORBIDDEN" });
    }
  });
});

test("a role for a model opens each route about it that asks for no more", async () => {
  for (const held of ["viewer", "operator", "admin"] as const) {
    const { app } = await startFor({ role: "none", modelRoles: { [MODEL]: held } });
    for (const route of await routesWith(({ ofModels }) => ofModels)) {
      const { statusCode } = await app.inject(requestAbout(route));
      const isOpen = ROLE_ORDER.indexOf(held) >= ROLE_ORDER.indexOf(route.rule as Role);
      expect([held, `${route.method} ${route.url}`, statusCode !== 403]).toEqual([
        held,
        `${route.method} ${route.url}`,
        isOpen,
      ]);
    }
  }
});
const ROLE_ORDER: readonly Role[] = ["viewer", "operator", "admin"];

test("and no route about something else", async () => {
  const { app } = await startFor({ role: "none", modelRoles: { [MODEL]: "admin" } });
  for (const route of await routesWith(({ ofModels }) => !ofModels)) {
    const { statusCode } = await app.inject(requestAbout(route));
    expect([`${route.method} ${route.url}`, statusCode]).toEqual([`${route.method} ${route.url}`, 403]);
  }
});

test("what is done by the role for a model is on record with that role", async () => {
  const { app, entries } = await startFor({ role: "viewer", modelRoles: { [MODEL]: "operator" } });
  await app.inject({
    method: "POST",
    url: "/mlflow/api/2.0/mlflow/model-versions/transition-stage",
    payload: { name: MODEL, version: "1", stage: "Staging" },
  });
  expect(entries[0]).toMatchObject({ outcome: "ASKED", role: "operator", subject: "model churn version 1" });
});

test("a version that is registered from another model's, or from one by its id, asks for the role for both", async () => {
  const { app } = await startFor({ role: "viewer", modelRoles: { [MODEL]: "operator" } });
  const register = async (source: string) => {
    const payload = { name: MODEL, source };
    const url = "/mlflow/api/2.0/mlflow/model-versions/create";
    return (await app.inject({ method: "POST", url, payload })).statusCode;
  };
  const refused = ["models:/fraud/1", "models:/fraud@best", "mlflow-artifacts:/registry/7/artifacts"];
  for (const source of refused) expect([source, await register(source)]).toEqual([source, 403]);
  for (const source of ["models:/churn/1", "runs:/x/model", "models:/m-1"])
    expect([source, await register(source)]).not.toEqual([source, 403]);
});

test("a version that is registered from what is of no model asks who does it to read all", async () => {
  const run_id = "00000000000040008000000000000002";
  const register = async (grants: Partial<Grants> & { role: GivenRole }, sent: object) => {
    const { app } = await startFor({ modelRoles: { [MODEL]: "operator" }, ...grants });
    const url = "/mlflow/api/2.0/mlflow/model-versions/create";
    return (await app.inject({ method: "POST", url, payload: { name: MODEL, ...sent } })).json();
  };
  const sources = ["runs:/x/model", "models:/m-1", "mlflow-artifacts:/1/x/artifacts/model"];
  const asked = [...sources.map((source) => ({ source })), { source: "models:/churn/1", run_id }];
  for (const sent of asked) {
    expect([sent, await register({ role: "none" }, sent)]).toEqual([
      sent,
      {
        error_code: "PERMISSION_DENIED",
        message: expect.stringMatching(/^POST .*create from .* asks for the role viewer; "t" is none; use/),
      },
    ]);
    const mlflow = { protocolRoles: { mlflow: "viewer" } } as const;
    for (const grants of [{ role: "viewer" }, { role: "none", ...mlflow }] as const)
      expect((await register(grants, sent)).error_code).not.toBe("PERMISSION_DENIED");
  }
  const own = await register(
    { role: "none" },
    { source: "models:/churn/1", run_id: "00000000000040008000000000000001" },
  );
  expect(own.error_code).not.toBe("PERMISSION_DENIED");
});

/** Fields with arguments, of every type. */
async function askedFields() {
  const schema = await buildAsofSchema(testing);
  return Object.values(schema.getTypeMap())
    .filter((type): type is GraphQLObjectType => isObjectType(type) && !type.name.startsWith("__"))
    .flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })))
    .filter(({ field }) => field.args.length > 0);
}

test("these fields of GraphQL are about one model; one that is added is to be thought about", async () => {
  const fields = await askedFields();
  const names = (of: boolean) =>
    fields
      .filter(({ field }) => (modelArgument(field) !== null) === of)
      .filter(({ field }) => of || /model|service/i.test(argumentsOf(field.args)))
      .map(({ type, field }) => `${type.name}.${field.name}`)
      .sort();
  expect(names(true)).toEqual([
    "Mutation.deleteModelVersion",
    "Mutation.describeModel",
    "Mutation.detectDrift",
    "Mutation.endCanary",
    "Mutation.exportTrainingSet",
    "Mutation.promote",
    "Mutation.removeModelAlias",
    "Mutation.rollback",
    "Mutation.setModelAlias",
    "Mutation.startCanary",
    "Mutation.train",
    "Mutation.trainAndCompare",
    "Mutation.trainExternally",
    "Mutation.tune",
    "Query.compareVersions",
    "Query.driftHistory",
    "Query.model",
    "Query.modelVersion",
    "Query.predict",
    "Query.predictFor",
    "Query.predictMany",
    "Query.predictions",
    "Query.promotionCheck",
    "Subscription.modelTransitions",
    "User.prediction",
  ]);
  // Features are read by service, of no model; a registration ends a run, whoever's it is.
  expect(names(false)).toEqual(["EntityRow.features", "Mutation.createToken", "Mutation.registerModel"]);
});
const argumentsOf = (args: readonly { name: string; type: unknown }[]): string =>
  args.map(({ name, type }) => `${name} ${type}`).join(" ");

test("none of them is entered by a role for another model, and each by one for its own", async () => {
  const enter = async (of: string, { type, field }: Awaited<ReturnType<typeof askedFields>>[number]) => {
    const grants: Grants = { role: "none", modelRoles: { [of]: "admin" }, protocolRoles: {} };
    const identity = { ...grants, actor: "t", kind: "token", seesPersonal: false };
    const context = { identity, actor: "t", services: fakeServices() };
    const args = { model: MODEL, name: MODEL, service: MODEL, input: { model: MODEL, force: true } };
    const entrance = field.subscribe ?? field.resolve!;
    const error = await Promise.resolve()
      .then(() => entrance({}, args, context, { fieldName: field.name, parentType: type } as never))
      .then(
        () => null,
        (problem: unknown) => problem,
      );
    return error instanceof ForbiddenError;
  };
  for (const each of await askedFields()) {
    if (modelArgument(each.field) === null) continue;
    const name = `${each.type.name}.${each.field.name}`;
    expect([name, await enter("fraud", each), await enter(MODEL, each)]).toEqual([name, true, false]);
  }
});

test("every protocol that is spoken is one that a role can be given for", () => {
  expect(["graphql", "rest", ...facades.map(({ name }) => name)].sort()).toEqual([...PROTOCOLS].sort());
});

test.each(PROTOCOLS)("a role for %s opens its routes and no other's", async (protocol) => {
  const { app } = await startFor({ role: "none", protocolRoles: { [protocol]: "admin" } });
  for (const route of await routesWith(() => true)) {
    const { statusCode } = await app.inject(requestAbout(route));
    const name = `${route.method} ${route.url}`;
    expect([name, statusCode !== 403]).toEqual([name, protocolOf(route.url) === protocol]);
  }
  const { errors } = (
    await app.inject({ method: "POST", url: "/graphql", payload: { query: "{ viewer { actor } }" } })
  ).json();
  expect(errors?.[0].extensions.code).toBe(protocol === "graphql" ? undefined : "FORBIDDEN");
});

function protocolOf(url: string): Protocol {
  if (url.startsWith("/mlflow")) return "mlflow";
  if (url.startsWith("/feast")) return "feast";
  return /^\/(v2|serving|invocations|version|ping)/.test(url) ? "inference" : "rest";
}

test("a lower role for a protocol takes nothing away", () => {
  const identity = { role: "admin", modelRoles: {}, protocolRoles: { feast: "viewer" } } as Identity;
  expect(askingBy(identity, "feast").role).toBe("admin");
  expect(askingBy(identity, "mlflow").role).toBe("admin");
});
