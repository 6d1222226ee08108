import { fastify } from "fastify";
import { buildSchema } from "graphql";
import { expect, test } from "vitest";
import type { Role } from "../../src/auth/identity.js";

import { UnauthenticatedError } from "../../src/errors/auth-errors.js";
import { ConflictError } from "../../src/errors/errors.js";
import { registerAuth } from "../../src/http/auth.js";
import { facades } from "../../src/interop/registry.js";
import { buildAsofSchema } from "../../src/resolvers/build-schema.js";
import { guardRootFields, roleOf } from "../../src/resolvers/needs.js";
import { nodeKinds } from "../../src/resolvers/node-kinds.js";
import { query, startApp } from "../http/running-app.js";
import { testing as definitions } from "../support/deployment/testing.js";
import { fakeRun, fakeServices } from "../support/fake-services.js";

/** The role of each root field, as its extensions say. */
async function roles(): Promise<[field: string, role: Role | undefined][]> {
  const schema = await buildAsofSchema(definitions);
  const roots = [schema.getQueryType()!, schema.getMutationType()!, schema.getSubscriptionType()!];
  return roots.flatMap((type) =>
    Object.values(type.getFields()).map(({ name, extensions }): [string, Role | undefined] => [
      `${type.name}.${name}`,
      extensions.role as Role | undefined,
    ]),
  );
}

test("what is read asks for viewer, what changes something for more, what deletes or makes tokens for admin", async () => {
  for (const [field, role] of await roles()) {
    // These judge as a promotion does, and ask for as much.
    const judges = ["Query.promotionCheck", "Query.compareVersions"].includes(field);
    // This is for who may use one of them.
    const describes = field === "Query.mutationDefinitions";
    // They hold addresses of receivers.
    const addresses = ["Query.alertRules", "Query.alertDeliveries"].includes(field);
    const reads = /^(Query|Subscription)\./.test(field) && !judges && !describes && !addresses;
    const deletes =
      /^Mutation\.(delete|apply(Run|Event)?Retention|erase|liftErasure)/.test(field) ||
      field === "Query.erasureReach" ||
      field === "Query.auditLog" ||
      // It names a place that the server sends to.
      field === "Mutation.setAlertRule" ||
      /[tT]oken/.test(field);
    expect([field, role]).toEqual([field, deletes ? "admin" : reads ? "viewer" : "operator"]);
  }
});

test("what gives or ends what somebody may do asks for the role by every protocol", async () => {
  const fields = Object.values((await buildAsofSchema(definitions)).getMutationType()!.getFields());
  const named = fields.filter(({ name }) => /token|session|role/i.test(name));
  expect(named.map(({ name, extensions }) => [name, extensions.everywhere])).toEqual([
    ["createToken", true],
    ["revokeToken", true],
  ]);
});

test("a root field that says no role keeps the schema from being built", () => {
  const bare = buildSchema("type Query { backdoor: String }");
  expect(() => guardRootFields(bare)).toThrow("Query.backdoor has no @Needs: say which role it asks for");
});

test("a node asks for the role of the field that shows it", async () => {
  await buildAsofSchema(definitions);
  expect(nodeKinds(definitions).map(({ shownBy }) => roleOf(shownBy))).toEqual(Array(9).fill("viewer"));
});

test("a route without a rule keeps the app from starting", () => {
  const bare = fastify();
  registerAuth(bare, fakeServices());
  expect(() => bare.get("/backdoor", () => "in")).toThrow(
    "GET /backdoor has no rule: say in its config which role it asks for",
  );
});

test("whoever has no token reaches no route but the public ones", async () => {
  const services = fakeServices();
  services.auth = {
    ...services.auth,
    open: false,
    authenticate: () => {
      throw new UnauthenticatedError("no token was sent");
    },
  };
  const { app } = await startApp({}, services, facades);
  const routes = [
    ["GET", "/feast/health"],
    ["GET", "/v2/health/live"],
    ["GET", "/v2/health/ready"],
    ["GET", "/ping"],
    ["GET", "/serving/churn/ping"],
    ["GET", "/serving/churn/health"],
    ["GET", "/health"],
    ["GET", "/live"],
    ["GET", "/ready"],
    ["DELETE", "/session"],
    ["POST", "/session"],
    ["GET", "/metrics"],
    ["GET", "/features/u1"],
    ["GET", "/held-out"],
    ["GET", "/artifacts/ab"],
    ["GET", "/models/churn/versions/1/export"],
    ["POST", "/models/import"],
    ["GET", "/graphql"],
    ["POST", "/graphql"],
    ["POST", "/predict"],
    ["POST", "/runs/r/artifacts/a"],
    ["POST", "/historical-features"],
    ["POST", "/feast/get-online-features"],
    ["POST", "/feast/push"],
    ["POST", "/feast/write-to-online-store"],
    ["POST", "/feast/materialize"],
    ["POST", "/feast/materialize-incremental"],
    ["GET", "/feast/registry.db"],
    ["GET", "/v2"],
    ["GET", "/v2/models/churn"],
    ["GET", "/v2/models/churn/ready"],
    ["POST", "/v2/models/churn/infer"],
    ["GET", "/v2/models/churn/versions/1"],
    ["GET", "/v2/models/churn/versions/1/ready"],
    ["POST", "/v2/models/churn/versions/1/infer"],
    ["POST", "/invocations"],
    ["GET", "/version"],
    ["POST", "/serving/churn/invocations"],
    ["GET", "/serving/churn/version"],
    ["POST", "/serving/churn/1/invocations"],
    ["GET", "/serving/churn/1/ping"],
    ["GET", "/serving/churn/1/health"],
    ["GET", "/serving/churn/1/version"],
  ] as const;
  const answers = await Promise.all(
    routes.map(async ([method, url]) => {
      const { statusCode } = await app.inject({
        method,
        url,
        ...(method === "POST" && { payload: { token: "t" } }),
      });
      return [`${method} ${url}`, statusCode] as const;
    }),
  );
  expect(answers.filter(([, status]) => status !== 401).map(([route]) => route)).toEqual([
    "GET /feast/health",
    "GET /v2/health/live",
    "GET /v2/health/ready",
    "GET /ping",
    "GET /serving/churn/ping",
    "GET /serving/churn/health",
    "GET /health",
    "GET /live",
    "GET /ready",
    "DELETE /session",
  ]);
});

test("a field above the caller's role runs nothing, and says what it asks for", async () => {
  const asked: unknown[] = [];
  const services = fakeServices();
  services.jobs.start = async (...of) => {
    asked.push(of);
    return fakeRun;
  };
  services.auth = {
    ...services.auth,
    open: false,
    authenticate: () => ({
      actor: "t",
      role: "viewer",
      modelRoles: {},
      protocolRoles: {},
      seesPersonal: false,
      kind: "token",
      id: "1",
      expiresAt: null,
    }),
  };
  const { app } = await startApp({}, services);
  const { errors } = await query(app, "mutation { verifyParity { id } }");
  expect(errors![0]).toMatchObject({
    message: 'Mutation.verifyParity asks for the role operator; "t" is viewer; use a token of that role',
    extensions: { code: "FORBIDDEN", needed: "operator", role: "viewer" },
  });
  expect(asked).toEqual([]);
});

test("a promotion that passes over its gates asks for admin; one that passes them does not", async () => {
  const asked: unknown[] = [];
  const services = fakeServices();
  services.models.promote = async ({ force }) => {
    asked.push(force);
    throw new ConflictError("far enough");
  };
  services.auth = {
    ...services.auth,
    open: false,
    authenticate: () => ({
      actor: "ops",
      role: "operator",
      modelRoles: {},
      protocolRoles: {},
      seesPersonal: false,
      kind: "token",
      id: "1",
      expiresAt: null,
    }),
  };
  const { app } = await startApp({}, services);
  const promote = async (input: string, variables = {}) => {
    const declared = Object.keys(variables).length > 0 ? "($force: Boolean!)" : "";
    const { errors } = await query(
      app,
      `mutation${declared} { promote(input: ${input}) { version } }`,
      variables,
    );
    return errors![0]!;
  };
  const forbidden = {
    message:
      'Mutation.promote with input.force: true asks for the role admin; "ops" is operator; use a token of that role',
    extensions: { code: "FORBIDDEN", needed: "admin", role: "operator" },
  };
  expect(await promote('{ version: 1, force: true, reason: "now" }')).toMatchObject(forbidden);
  expect(await promote('{ version: 1, force: $force, reason: "now" }', { force: true })).toMatchObject(
    forbidden,
  );
  expect((await promote("{ version: 1 }")).extensions.code).toBe("CONFLICT");
  expect((await promote("{ version: 1, force: false }")).extensions.code).toBe("CONFLICT");
  expect(asked).toEqual([false, false]);
});
