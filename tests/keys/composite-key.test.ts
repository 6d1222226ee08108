import { type GraphQLInputObjectType, type GraphQLObjectType, printSchema, validateSchema } from "graphql";
import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bigint, string } from "../../src/definitions/language/column.js";
import { deliveredKey } from "../../src/definitions/language/key-form.js";
import { buildAsofSchema } from "../../src/resolvers/build-schema.js";
import type { TestApp } from "../support/app.js";
import { asofHere } from "../support/cli.js";
import { writeDelivery } from "../support/delivery.js";
import { JANUARY, keyed, keyedDelivery, type Parts, rest, startKeyed } from "../support/keyed.js";
import { schemaFileOf } from "../support/schema.js";

const COLUMNS = ["bank", "account_no"];
const ledger = keyed("ledger", { bank: string(), account_no: bigint() });

/** What separates and escapes keys, markup, quotes, other scripts, and more digits than a double holds. */
const HOSTILE: Parts[] = [
  ["a:b", "1"],
  ["a%3Ab", "1"],
  ["a/b?c#d", "2"],
  [`"quoted", it's`, "3"],
  ["Ünïcödé 銀行 🏦", "4"],
  ["<b>&amp;", "5"],
  ["acme", "9007199254740993"],
  ["acme", "9223372036854775807"],
  ["acme", "-9223372036854775808"],
  ["x".repeat(200), "6"],
];
const KEYS: Parts[] = [...HOSTILE, ...Array.from({ length: 110 }, (_, i): Parts => ["bank", String(i * 3)])];
const [ACME] = [KEYS[6]!];
const object = ([bank, accountNo]: Parts) => ({ bank, accountNo });
const json = ([bank, account_no]: Parts) => ({ bank, account_no });
const text = (parts: Parts) => parts.map(encodeURIComponent).join(":");

let app: TestApp;
beforeAll(async () => {
  app = await startKeyed(ledger, COLUMNS, KEYS);
});
afterAll(() => app?.stop());

describe("the schema of a key of several columns", () => {
  it("takes one input and answers objects by column", async () => {
    const schema = await buildAsofSchema(ledger);
    expect(validateSchema(schema)).toEqual([]);
    expect(printSchema(schema)).not.toMatch(/user_?id/i);
    const fieldsOf = (type: string) =>
      (schema.getType(type) as GraphQLObjectType | GraphQLInputObjectType).getFields();
    expect(Object.entries(fieldsOf("AccountKey")).map(([name, { type }]) => `${name}: ${type}`)).toEqual([
      "bank: ID!",
      "accountNo: ID!",
    ]);
    const query = schema.getQueryType()!.getFields();
    const first = (name: string) => `${query[name]!.args[0]!.name}: ${query[name]!.args[0]!.type}`;
    expect(["account", "features", "predict", "predictMany"].map(first)).toEqual([
      ...["key: AccountKey!", "key: AccountKey!", "key: AccountKey!", "keys: [AccountKey!]!"],
    ]);
    for (const [type, of] of [
      ["EntityRowInput", "AccountKey!"],
      ["PushRowInput", "AccountKey!"],
      ["ExpectedPrediction", "AccountKey!"],
      ["Prediction", "JSON"],
      ["PredictionOutcome", "JSON"],
      ["AccountFeatures", "JSON!"],
      ["PushedRow", "JSON!"],
    ] as const)
      expect(`${type}.key: ${fieldsOf(type).key?.type}`).toBe(`${type}.key: ${of}`);
    expect(Object.keys(fieldsOf("Account")).slice(0, 3)).toEqual(["id", "bank", "accountNo"]);
  });
});

describe("every key", () => {
  it("is predicted, one by one and together, over GraphQL and REST, with the same answer", async () => {
    const { predictMany } = await app.client.query(
      "query($keys: [AccountKey!]!) { predictMany(keys: $keys) { key prediction { probability } error { message } } }",
      { keys: HOSTILE.map(object) },
    );
    expect(predictMany.map(({ key, error }: any) => ({ key, error }))).toEqual(
      HOSTILE.map((key) => ({ key: json(key), error: null })),
    );
    for (const [i, key] of HOSTILE.entries()) {
      const { predict, account, predictFor } = await app.client.query(
        `query($key: AccountKey!, $json: JSON) {
           predict(key: $key) { key probability }
           account(key: $key) { id bank accountNo region }
           predictFor(service: "risk", key: $json) { probability } }`,
        { key: object(key), json: json(key) },
      );
      expect(predict).toEqual({ key: json(key), ...predictMany[i].prediction });
      expect(predictFor).toEqual(predictMany[i].prediction);
      expect(account).toMatchObject({ id: `account:${text(key)}`, ...object(key) });
      const { node, entityRow } = await app.client.query(
        `query($id: ID!, $json: JSON!) { node(id: $id) { id ... on Account { bank accountNo } }
           entityRow(entity: "account", key: $json) { id key attributes } }`,
        { id: account.id, json: json(key) },
      );
      expect(node).toEqual({ id: account.id, ...object(key) });
      expect(entityRow).toMatchObject({ key: json(key), attributes: { region: account.region } });
      const [status, body] = await rest(app, "/predict", json(key));
      expect([status, body.probability]).toEqual([200, predict.probability]);
      expect(body).toMatchObject(json(key));
      for (const path of [text(key), encodeURIComponent(text(key))])
        expect(await rest(app, `/features/${path}`)).toMatchObject([200, json(key)]);
    }
  });

  it("is brought to one form before it is looked up", async () => {
    const { predict } = await app.client.query(
      '{ predict(key: { bank: "acme", accountNo: "+009007199254740993" }) { key } }',
    );
    expect(predict.key).toEqual(json(ACME!));
    const literal = '{ predict(key: { bank: "acme", accountNo: 9007199254740993 }) { key } }';
    expect((await app.client.query(literal)).predict.key).toEqual(json(ACME!));
  });

  it("comes in the order of its columns, numbers by their value, whatever the page", async () => {
    const keys: Parts[] = [];
    for (let after: string | null = null; ; ) {
      const { accounts }: any = await app.client.query(
        "query($after: String) { accounts(first: 7, after: $after) { nodes { bank accountNo } pageInfo { hasNextPage endCursor } } }",
        { after },
      );
      keys.push(...accounts.nodes.map(({ bank, accountNo }: any) => [bank, accountNo]));
      if (!accounts.pageInfo.hasNextPage) break;
      after = accounts.pageInfo.endCursor;
    }
    const sorted = KEYS.toSorted(
      ([a, m], [b, n]) =>
        Buffer.compare(Buffer.from(encodeURIComponent(a!)), Buffer.from(encodeURIComponent(b!))) ||
        Number(BigInt(m!) > BigInt(n!)) - Number(BigInt(m!) < BigInt(n!)),
    );
    expect(keys).toEqual(sorted);
  });

  it("is logged, asked for in the log and in the tables of no other name", async () => {
    await app.client.query("query($key: AccountKey!) { predict(key: $key) { probability } }", {
      key: object(HOSTILE[0]!),
    });
    await expect
      .poll(
        async () => {
          const { predictions } = await app.client.query(
            "query($key: AccountKey) { predictions(key: $key) { nodes { key } } }",
            { key: object(HOSTILE[0]!) },
          );
          return predictions.nodes[0]?.key;
        },
        { timeout: 20_000 },
      )
      .toEqual(json(HOSTILE[0]!));
    const columns = await app.sql(
      "select table_name, column_name from information_schema.columns where column_name ~ 'user_?id' and table_schema = 'public'",
    );
    expect(columns).toEqual([]);
  });
});

describe("a key that is none", () => {
  it.each([
    [
      { bank: "acme", accountNo: "12a" },
      /key: account_no cannot be used: it must be a whole number from -9223372036854775808 to 9223372036854775807 \(bigint\); got "12a"/,
    ],
    [
      { bank: "acme", accountNo: "9223372036854775808" },
      /account_no cannot be used: .*got "9223372036854775808"/,
    ],
    [{ bank: "", accountNo: "1" }, /key: bank cannot be used: it is empty/],
    [
      { bank: "é".repeat(200), accountNo: "1" },
      /bank cannot be used: the key has 1202 characters, percent-encoded; at most 1000/,
    ],
  ])("%j is refused with what is wrong", async (key, message) => {
    const error = await app.client.error("query($key: AccountKey!) { predict(key: $key) { key } }", { key });
    expect(error).toMatchObject({ code: "BAD_USER_INPUT", message: expect.stringMatching(message) });
  });

  it("fails alone among others", async () => {
    const keys = [object(ACME!), { bank: "acme", accountNo: "x" }];
    const { predictMany } = await app.client.query(
      "query($keys: [AccountKey!]!) { predictMany(keys: $keys) { key prediction { key } error { code message } } }",
      { keys },
    );
    expect(predictMany[0]).toMatchObject({ key: json(ACME!), error: null });
    expect(predictMany[1]).toMatchObject({
      key: { bank: "acme", account_no: "x" },
      error: {
        code: "BAD_USER_INPUT",
        message: expect.stringMatching(/^the key cannot be used: account_no: /),
      },
    });
  });

  it("is 400 over REST, and one that nobody has 404 with the key", async () => {
    expect(await rest(app, "/predict", { bank: "acme" })).toMatchObject([
      400,
      { error: { message: expect.stringContaining('{"bank": "…", "account_no": "…"} was expected') } },
    ]);
    expect(await rest(app, "/predict", { bank: "acme", account_no: "1.5" })).toMatchObject([
      400,
      { error: { message: expect.stringMatching(/^account_no cannot be used/) } },
    ]);
    expect(await rest(app, "/features/acme")).toMatchObject([
      400,
      { error: { message: expect.stringContaining("<bank>:<account_no> was expected") } },
    ]);
    expect(await rest(app, "/predict", { bank: "acme", account_no: "0" })).toMatchObject([
      404,
      { error: { code: "FEATURES_MISSING", key: { bank: "acme", account_no: "0" } } },
    ]);
  });
});

describe("a delivery", () => {
  it("keeps out keys of a wrong type and repeated ones, each with its column and as it was delivered", async () => {
    const files = keyedDelivery(COLUMNS, KEYS);
    files.balances!.push("acme,x1,5,a", "acme,+9007199254740993,6,b", ",7,1,a");
    writeDelivery(app.dataDir, "february", files);
    const run = await app.client.ingest("february", "2024-02-29");
    expect(run.error).toBeNull();
    const { quarantinedRows } = await app.client.query(
      `query($id: ID!) { run(id: $id) { quarantined(first: 10) { nodes { key line reasons { column expectation } row } } } }`.replace(
        "run(id: $id)",
        "quarantinedRows: run(id: $id)",
      ),
      { id: run.id },
    );
    const at = files.balances!.length - 2;
    expect(quarantinedRows.quarantined.nodes).toMatchObject([
      { key: "acme:x1", line: at, reasons: [{ column: "account_no", expectation: "type" }] },
      {
        key: "acme:9007199254740993",
        line: at + 1,
        reasons: [{ column: "account_key", expectation: "unique" }],
      },
      { key: ":7", line: at + 2, reasons: [{ column: "bank", expectation: "not_null" }] },
    ]);
  });

  it("is pushed to by key, and what was pushed is served", async () => {
    const key = object(HOSTILE[0]!);
    const { push } = await app.client.query(
      `mutation($rows: [PushRowInput!]!) { push(input: { view: "profile", rows: $rows }) { outcomes { key outcome } } }`,
      { rows: [{ key, asOf: "2024-03-05", values: { balance: 77 } }] },
    );
    expect(push.outcomes).toEqual([{ key: json(HOSTILE[0]!), outcome: "SERVED" }]);
    const { features } = await app.client.query(
      "query($key: AccountKey!) { features(key: $key) { key json } }",
      { key },
    );
    expect(features).toMatchObject({ key: json(HOSTILE[0]!), json: { balance: 77 } });
    const error = await app.client.error(
      `mutation($rows: [PushRowInput!]!) { push(input: { view: "profile", rows: $rows }) { accepted } }`,
      { rows: [{ key: { bank: "no", accountNo: 1 }, asOf: "2024-03-05", values: { balance: 1 } }] },
    );
    expect(error).toMatchObject({ violations: [{ key: { bank: "no", account_no: "1" } }] });
  });

  it("is exported with the key's columns, each of its type", async () => {
    const { exportTrainingSet } = await app.client.query(
      `mutation { exportTrainingSet(input: { asOfFrom: "${JANUARY}", asOfTo: "${JANUARY}", model: "risk", formats: [CSV, PARQUET, HIVE] }) { id } }`,
    );
    const run = await app.client.finished(exportTrainingSet.id);
    expect(run.error).toBeNull();
    const { run: done } = await app.client.query(
      "query($id: ID!) { run(id: $id) { artifacts { name url } } }",
      { id: run.id },
    );
    const bytes = async (name: string) => {
      const { url } = done.artifacts.find((each: any) => each.name === name);
      const answer = await fetch(new URL(url, app.asof.address));
      return answer.arrayBuffer();
    };
    const rows = await parquetReadObjects({ file: await bytes("training_set.parquet") });
    const found = rows.map(({ bank, account_no }) => `${bank}|${account_no}|${typeof account_no}`);
    expect(found.toSorted()).toEqual(KEYS.map(([bank, no]) => `${bank}|${no}|bigint`).toSorted());
    const file = await bytes(`training_set/as_of=${JANUARY}/part-0.parquet`);
    const dated = (await parquetReadObjects({ file })).map((row) => ({ as_of: rows[0]!.as_of, ...row }));
    expect(dated).toEqual(rows);
    const csv = Buffer.from(await bytes("training_set.csv")).toString();
    expect(csv.split("\n", 1)[0]).toBe("as_of,bank,account_no,balance,segment,defaulted");
    expect(csv).toContain("Ünïcödé 銀行 🏦,4,");
    expect(csv).toContain("a%3Ab,1,");
  });
});

it("is a text of the command line: parts percent-encoded, joined by a colon", async () => {
  const env = { ASOF_SCHEMA: await schemaFileOf(ledger), ASOF_URL: app.asof.address };
  for (const given of [text(HOSTILE[0]!), JSON.stringify(json(HOSTILE[0]!))]) {
    const { code, out, err } = await asofHere(["features", given, "--json"], env);
    expect([code, err]).toEqual([0, ""]);
    expect(JSON.parse(out)).toMatchObject({ key: json(HOSTILE[0]!) });
  }
  const many = await asofHere(["predict-many", text(HOSTILE[0]!), text(ACME!), "--json"], env);
  expect(
    many.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).key),
  ).toEqual([json(HOSTILE[0]!), json(ACME!)]);
  // The schema that comes with the program knows no such key; the server says what it has.
  const shipped = await asofHere(["predict", text(ACME!), "--json"], { ASOF_URL: app.asof.address });
  expect([shipped.code, JSON.parse(shipped.out).key]).toEqual([0, json(ACME!)]);
  const none = await asofHere(["predict", "acme", "--json"], env);
  expect([none.code, none.err]).toEqual([2, expect.stringContaining("<bank>:<account-no> was expected")]);
});

it("names rows of reports by what was delivered, also what is no text", () => {
  expect(deliveredKey(ledger.entities[0]!.entity, ["\ud800", "x"])).toBe("%EF%BF%BD:x");
});
