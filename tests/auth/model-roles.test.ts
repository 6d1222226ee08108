import { afterAll, beforeAll, expect, test } from "vitest";
import { buildAsofSchema } from "../../src/resolvers/build-schema.js";
import { modelArgument } from "../../src/resolvers/needs.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { operate } from "../support/ask.js";
import { testing } from "../support/deployment/testing.js";

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

test("these mutations are done to one model; one that is added is to be thought about", async () => {
  const schema = await buildAsofSchema(testing);
  const fields = Object.values(schema.getMutationType()!.getFields());
  expect(
    fields
      .filter((field) => modelArgument(field) !== null)
      .map(({ name }) => name)
      .sort(),
  ).toEqual([
    "deleteModelVersion",
    "describeModel",
    "detectDrift",
    "endCanary",
    "exportTrainingSet",
    "promote",
    "removeModelAlias",
    "rollback",
    "setModelAlias",
    "startCanary",
    "train",
    "trainAndCompare",
    "trainExternally",
    "tune",
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
