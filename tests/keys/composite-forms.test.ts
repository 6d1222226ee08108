import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  bigint,
  bool,
  decimal,
  float,
  list,
  string,
  timestamp,
  vector,
} from "../../src/definitions/language/column.js";
import {
  deployment,
  entity,
  featureService,
  featureView,
  source,
} from "../../src/definitions/language/deployment.js";
import { count, days, sum } from "../../src/definitions/language/windows/window.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { writeDelivery } from "../support/delivery.js";
import { hasRedis, startRedis, type TestRedis } from "../support/redis.js";
import { redisDump } from "../support/traces.js";

const customer = entity("customer", { key: "customer_id" });
const account = entity("account", {
  key: { bank: string(), account_no: bigint() },
  belongsTo: customer,
});
const customers = source("customers", {
  of: customer,
  columns: { income: decimal(12, 2), joined: timestamp({ zone: "UTC" }), points: bigint() },
});
const accounts = source("accounts", {
  of: account,
  columns: { customer_id: string({ required: true }), tags: list(string()), embedding: vector(2) },
});
const balances = source("balances", {
  of: account,
  columns: { balance: float(), defaulted: bool({ required: true }) },
});
const payments = source("payments", {
  of: account,
  eventTime: "paid_at",
  eventKey: ["reference"],
  columns: { reference: string(), paid_at: timestamp({ zone: "UTC" }), amount: float() },
});
const household = featureView("household", { source: customers, features: ["income", "joined", "points"] });
const terms = featureView("terms", { source: accounts, features: ["tags", "embedding"] });
const money = featureView("money", { source: balances, features: ["balance"] });
const paying = featureView("paying", {
  source: payments,
  features: { paid_30d: sum("amount", days(30)), payments_30d: count(days(30)) },
});
const forms = deployment({
  name: "forms",
  entities: [customers, accounts],
  sources: [customers, accounts, balances, payments],
  views: [household, terms, money, paying],
  services: [
    featureService("risk", {
      views: [money, paying],
      label: { source: balances, column: "defaulted" },
      gates: { minimum: {} },
    }),
  ],
});

const JANUARY = "2024-01-31";
/** Two banks give the same numbers; one is more than a double holds. */
const KEYS = Array.from(
  { length: 40 },
  (_, i) => [i % 2 ? "acme:1" : "Bänk", i < 2 ? "9007199254740993" : String(i)] as const,
);
const customerOf = (i: number) => `C-${i % 10}`;
const PAYMENTS = "bank,account_no,reference,paid_at,amount";
const ACME = { bank: "acme:1", account_no: "9007199254740993" };
const FEATURES = `features(key: { bank: "acme:1", accountNo: "9007199254740993" }`;

let app: TestApp;
let redis: TestRedis | null = null;
beforeAll(async () => {
  redis = hasRedis ? await startRedis() : null;
  app = await startTestApp({ definitions: forms, ...(redis && { redisUrl: redis.url }) });
  writeDelivery(app.dataDir, "january", {
    customers: [
      "customer_id,income,joined,points",
      ...Array.from(
        { length: 10 },
        (_, i) => `C-${i},${1000 + i}.25,2020-01-0${(i % 9) + 1}T10:30:00.5Z,90071992547409${90 + i}`,
      ),
    ],
    payments: [
      PAYMENTS,
      ...KEYS.flatMap(([bank, no], i) => [
        `${bank},${no},P-${i}-1,2024-01-10T12:00:00Z,${i}.5`,
        `${bank},${no},P-${i}-2,2024-01-20T12:00:00Z,10`,
        `${bank},${no},P-${i}-3,2023-11-20T12:00:00Z,1000`,
      ]),
    ],
  });
  writeFileSync(
    join(app.dataDir, "january/accounts.jsonl"),
    KEYS.map(
      ([bank, no], i) =>
        `{"account_no":${no},"bank":${JSON.stringify(bank)},"customer_id":"${customerOf(i)}","tags":["a,b","${i}"],"embedding":[${i},0.5]}`,
    ).join("\n"),
  );
  const parquet = parquetWriteBuffer({
    columnData: [
      { name: "bank", data: KEYS.map(([bank]) => bank), type: "STRING" },
      { name: "account_no", data: KEYS.map(([, no]) => BigInt(no)), type: "INT64" },
      { name: "balance", data: KEYS.map((_, i) => i + 0.25), type: "DOUBLE" },
      { name: "defaulted", data: KEYS.map((_, i) => i % 3 === 0), type: "BOOLEAN" },
    ],
  });
  writeFileSync(join(app.dataDir, "january/balances.parquet"), Buffer.from(parquet));
  const run = await app.client.ingest("january", JANUARY);
  expect(run.error).toBeNull();
});
afterAll(async () => {
  await app?.stop();
  await redis?.kill();
});

const feast = async (path: string, body: unknown) => {
  const answer = await fetch(`${app.asof.address}/feast${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return [answer.status, await answer.text()] as const;
};

describe("a key of several columns in JSON Lines, Parquet and events", () => {
  const EXPECTED = {
    ...{ income: "1001.25", joined: "2020-01-02T10:30:00.500000Z", points: "9007199254740991" },
    ...{ tags: ["a,b", "1"], embedding: [1, 0.5], balance: 1.25, paid_30d: 11.5, payments_30d: 2 },
  };

  it("joins what each file has of it, and what it belongs to, as of the date and now", async () => {
    const { now, then } = await app.client.query(
      `{ now: ${FEATURES}) { json } then: ${FEATURES}, asOf: "${JANUARY}") { json } }`,
    );
    expect(then.json).toEqual(EXPECTED);
    expect(now.json).toEqual(EXPECTED);
  });

  it.skipIf(!hasRedis)("is answered from Redis, its parent's values and every type of column", async () => {
    expect(await redisDump(redis!)).toContain("acme%3A1:9007199254740993");
    // What PostgreSQL's own tables say now, nobody is answered by.
    await app.sql("update money_online set balance = -1");
    await app.sql("update household_online set income = -1");
    await app.sql("update terms_online set tags = '{}'");
    await app.sql("update paying_online set paid_30d = -1");
    const { now } = await app.client.query(`{ now: ${FEATURES}) { json } }`);
    expect(now.json).toEqual(EXPECTED);
  });

  it("is read over Feast by a list for each column", async () => {
    const features = ["money:balance", "paying:paid_30d", "household:points"];
    const [status, text] = await feast("/get-online-features", {
      features,
      entities: { account_no: [ACME.account_no, 39, "5"], bank: [ACME.bank, "acme:1", "nobody"] },
    });
    expect(status).toBe(200);
    expect(text).toContain('"feature_names":["bank","account_no","balance","paid_30d","points"]');
    expect(text).toContain('"values":[1.25,39.25,null],"statuses":["PRESENT","PRESENT","NOT_FOUND"]');
    expect(text).toContain('"values":[9007199254740991,9007199254740999,null]');
    const registry = await fetch(`${app.asof.address}/feast/registry.db`);
    const names = Buffer.from(await registry.arrayBuffer()).toString("latin1");
    for (const name of ["account__bank", "account__account_no", "customer_id"]) expect(names).toContain(name);
  });

  it.each([
    [
      "a column is missing",
      { bank: ["acme:1"] },
      /the key bank, account_no or customer_id is missing|the key .*account_no/,
    ],
    [
      "a column is longer",
      { bank: ["acme:1"], account_no: ["1", "2"] },
      /1 values were expected, as in bank; got 2/,
    ],
    [
      "a value is no number",
      { bank: ["acme:1"], account_no: ["x"] },
      /entities.account_no\[0\] cannot be used/,
    ],
    ["a value is no key", { bank: [null], account_no: ["1"] }, /a key was expected/],
  ])("is refused over Feast where %s", async (_, entities, message) => {
    const [status, text] = await feast("/get-online-features", { features: ["money:balance"], entities });
    expect(status).toBe(422);
    expect(JSON.parse(text).detail[0].msg).toMatch(message);
  });

  it("is pushed over Feast", async () => {
    const df = {
      bank: ["Bänk"],
      account_no: [38],
      event_timestamp: ["2024-02-01T00:00:00Z"],
      balance: [7.5],
    };
    expect((await feast("/push", { push_source_name: "money", df }))[0]).toBe(200);
    const { features } = await app.client.query(
      `{ features(key: { bank: "Bänk", accountNo: "38" }) { values { balance } } }`,
    );
    expect(features.values.balance).toBe(7.5);
  });

  it("is refused where what tells its events apart is longer than an index holds, with the line", async () => {
    const months = (reference: string) => {
      writeDelivery(app.dataDir, "february", {
        customers: [
          "customer_id,income,joined,points",
          ...Array.from({ length: 10 }, (_, i) => `C-${i},1,,1`),
        ],
        accounts: ["bank,account_no,customer_id,tags,embedding", "acme:1,7,C-7,,"],
        balances: ["bank,account_no,balance,defaulted", "acme:1,7,1,True"],
        payments: [
          PAYMENTS,
          "acme:1,7,short,2024-02-10T12:00:00Z,1",
          `acme:1,7,${reference},2024-02-10T12:00:00Z,1`,
        ],
      });
      return app.client.ingest("february", "2024-02-29");
    };
    const refused = await months("é".repeat(1_500));
    expect(refused.error).toMatchObject({ code: "VALIDATION_FAILED" });
    expect(refused.error!.message).toMatch(
      /payments.csv, line 3, column reference: value "é{60}… \(3010 bytes\)" must have, with account_key, at most 2000 bytes/,
    );
    // As long as may be, of characters that do not compress.
    const longest = Array.from({ length: 1_980 }, (_, i) =>
      String.fromCharCode(97 + ((i * i * 31 + (i >> 3)) % 26)),
    ).join("");
    expect((await months(longest)).error).toBeNull();
  });
});
