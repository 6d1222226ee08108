import { afterAll, beforeAll, expect, it } from "vitest";
import { bool, float, string } from "../../src/definitions/language/column.js";
import {
  deployment,
  entity,
  featureService,
  featureView,
  source,
} from "../../src/definitions/language/deployment.js";
import { uuid } from "../../src/definitions/language/key.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { writeDelivery } from "../support/delivery.js";

const customer = entity("customer", { key: { customer_id: uuid() } });
const account = entity("account", { key: "account_id", belongsTo: customer });
const customers = source("customers", { of: customer, columns: { income: float() } });
const accounts = source("accounts", {
  of: account,
  columns: {
    customer_id: string({ required: true }),
    balance: float(),
    overdrawn: bool({ required: true }),
  },
});
const household = featureView("household", { source: customers, features: ["income"] });
const terms = featureView("terms", { source: accounts, features: ["balance"] });
const bank = deployment({
  name: "uuid_bank",
  entities: [customers, accounts],
  sources: [customers, accounts],
  views: [household, terms],
  services: [
    featureService("overdraft", {
      views: [terms, household],
      label: { source: accounts, column: "overdrawn" },
      gates: { minimum: {} },
    }),
  ],
});

const customerOf = (i: number) => `${String(i).padStart(8, "0")}-9d54-4c7a-8f10-2b6e5a7c9dab`;
const MONTH = "2024-01-31";
let app: TestApp;
const deliver = (name: string, parents: readonly string[]) =>
  writeDelivery(app.dataDir, name, {
    customers: ["customer_id,income", ...parents.map((_, i) => `${customerOf(i)},${1000 + i}`)],
    accounts: [
      "account_id,customer_id,balance,overdrawn",
      ...parents.map((parent, i) => `A-${i},${parent},${i}.5,${i % 2 ? "True" : "False"}`),
    ],
  });
/** As other programs write them: every second one in capitals. */
const PARENTS = Array.from({ length: 20 }, (_, i) => (i % 2 ? customerOf(i).toUpperCase() : customerOf(i)));

beforeAll(async () => {
  app = await startTestApp({ definitions: bank });
  deliver("january", PARENTS);
  expect((await app.client.ingest("january", MONTH)).error).toBeNull();
});
afterAll(() => app?.stop());

it("joins a row with what it belongs to, in whatever case it names it", async () => {
  for (const asOf of ["", `, asOf: "${MONTH}"`]) {
    const { one, other } = await app.client.query(
      `{ one: features(accountId: "A-3"${asOf}) { json } other: features(accountId: "A-4"${asOf}) { json } }`,
    );
    expect([one.json, other.json]).toEqual([
      { balance: 3.5, income: 1003 },
      { balance: 4.5, income: 1004 },
    ]);
  }
});

it("refuses a parent whom nobody knows, and one that is no key", async () => {
  for (const parent of [customerOf(99), "nobody"]) {
    deliver("lost", [...PARENTS.slice(0, 5), parent]);
    writeDelivery(app.dataDir, "lost", { customers: ["customer_id,income", `${customerOf(0)},1`] });
    const { error } = await app.client.ingest("lost", "2024-02-29");
    expect(error).toMatchObject({ code: "VALIDATION_FAILED", message: expect.stringContaining(parent) });
  }
});

it("is erased with what it belongs to, and does not come back", async () => {
  const { run } = await app.client.query(
    `mutation { run: eraseAccount(accountId: "${customerOf(3)}", entity: "customer", reason: "asked for") { id } }`,
  );
  const { result } = await app.client.finished(run.id);
  expect(result.places).toEqual(expect.arrayContaining([{ place: "accounts", rows: 1 }]));
  deliver("march", PARENTS);
  const again = await app.client.ingest("march", "2024-03-31");
  expect([again.error, again.result.erased]).toEqual([null, { customers: 1, accounts: 1 }]);
});
