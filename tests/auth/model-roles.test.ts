import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { ask, operate } from "../support/ask.js";
import { subscribe } from "../support/subscribe.js";
import { until } from "../support/until.js";

let app: TestApp;
const secrets: Record<string, string> = {};
const ADMIN = "a".repeat(40);

beforeAll(async () => {
  app = await startTestApp({ role: "api", config: { adminToken: ADMIN } });
  for (const role of ["OPERATOR", "ADMIN"]) {
    const { body } = await operate(
      app,
      `mutation { createToken(name: "${role}", role: VIEWER, modelRoles: [{ model: "churn", role: ${role} }]) { secret token { role modelRoles { model role } } } }`,
      ADMIN,
    );
    expect(body.data.createToken.token).toEqual({
      role: "VIEWER",
      modelRoles: [{ model: "churn", role }],
    });
    secrets[role] = body.data.createToken.secret;
  }
});
afterAll(() => app?.stop());

/** How a mutation is refused: by the caller's role, or by what it asks for, which nothing here has. */
const refusal = async (role: "OPERATOR" | "ADMIN", mutation: string) =>
  (await operate(app, `mutation { ${mutation} }`, secrets[role]!)).code;

test.each([
  'rollback(model: "churn", reason: "worse") { version }',
  'rollback(reason: "worse") { version }',
  'promote(input: { model: "churn", version: 7 }) { version }',
  'setModelAlias(model: "churn", alias: "best", version: 7) { version }',
])("a role for a model holds for what is done to it: %s", async (mutation) => {
  expect(await refusal("OPERATOR", mutation)).not.toBe("FORBIDDEN");
});

test.each([
  'rollback(model: "fraud", reason: "worse") { version }',
  'promote(input: { model: "fraud", version: 7 }) { version }',
  'rollback(model: "__proto__", reason: "worse") { version }',
  "verifyParity { id }",
  'ingest(input: { source: "accounts", asOf: "2024-01-31" }) { id }',
  'setSchedule(input: { name: "x", kind: TRAIN, cron: "0 0 * * *", params: { model: "churn" } }) { name }',
  'cancelRun(id: "0190a000-0000-7000-8000-000000000000") { id }',
  'createToken(name: "y", role: ADMIN) { secret }',
])("and for nothing else: %s", async (mutation) => {
  expect([await refusal("OPERATOR", mutation), await refusal("ADMIN", mutation)]).toEqual([
    "FORBIDDEN",
    "FORBIDDEN",
  ]);
});

test("what asks for admin of a model's operator is theirs who is its admin", async () => {
  for (const mutation of [
    'deleteModelVersion(model: "churn", version: 7) { name }',
    'promote(input: { model: "churn", version: 7, force: true, reason: "now" }) { version }',
  ]) {
    expect([mutation, await refusal("OPERATOR", mutation)]).toEqual([mutation, "FORBIDDEN"]);
    expect([mutation, await refusal("ADMIN", mutation)]).not.toEqual([mutation, "FORBIDDEN"]);
  }
});

test("what is done by the role for a model is on record with that role", async () => {
  const change = 'promote(input: { model: "churn", version: 7, force: true, reason: "now" }) { version }';
  await refusal("ADMIN", change);
  await refusal("OPERATOR", change);
  const entries = await app.sql(
    "select role, outcome, code from audit_log where action = 'promote' order by audit_log.id desc limit 3",
  );
  expect(entries).toEqual([
    { role: "operator", outcome: "REFUSED", code: "FORBIDDEN" },
    { role: "admin", outcome: "REFUSED", code: "MODEL_NOT_FOUND" },
    { role: "admin", outcome: "ASKED", code: null },
  ]);
});

test.each([
  ['{ model: "churn", role: VIEWER }', "VIEWER", "a role above viewer was expected"],
  ['{ model: "churn", role: OPERATOR }', "ADMIN", "a role above admin was expected"],
])("a role that adds nothing is refused: %s beside %s", async (given, role, message) => {
  const { code, body } = await operate(
    app,
    `mutation { createToken(name: "z", role: ${role}, modelRoles: [${given}]) { secret } }`,
    ADMIN,
  );
  expect([code, body.errors[0].message]).toEqual(["BAD_USER_INPUT", expect.stringContaining(message)]);
});

test("a token of the role none does what its roles for a model and a protocol give, and nothing else", async () => {
  const { body } = await operate(
    app,
    `mutation { createToken(name: "scorer", role: NONE, modelRoles: [{ model: "churn", role: VIEWER }], protocolRoles: [{ protocol: FEAST, role: VIEWER }]) { secret token { role protocolRoles { protocol role } } } }`,
    ADMIN,
  );
  const { secret: token, token: made } = body.data.createToken;
  expect(made).toEqual({ role: "NONE", protocolRoles: [{ protocol: "FEAST", role: "VIEWER" }] });
  const codes: Record<string, string | undefined> = {};
  for (const query of [
    '{ predict(userId: "u") { probability } }',
    '{ predict(userId: "u", model: "fraud") { probability } }',
    '{ predictFor(service: "fraud", key: { user_id: "u" }) { probability } }',
    '{ model(name: "churn") { name } }',
    "{ models { name } }",
    "{ viewer { actor } }",
    "{ tokens { name } }",
  ])
    codes[query] = (await operate(app, query, token)).code;
  const send = (path: string, sent?: object) =>
    ask(app.asof.address, path, {
      token,
      headers: { "content-type": "application/json" },
      ...(sent && { method: "POST", body: JSON.stringify(sent) }),
    });
  expect(codes).toEqual({
    '{ predict(userId: "u") { probability } }': "NO_PRODUCTION_MODEL",
    '{ predict(userId: "u", model: "fraud") { probability } }': "FORBIDDEN",
    '{ predictFor(service: "fraud", key: { user_id: "u" }) { probability } }': "FORBIDDEN",
    '{ model(name: "churn") { name } }': undefined,
    "{ models { name } }": "FORBIDDEN",
    "{ viewer { actor } }": "FORBIDDEN",
    "{ tokens { name } }": "FORBIDDEN",
  });
  expect((await send("/predict", { user_id: "u" })).code).toBe("NO_PRODUCTION_MODEL");
  expect((await send("/predict", { user_id: "u", model: "fraud" })).code).toBe("FORBIDDEN");
  expect((await send("/features/u")).code).toBe("FORBIDDEN");
  expect((await send("/v2/models/fraud")).body.error).toBe(
    'GET /v2/models/:model for the model "fraud" asks for the role viewer; "scorer" is none; use a token of that role',
  );
  expect((await send("/mlflow/api/2.0/mlflow/registered-models/get?name=fraud")).body.error_code).toBe(
    "PERMISSION_DENIED",
  );
  expect((await send("/feast/get-online-features", { entities: {} })).status).not.toBe(403);
  expect((await send("/mlflow/api/2.0/mlflow/experiments/search?max_results=1")).status).toBe(403);
});

test("a token's roles are in the audit log with who made it", async () => {
  const [entry] = await app.sql(
    "select details from audit_log where action = 'createToken' and subject = 'token scorer' order by id limit 1",
  );
  expect(JSON.parse(entry!.details).args).toMatchObject({
    role: "none",
    modelRoles: [{ model: "churn", role: "viewer" }],
    protocolRoles: [{ protocol: "feast", role: "viewer" }],
  });
});

test.each([
  ["role: VIEWER, protocolRoles: [{ protocol: MLFLOW, role: VIEWER }]", "a role above viewer was expected"],
  ["role: NONE", "such a token could do nothing"],
])("a token that could do no more, or nothing, is refused: %s", async (given, message) => {
  const { code, body } = await operate(
    app,
    `mutation { createToken(name: "z", ${given}) { secret } }`,
    ADMIN,
  );
  expect([code, body.errors[0].message]).toEqual(["BAD_USER_INPUT", expect.stringContaining(message)]);
});

test("an admin by GraphQL alone gives nobody a role, and ends nobody's token", async () => {
  const made = await operate(
    app,
    `mutation { createToken(name: "by-graphql", role: VIEWER, protocolRoles: [{ protocol: GRAPHQL, role: ADMIN }]) { secret } }`,
    ADMIN,
  );
  const token = made.body.data.createToken.secret;
  for (const [mutation, name] of [
    ['createToken(name: "more", role: ADMIN, seesPersonal: true) { secret }', "createToken"],
    ['revokeToken(name: "OPERATOR") { name }', "revokeToken"],
  ] as const) {
    const { code, body } = await operate(app, `mutation { ${mutation} }`, token);
    const message = `Mutation.${name}, by every protocol, asks for the role admin; "by-graphql" is viewer; use a token of that role`;
    expect([code, body.errors[0].message]).toEqual(["FORBIDDEN", message]);
    const socket = subscribe(app.asof.address, name, `mutation { ${mutation} }`, {}, { token });
    await until("it is refused over WebSocket, too", () => socket.errors.length > 0);
    expect(socket.errors).toMatchObject([{ message, extensions: { code: "FORBIDDEN" } }]);
    await socket.leave();
  }
  expect((await operate(app, "{ tokens { name } }", token)).code).toBeUndefined();
  const [entry] = await app.sql(
    "select role, outcome from audit_log where action = 'createToken' order by audit_log.id desc limit 1",
  );
  expect(entry).toEqual({ role: "viewer", outcome: "REFUSED" });
  expect(
    await app.sql(
      "select name from api_tokens where name = 'more' or name = 'OPERATOR' and revoked_at is not null",
    ),
  ).toEqual([]);
});
