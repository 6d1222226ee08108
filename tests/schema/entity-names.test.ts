import { readdirSync, readFileSync } from "node:fs";
import {
  concatAST,
  type GraphQLInputObjectType,
  type GraphQLObjectType,
  type GraphQLSchema,
  parse,
  printSchema,
  Source,
  validate,
  validateSchema,
} from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { examplesFor } from "../../src/http/examples.js";
import { buildAsofSchema } from "../../src/resolvers/build-schema.js";
import type { TestApp } from "../support/app.js";
import { bank, bankDelivery } from "../support/bank.js";
import { CUSTOMERS, MONTH, serve, startBank } from "../support/bank-app.js";
import { asof } from "../support/cli.js";
import { writeDelivery } from "../support/delivery.js";

const [ONE, TWO] = CUSTOMERS as [string, string];
let app: TestApp;

beforeAll(async () => {
  app = await startBank();
  await serve(app, "default_risk");
});
afterAll(() => app?.stop());

const rest = async (path: string, body?: unknown) => {
  const response = await fetch(`${app.asof.address}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return [response.status, (await response.json()) as any] as const;
};

describe("the schema of another deployment", () => {
  let schema: GraphQLSchema;
  beforeAll(async () => {
    schema = await buildAsofSchema(bank);
  });
  const fieldsOf = (type: string): string[] =>
    Object.keys((schema.getType(type) as GraphQLObjectType | GraphQLInputObjectType).getFields());

  it("has all that the console asks for", () => {
    const documents = readdirSync("console/src", { recursive: true, encoding: "utf8" })
      .filter((file) => /\.tsx?$/.test(file) && !file.startsWith("graphql/"))
      .flatMap((file) => {
        const text = readFileSync(`console/src/${file}`, "utf8");
        return [...text.matchAll(/\bgraphql\(`([^`]+)`\)/g)].map(([, document]) =>
          parse(new Source(document!, file)),
        );
      });
    expect(documents.length).toBeGreaterThan(20);
    // Together: a fragment may stand in another file than what spreads it.
    const problems = validate(schema, concatAST(documents));
    expect(problems.map(({ message, source }) => `${source?.name}: ${message}`)).toEqual([]);
  });

  it("is valid and says nothing of a user, but for a column that is called so", () => {
    expect(validateSchema(schema)).toEqual([]);
    const lines = printSchema(schema)
      .split("\n")
      .filter((line) => /user/i.test(line));
    expect(lines).toEqual(["  userId: String"]);
    expect(fieldsOf("Customer")).toEqual(["id", "customerId", "region", "userId", "features", "prediction"]);
  });

  it("calls types, lists, arguments and inputs after the entity and its key", () => {
    for (const type of ["Customer", "CustomerConnection", "CustomerFeatures"]) {
      expect([type, schema.getType(type)]).not.toContain(undefined);
    }
    const query = schema.getQueryType()!.getFields();
    const argumentsOf = (name: string) => query[name]!.args.map((argument) => argument.name);
    expect(argumentsOf("customer")).toEqual(["customerId"]);
    expect(argumentsOf("features")).toEqual(["customerId", "asOf", "knownAt"]);
    expect(argumentsOf("predict")[0]).toBe("customerId");
    expect(argumentsOf("predictMany")[0]).toBe("customerIds");
    expect(Object.keys(query)).toContain("customers");
    for (const type of [
      "EntityRowInput",
      "PushRowInput",
      "Prediction",
      "PushedRow",
      "PushWarning",
      "QuarantinedRow",
    ])
      expect(fieldsOf(type)).toContain("customerId");
  });

  it("has examples for the playground that validate", () => {
    const written = readFileSync(new URL("../../examples/main-job.graphql", import.meta.url), "utf8");
    const examples = examplesFor(written, bank);
    expect(validate(schema, parse(examples))).toEqual([]);
    expect(examples).not.toMatch(/user/i);
    expect(examples).toContain("predict(customerId: $customerId)");
  });

  it("declares itself under names that are the same everywhere", async () => {
    const { deployment, featureService } = await app.client.query(
      `{ deployment { name entities { name plural keys { column field type } } services { name entity label task } }
         featureService(name: "upsell") { features { name field type view } gates } }`,
    );
    expect(deployment).toEqual({
      name: "bank",
      entities: [
        {
          name: "customer",
          plural: "customers",
          keys: [{ column: "customer_id", field: "customerId", type: "string" }],
        },
      ],
      services: [
        { name: "default_risk", entity: "customer", label: "defaulted", task: "BINARY" },
        { name: "upsell", entity: "customer", label: "upgraded", task: "BINARY" },
      ],
    });
    expect(featureService.gates).toEqual({ minimum: { auc: 0.5 } });
    expect(featureService.features[0]).toEqual({
      name: "card_kind",
      field: "cardKind",
      type: "string",
      view: "spending",
    });
  });

  it("is what the command line asks about", async () => {
    const predicted = await asof(["predict", ONE, "--json"], { ASOF_URL: app.asof.address });
    expect([predicted.code, predicted.err]).toEqual([0, ""]);
    expect(JSON.parse(predicted.out)).toMatchObject({
      customerId: ONE,
      modelVersion: { model: "default_risk" },
    });
    const help = await asof(["predict", "--help"]);
    expect(help.out).not.toContain("churn");
    const nobody = await asof(["predict", "nobody", "--model", "upsell"], { ASOF_URL: app.asof.address });
    expect([nobody.code, nobody.err]).toEqual([1, expect.stringContaining("NO_PRODUCTION_MODEL")]);
  });

  it("has the first feature service as the default of every model", () => {
    const defaults = [...printSchema(schema).matchAll(/model: String! = "(\w+)"/g)].map(([, name]) => name);
    expect(new Set(defaults)).toEqual(new Set(["default_risk"]));
    expect(defaults.length).toBeGreaterThan(12);
  });
});

describe("the API of another deployment", () => {
  it("answers one and many by its key", async () => {
    const answer = await app.client.query(
      `query($one: ID!, $ids: [ID!]!) {
         customer(customerId: $one) { customerId region userId features { customerId json } prediction { customerId } }
         customers(first: 2) { nodes { customerId } totalCount }
         features(customerId: $one) { customerId values { balance } }
         predict(customerId: $one) { customerId modelVersion { model } }
         predictMany(customerIds: $ids) { customerId prediction { customerId } error { code message } } }`,
      { one: ONE, ids: [TWO, "nobody", ""] },
    );
    expect(answer).toEqual({
      customer: {
        customerId: ONE,
        region: "south",
        userId: "login-0",
        features: {
          customerId: ONE,
          json: { balance: 0.5, overdrafts: 0, card_kind: "plain", spent: 0, trips: 0 },
        },
        prediction: { customerId: ONE },
      },
      customers: { nodes: [{ customerId: ONE }, { customerId: TWO }], totalCount: CUSTOMERS.length },
      features: { customerId: ONE, values: { balance: 0.5 } },
      predict: { customerId: ONE, modelVersion: { model: "default_risk" } },
      predictMany: [
        { customerId: TWO, prediction: { customerId: TWO }, error: null },
        {
          customerId: "nobody",
          prediction: null,
          error: { code: "FEATURES_MISSING", message: expect.stringContaining('unknown customer "nobody"') },
        },
        {
          customerId: "",
          prediction: null,
          error: { code: "BAD_USER_INPUT", message: "the customer id cannot be used: it is empty" },
        },
      ],
    });
  });

  it("answers the fifth time, when the query is compiled, as the first", async () => {
    const ask = () =>
      app.client.query(`query Again($id: ID!) { predict(customerId: $id) { customerId } }`, { id: ONE });
    for (let i = 0; i < 5; i++) expect(await ask()).toEqual({ predict: { customerId: ONE } });
  });

  it("joins rows by its key, and names it where one cannot be used", async () => {
    const rows = (customerId: string) =>
      `{ historicalFeatures(rows: [{ customerId: "${customerId}", asOf: "${MONTH}" }]) { customerId values { trips } } }`;
    expect(await app.client.query(rows(TWO))).toEqual({
      historicalFeatures: [{ customerId: TWO, values: { trips: 1 } }],
    });
    const error = await app.client.error(rows(""));
    expect(error).toMatchObject({ code: "BAD_USER_INPUT", argument: "rows[0].customerId" });
    const alone = await app.client.error(`{ features(customerId: "") { customerId } }`);
    expect(alone).toMatchObject({ code: "BAD_USER_INPUT", argument: "customerId" });
  });

  it("takes pushes by its key, and its violations name it", async () => {
    const push = `mutation($input: PushInput!) {
      push(input: $input) { accepted outcomes { customerId outcome } warnings { customerId } } }`;
    const row = (customerId: string, values: unknown) => ({
      input: { view: "balances", rows: [{ customerId, asOf: "2024-02-10", values }] },
    });
    expect(await app.client.query(push, row(CUSTOMERS[7]!, { balance: -3 }))).toEqual({
      push: { accepted: 1, outcomes: [{ customerId: CUSTOMERS[7], outcome: "SERVED" }], warnings: [] },
    });
    const { features } = await app.client.query(
      `{ features(customerId: "${CUSTOMERS[7]}") { values { balance } } }`,
    );
    expect(features.values.balance).toBe(-3);
    const stranger: any = await app.client.error(push, row("stranger", { balance: 1 }));
    expect(stranger.message).toContain('customer "stranger", column customer_id');
    expect(stranger.message).toContain("must be a customer of customers");
    expect(stranger.violations[0]).toMatchObject({ row: 0, customerId: "stranger", column: "customer_id" });
  });

  it("speaks of its key over REST: bodies in and out, errors, lists", async () => {
    expect(await rest("/predict", { customer_id: ONE })).toEqual([
      200,
      {
        customer_id: ONE,
        prediction: expect.any(Number),
        probability: expect.any(Number),
        model: { name: "default_risk", version: 1 },
        features_used: { balance: 0.5, overdrafts: 0 },
      },
    ]);
    const [status, { error }] = await rest("/predict", { user_id: ONE });
    expect([status, error.code]).toEqual([400, "BAD_USER_INPUT"]);
    expect(error.message).toContain('{"customer_id": "…"} was expected');
    expect(await rest("/predict", { customer_id: "nobody" })).toEqual([
      404,
      {
        error: {
          code: "FEATURES_MISSING",
          message: expect.stringContaining('unknown customer "nobody"'),
          customer_id: "nobody",
          missing_features: ["balance", "overdrafts"],
        },
      },
    ]);
    expect(await rest(`/features/${TWO}`)).toEqual([
      200,
      { customer_id: TWO, features: { balance: 1.5, overdrafts: 1, card_kind: "gold", spent: 7, trips: 1 } },
    ]);
    const [, nobody] = await rest("/features/nobody");
    expect(nobody.error).toMatchObject({ customer_id: "nobody", code: "FEATURES_MISSING" });
    const [, held] = await rest(`/held-out?as_of=${MONTH}`);
    expect(Object.keys(held)).toEqual(["customer_ids"]);
    expect(CUSTOMERS).toEqual(expect.arrayContaining(held.customer_ids));
  });

  it("answers about rows by the names of every deployment, with its own key and services", async () => {
    const key = { customer_id: ONE };
    const answer = await app.client.query(
      `query($key: JSON!) {
         entityRow(entity: "customer", key: $key) { id key attributes features(service: "default_risk") { json } }
         entityRows(entity: "customer", search: "C-000", first: 1) { nodes { key } totalCount }
         predictFor(service: "default_risk", key: $key) { key customerId modelVersion { model } } }`,
      { key },
    );
    expect(answer).toEqual({
      entityRow: {
        id: `entityRow:customer:${ONE}`,
        key,
        attributes: { region: "south", user_id: "login-0" },
        features: { json: { balance: 0.5, overdrafts: 0 } },
      },
      entityRows: { nodes: [{ key }], totalCount: 10 },
      predictFor: { key, customerId: ONE, modelVersion: { model: "default_risk" } },
    });
    const error = (args: string) => app.client.error(`{ predictFor(${args}) { key } }`);
    expect((await error(`service: "churn", key: {customer_id: "${ONE}"}`)).message).toBe(
      'service: this deployment declares no feature service "churn"; there are default_risk, upsell',
    );
    expect((await error(`service: "upsell", key: {user_id: "${ONE}"}`)).message).toBe(
      'key: the key of one customer was expected, {"customer_id": "…"}; "user_id" is no column of the key, customer_id is missing',
    );
    const logged = await app.client.query(
      `{ predictions(customerId: "${ONE}", first: 1) { nodes { customerId key } } }`,
    );
    for (const node of logged.predictions.nodes) expect(node).toEqual({ customerId: ONE, key });
  });

  it("lets a field that fails alone fail alone", async () => {
    const { data, errors } = await app.client.raw(
      `{ health { status } a: predict(customerId: "${ONE}") { customerId } b: predict(customerId: "nobody") { customerId }
         c: predict(customerId: "${ONE}", model: "upsell") { customerId } d: features(customerId: "") { customerId }
         customers(first: 1) { nodes { customerId prediction(model: "nothing") { customerId } } } }`,
    );
    expect(data).toEqual({
      health: { status: expect.any(String) },
      a: { customerId: ONE },
      b: null,
      c: null,
      d: null,
      customers: { nodes: [{ customerId: ONE, prediction: null }] },
    });
    expect(errors!.map(({ path, extensions }) => [path!.join("."), extensions.code]).toSorted()).toEqual([
      ["b", "FEATURES_MISSING"],
      ["c", "NO_PRODUCTION_MODEL"],
      ["customers.nodes.0.prediction", "MODEL_NOT_FOUND"],
      ["d", "BAD_USER_INPUT"],
    ]);
    const unknown = errors!.find(({ path }) => path![0] === "b")!;
    expect(unknown.extensions).toMatchObject({
      customerId: "nobody",
      missingFeatures: ["balance", "overdrafts"],
    });
  });
});

it("the runs of another deployment speak of its entity", async () => {
  const files = bankDelivery(CUSTOMERS);
  files.accounts!.pop();
  writeDelivery(app.dataDir, "february", files);
  await app.client.ingest("february", "2024-02-29");
  await app.client.train({ asOf: "2024-02-29", model: "default_risk", algorithm: "LOGISTIC_REGRESSION" });
  const { verifyParity } = await app.client.query("mutation { verifyParity { id } }");
  await app.client.finished(verifyParity.id);
  const { runs } = await app.client.query("{ runs { nodes { kind result events { message data } } } }");
  const said: string[] = runs.nodes.flatMap(({ kind, result, events }: any) => [
    `${kind}: ${JSON.stringify(result)}`,
    ...events.map(({ message, data }: any) => `${kind}: ${message} ${JSON.stringify(data)}`),
  ]);
  expect(said.filter((text) => /\busers?\b/i.test(text))).toEqual([]);
  expect(said).toContainEqual(
    expect.stringMatching(/^TRAIN: .*; 1 labelled customers lack a row in some view/),
  );
  expect(said).toContainEqual(expect.stringMatching(/^VERIFY_PARITY: 0 differences over \d+ customers/));
});
