import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definitions } from "../../examples/bank/definitions.js";
import {
  accountId,
  customerId,
  delivery,
  MONTHS,
  ownerOf,
  writeDeliveries,
} from "../../examples/bank/generate.js";
import { createPool } from "../../src/db/pool.js";
import { everyFeature } from "../../src/features/feature-selection.js";
import { FeatureStore } from "../../src/features/feature-store.js";
import { startTestApp, type TestApp } from "../support/app.js";
import type { TestDatabase } from "../support/database.js";
import { writeDelivery } from "../support/delivery.js";
import { createDatabaseOf, ownMigrations } from "../support/deployment.js";
import { joinedRows } from "../support/joined.js";

const CUSTOMERS = 300;
const [[, JANUARY_END], [, FEBRUARY_END]] = MONTHS;

/** An account that goes over to another customer in the second month: C-00017 and C-00018, say. */
const moved = (() => {
  for (let customer = 0; customer < CUSTOMERS - 1; customer++) {
    const next = ownerOf(customer, 0, 1, CUSTOMERS);
    if (next !== customer)
      return { account: accountId(customer, 0), from: customerId(customer), to: customerId(next) };
  }
  throw new Error("no account moves: generate more customers");
})();

/** Of a month's delivery the customer's columns. */
function customerIn(month: number, id: string) {
  const line = delivery(month, CUSTOMERS).customers!.find((each) => each.startsWith(`${id},`))!;
  const [, region, income, years] = line.split(",");
  return { region, income: Number(income), years_with_bank: Number(years) };
}

describe("a deployment of two entities", () => {
  const own = ownMigrations();
  let database: TestDatabase;
  let app: TestApp;
  const start = async () => {
    app = await startTestApp({
      definitions,
      databaseUrl: database.url,
      migrations: own.folder,
      dataDir: own.folder,
    });
  };
  beforeAll(async () => {
    database = await createDatabaseOf(definitions, own);
    writeDeliveries(own.folder, CUSTOMERS);
    await start();
  }, 300_000);
  afterAll(async () => {
    await app?.stop();
    await database?.drop();
    own.remove();
  });

  const ofAccount = async (account: string, asOf?: string) => {
    const clock = asOf ? `, asOf: "${asOf}"` : "";
    const { features } = await app.client.query(
      `{ features(accountId: "${account}"${clock}) { accountId customerId entity key json statuses { name view status } } }`,
    );
    return features;
  };
  const statusOf = (found: any, view: string): string[] => [
    ...new Set<string>(
      found.statuses.filter((each: any) => each.view === view).map((each: any) => each.status),
    ),
  ];

  it("has a type, a list and a look-up of each, and lists both", async () => {
    const { deployment } = await app.client.query(
      "{ deployment { entities { name plural keys { column field } } services { name entity } } }",
    );
    expect(deployment).toEqual({
      entities: [
        { name: "customer", plural: "customers", keys: [{ column: "customer_id", field: "customerId" }] },
        { name: "account", plural: "accounts", keys: [{ column: "account_id", field: "accountId" }] },
      ],
      services: [
        { name: "attrition", entity: "customer" },
        { name: "overdraft", entity: "account" },
      ],
    });
  });

  it("refuses an account of a customer whom nobody knows, and publishes nothing", async () => {
    const files = delivery(0, 20);
    files.accounts!.push("A-lost,C-nobody,current,0");
    files.account_usage!.push("A-lost,1,1,0,False");
    writeDelivery(own.folder, "lost", files as Parameters<typeof writeDelivery>[2]);
    const run = await app.client.ingest("lost", JANUARY_END);
    expect(run.error).toMatchObject({
      code: "VALIDATION_FAILED",
      message: expect.stringMatching(/accounts\.csv.*customer_id.*C-nobody.*customers\.csv.*known_parent/),
    });
    expect(await app.sql("select 1 from accounts")).toEqual([]);
    const found = run.validation!.expectations.find((each) => each.expectation === "known_parent");
    expect(found).toMatchObject({ success: false, severity: "ERROR", unexpectedCount: 1 });
  });

  it("ingests both months", async () => {
    for (const [folder, asOf] of MONTHS) expect((await app.client.ingest(folder, asOf)).error).toBeNull();
    const { snapshots, accounts, customers } = await app.client.query(
      "{ snapshots { totalCount } accounts(first: 2) { totalCount nodes { accountId customerId kind } } customers { totalCount } }",
    );
    expect([snapshots.totalCount, customers.totalCount]).toEqual([2, CUSTOMERS]);
    expect(accounts.totalCount).toBe(delivery(1, CUSTOMERS).accounts!.length - 1);
    expect(accounts.nodes[0].accountId).toBe("A-00000-0");
  }, 120_000);

  it("joins an account with the customer that it had on the date", async () => {
    const then = await ofAccount(moved.account, JANUARY_END);
    expect(then).toMatchObject({
      ...{ accountId: moved.account, customerId: null, entity: "account" },
      key: { account_id: moved.account },
    });
    expect(then.json).toMatchObject(customerIn(0, moved.from));
    expect((await ofAccount(moved.account, FEBRUARY_END)).json).toMatchObject(customerIn(1, moved.to));
    expect((await ofAccount(moved.account)).json).toMatchObject(customerIn(1, moved.to));
    // Many rows are another statement, and rows of both entities may be asked together.
    const { historicalFeatures } = await app.client.query(
      "query ($rows: [EntityRowInput!]!) { historicalFeatures(rows: $rows) { accountId customerId json } }",
      {
        rows: [
          ...Array.from({ length: 150 }, (_, i) => ({ accountId: accountId(i, 0), asOf: JANUARY_END })),
          { customerId: moved.from, asOf: JANUARY_END },
          { accountId: moved.account, asOf: JANUARY_END },
          { accountId: moved.account, asOf: FEBRUARY_END },
        ],
      },
    );
    const [customer, january, february] = historicalFeatures.slice(150);
    expect(customer).toMatchObject({ accountId: null, customerId: moved.from });
    expect(customer.json).toEqual(customerIn(0, moved.from));
    expect(january.json).toMatchObject(customerIn(0, moved.from));
    expect(february.json).toMatchObject(customerIn(1, moved.to));
    expect(historicalFeatures[7].json).toMatchObject(customerIn(0, customerId(7)));
  });

  it("joins a file with the customer that each account had on the row's date", async () => {
    const asked = [JANUARY_END, FEBRUARY_END].map((as_of) => ({ account_id: moved.account, as_of }));
    const [january, february] = await joinedRows(app, asked, "entity=account");
    expect(january).toMatchObject({ ...asked[0], ...customerIn(0, moved.from) });
    expect(february).toMatchObject({ ...asked[1], ...customerIn(1, moved.to) });
    const [customer] = await joinedRows(
      app,
      [{ customer_id: moved.from, as_of: JANUARY_END }],
      "entity=customer",
    );
    expect(customer).toEqual({ customer_id: moved.from, as_of: JANUARY_END, ...customerIn(0, moved.from) });
  });

  it("finds nothing before the first date, and nothing of an account that nobody knows", async () => {
    const before = await ofAccount(moved.account, "2023-12-31");
    expect(["household", "terms", "activity"].map((view) => statusOf(before, view))).toEqual([
      ["NOT_FOUND"],
      ["NOT_FOUND"],
      ["NOT_FOUND"],
    ]);
    const unknown = await ofAccount("A-nobody");
    expect(["household", "terms"].map((view) => statusOf(unknown, view))).toEqual([
      ["NOT_FOUND"],
      ["NOT_FOUND"],
    ]);
  });

  it("judges the age of each view by itself, the parent's from the date that is asked for", async () => {
    const ttls: Record<string, number> = { household: 62, activity: 45 };
    const aging = {
      ...definitions,
      views: definitions.views.map((view) => ({ ...view, ttlDays: ttls[view.name] })),
    };
    const pool = createPool(database.url, 1);
    const { entity } = aging.entities[1]!;
    const [late] = await new FeatureStore(pool, aging)
      .read([{ key: moved.account, asOf: "2024-04-20" }], everyFeature(aging, entity))
      .finally(() => pool.end());
    expect([statusOf(late, "household"), statusOf(late, "activity"), statusOf(late, "terms")]).toEqual([
      ["PRESENT"],
      ["OUTSIDE_MAX_AGE"],
      ["PRESENT"],
    ]);
  });

  it("trains, promotes and predicts about each entity, and refuses the key of the other one", async () => {
    for (const [model, feature] of [
      ["attrition", "income"],
      ["overdraft", "income"],
    ] as const) {
      const run = await app.client.train({ model, asOf: JANUARY_END, algorithm: "LOGISTIC_REGRESSION" });
      expect(run.error).toBeNull();
      const { promote } = await app.client.query(
        `mutation { promote(input: { model: "${model}", version: 1 }) { stage } }`,
      );
      const { modelVersion } = await app.client.query(
        `{ modelVersion(model: "${model}", version: 1) { signature { features { name } } } }`,
      );
      expect(promote.stage).toBe("PRODUCTION");
      expect(modelVersion.signature.features.map((each: any) => each.name)).toContain(feature);
    }
    const { predict, predictMany, predictFor, account } = await app.client.query(
      `{ predict(accountId: "${moved.account}", model: "overdraft") {
           accountId customerId key probability features { json } contributions { feature } }
         predictMany(accountIds: ["${moved.account}", "A-nobody", ""], model: "overdraft") {
           accountId customerId key prediction { probability } error { code } }
         predictFor(service: "overdraft", key: { account_id: "${moved.account}" }) { probability }
         account(accountId: "${moved.account}") { id accountId customerId prediction { probability } features { json } } }`,
    );
    expect(predict).toMatchObject({
      ...{ accountId: moved.account, customerId: null, key: { account_id: moved.account } },
      features: { json: customerIn(1, moved.to) },
    });
    expect(predict.contributions.map((each: any) => each.feature)).toContain("income");
    expect(predictFor.probability).toBe(predict.probability);
    expect(account).toMatchObject({ customerId: moved.to, prediction: { probability: predict.probability } });
    expect(predictMany).toMatchObject([
      { accountId: moved.account, prediction: { probability: predict.probability }, error: null },
      { accountId: "A-nobody", prediction: null, error: { code: "FEATURES_MISSING" } },
      { key: { account_id: "" }, prediction: null, error: { code: "BAD_USER_INPUT" } },
    ]);
    const { node } = await app.client.query(
      `{ node(id: "${account.id}") { id ... on Account { customerId } } }`,
    );
    expect(node).toEqual({ id: `account:${moved.account}`, customerId: moved.to });
    const { predict: leaving } = await app.client.query(
      `{ predict(customerId: "${moved.to}") { customerId accountId modelVersion { model } } }`,
    );
    expect(leaving).toEqual({ customerId: moved.to, accountId: null, modelVersion: { model: "attrition" } });
    for (const [asked, problem] of [
      [`predict(accountId: "${moved.account}") { probability }`, /attrition.*customers.*customerId/],
      [`predict(customerId: "C-1", model: "overdraft") { probability }`, /overdraft.*accounts.*accountId/],
      ["predict { probability }", /one of customerId, accountId was expected; got none/],
      [
        'predict(customerId: "C-1", accountId: "A-1") { probability }',
        /one of customerId, accountId was expected; got customerId and accountId/,
      ],
      ['predictFor(service: "overdraft", key: { customer_id: "C-1" }) { probability }', /account_id/],
      ['predictMany(customerIds: ["C-1"], model: "overdraft") { key }', /accountId/],
    ] as const) {
      const error = await app.client.error(`{ ${asked} }`);
      expect(error).toMatchObject({ code: "BAD_USER_INPUT", message: expect.stringMatching(problem) });
    }
  }, 240_000);

  it("answers over REST by the model's entity", async () => {
    const post = async (body: object) => {
      const response = await fetch(`${app.client.address}/predict`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      return { status: response.status, body: (await response.json()) as any };
    };
    const about = await post({ account_id: moved.account, model: "overdraft" });
    expect(about).toMatchObject({
      status: 200,
      body: { account_id: moved.account, model: { name: "overdraft" } },
    });
    expect(about.body.features_used).toMatchObject(customerIn(1, moved.to));
    expect((await post({ customer_id: moved.to })).body.model.name).toBe("attrition");
    expect(await post({ account_id: moved.account })).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining('"customer_id"') } },
    });
    const get = async (path: string) => (await fetch(`${app.client.address}${path}`)).json() as any;
    expect(await get(`/features/account/${moved.account}`)).toMatchObject({
      account_id: moved.account,
      features: customerIn(1, moved.to),
    });
    expect(await get(`/features/${moved.to}`)).toEqual({
      customer_id: moved.to,
      features: customerIn(1, moved.to),
    });
  });

  it("exports rows that are joined as of their dates", async () => {
    const { exportTrainingSet } = await app.client.query(
      `mutation { exportTrainingSet(input: { model: "overdraft", asOfFrom: "${JANUARY_END}", asOfTo: "${FEBRUARY_END}" }) { id } }`,
    );
    const run = await app.client.finished(exportTrainingSet.id);
    expect(run.error).toBeNull();
    const csv = run.artifacts.find(({ name }) => name.endsWith(".csv"))!;
    const text = await (await fetch(new URL(csv.url, app.client.address))).text();
    const [header, ...lines] = text
      .trim()
      .split("\n")
      .map((line) => line.split(","));
    const row = (asOf: string) => {
      const line = lines.find((each) => each[0] === asOf && each[1] === moved.account)!;
      return Object.fromEntries(header!.map((name, i) => [name, line[i]]));
    };
    expect(header!.slice(0, 2)).toEqual(["as_of", "account_id"]);
    expect(Number(row(JANUARY_END).income)).toBe(customerIn(0, moved.from).income);
    expect(Number(row(FEBRUARY_END).income)).toBe(customerIn(1, moved.to).income);
  }, 120_000);

  it("compares, drifts, reproduces and is in parity", async () => {
    const started = await app.client.query(
      `mutation {
         detectDrift(input: { model: "overdraft", from: "${JANUARY_END}", to: "${FEBRUARY_END}" }) { id }
         verifyParity { id } }`,
    );
    for (const { id } of Object.values(started))
      expect((await app.client.finished(id, 120_000)).error).toBeNull();
    const parity = await app.client.finished(started.verifyParity.id);
    expect(parity.result).toMatchObject({ identical: true, differences: 0, customers: CUSTOMERS });
    const { runs } = await app.client.query(
      '{ runs(where: { kind: TRAIN, model: "overdraft" }) { nodes { id } } }',
    );
    const { reproduce } = await app.client.query(
      `mutation { reproduce(runId: "${runs.nodes[0].id}") { id } }`,
    );
    expect((await app.client.finished(reproduce.id, 120_000)).result).toMatchObject({ identical: true });
  }, 240_000);

  it("takes pushes by the key of the view's entity, which reach what belongs to it", async () => {
    const row = (key: object, values: object) => ({ ...key, asOf: "2024-03-01", values });
    const push =
      "mutation ($input: PushInput!) { push(input: $input) { accepted outcomes { customerId accountId outcome } } }";
    const values = { region: "north", income: 12_345, years_with_bank: 3 };
    const input = { view: "household", rows: [row({ customerId: moved.to }, values)] };
    const { push: pushed } = await app.client.query(push, { input });
    expect(pushed).toEqual({
      accepted: 1,
      outcomes: [{ customerId: moved.to, accountId: null, outcome: "SERVED" }],
    });
    expect((await ofAccount(moved.account)).json).toMatchObject(values);
    const wrong = { view: "household", rows: [row({ accountId: moved.account }, values)] };
    expect(await app.client.error(push, { input: wrong })).toMatchObject({
      code: "BAD_USER_INPUT",
      message: expect.stringMatching(/customers.*customerId/),
    });
  });

  it("lists the rows of each entity by names that are the same in every deployment", async () => {
    const { entityRows, entityRow, predictions } = await app.client.query(
      `{ entityRows(entity: "account", search: "A-00001", first: 5) { totalCount nodes { id entity key attributes } }
         entityRow(entity: "account", key: { account_id: "${moved.account}" }) { key features(service: "overdraft") { json } }
         predictions(accountId: "${moved.account}") { nodes { accountId customerId model key } } }`,
    );
    expect(entityRows.nodes[0]).toMatchObject({ entity: "account", key: { account_id: "A-00001-0" } });
    expect(entityRow.features.json).toHaveProperty("income");
    for (const each of predictions.nodes)
      expect(each).toMatchObject({ accountId: moved.account, customerId: null, model: "overdraft" });
    const error = await app.client.error(
      `{ entityRow(entity: "account", key: { account_id: "${moved.account}" }) { features(service: "attrition") { json } } }`,
    );
    expect(error).toMatchObject({ code: "BAD_USER_INPUT", message: expect.stringContaining("customers") });
  });

  it("answers the same after a restart", async () => {
    const before = await ofAccount(moved.account, JANUARY_END);
    await app.stop();
    await start();
    expect(await ofAccount(moved.account, JANUARY_END)).toEqual(before);
    const { predict } = await app.client.query(
      `{ predict(accountId: "${moved.account}", model: "overdraft") { probability } }`,
    );
    expect(predict.probability).toBeGreaterThan(0);
  }, 120_000);
});
