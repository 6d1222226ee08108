import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parquetReadObjects } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  bigint,
  bool,
  date,
  decimal,
  float,
  int,
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
import { expectColumn, expectPair } from "../../src/definitions/language/expectation.js";
import { writeParquet } from "../../src/features/export-parquet.js";
import { parquetRecords } from "../../src/ingest/formats/parquet/parquet-records.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { type Files, writeDelivery } from "../support/delivery.js";

const shops = source("shops", {
  columns: { opened: timestamp({ zone: "Europe/Berlin" }), turnover: bigint() },
});
const facts = source("facts", {
  columns: {
    order_no: bigint({ min: "0", max: "9223372036854775807" }),
    price: decimal(18, 2, { min: "-1000000000000000" }),
    cost: decimal(20, 4),
    at: timestamp({ zone: "Europe/Berlin", min: "1990-01-01T00:00:00Z" }),
    born: date({ max: "2024-12-31" }),
    tags: list(string()),
    numbers: list(bigint()),
    embedding: vector(3),
    stars: float(),
    visits: int(),
  },
  expectations: [
    expectColumn("price").between(null, 1e15),
    expectColumn("at").dateBetween("1990-01-01", null),
    expectPair("price").greaterThan("cost", { orEqual: true, severity: "WARNING" }),
    expectColumn("order_no").unique(),
    expectColumn("price").meanBetween(-1e15, 1e15),
  ],
});
const outcomes = source("outcomes", { columns: { returned: bool({ required: true }) } });
const money = featureView("money", {
  source: facts,
  features: ["order_no", "price", "cost", "stars", "visits"],
});
const rest = featureView("rest", { source: shops, features: ["opened", "turnover"] });
const content = source("content", {
  columns: { words: list(string()), place: vector(2), seen: timestamp() },
});
const served = featureView("served", { source: content, features: ["words", "place", "seen"] });
const typed = deployment({
  name: "typed",
  entity: entity("shop", { key: "shop_id" }),
  entitySource: shops,
  sources: [shops, facts, content, outcomes],
  views: [money, rest, served],
  services: [
    featureService("returns", {
      views: [money],
      label: { source: outcomes, column: "returned" },
      gates: { minimum: { auc: 0.1 } },
    }),
  ],
});

const IDS = Array.from({ length: 80 }, (_, i) => `S-${String(i).padStart(3, "0")}`);
const BIG = 2n ** 53n + 1n;
const cents = (i: number) => `${90071992547409n + BigInt(i)}.${String(i % 100).padStart(2, "0")}`;

/** A delivery in CSV: local times of Berlin, JSON lists. */
function delivery(): Files {
  const rows = (header: string, row: (i: number) => string) => [
    `shop_id,${header}`,
    ...IDS.map((id, i) => `${id},${row(i)}`),
  ];
  return {
    shops: rows(
      "opened,turnover",
      (i) => `2024-01-${String((i % 28) + 1).padStart(2, "0")} 09:30:00,${BIG + BigInt(i)}`,
    ),
    facts: rows("order_no,price,cost,at,born,tags,numbers,embedding,stars,visits", (i) =>
      i === 7
        ? ",,,,,,,,,"
        : `${BIG + BigInt(i)},${cents(i)},${i}.5,2024-07-01 12:00:00.${String(i).padStart(6, "0")},1990-05-06,` +
          `"[""a"",""b,${i}""]","[${BIG}]","[0.1, ${i}, -0]",${i % 5},${i % 3}`,
    ),
    content: rows("words,place,seen", (i) => `"[""w${i % 2}""]","[${i}, 0.5]",2024-01-31T10:00:00.5+02:00`),
    outcomes: rows("returned", (i) => (i % 3 === 0 ? "True" : "False")),
  };
}

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ definitions: typed });
  writeDelivery(app.dataDir, "csv", delivery());
  const run = await app.client.ingest("csv", "2024-01-31");
  expect(run.error).toBeNull();
});
afterAll(() => app?.stop());

const hashOf = async () =>
  (await app.client.query('{ snapshot(asOf: "2024-01-31") { contentSha256 revision } }')).snapshot;

const VALUES = {
  orderNo: String(BIG + 3n),
  price: cents(3),
  cost: "3.5000",
  opened: "2024-01-04T08:30:00.000000Z",
  turnover: String(BIG + 3n),
  words: ["w1"],
  place: [3, 0.5],
  seen: "2024-01-31T08:00:00.500000Z",
};
const FIELDS = Object.keys(VALUES).join(" ");

describe("exact types", () => {
  it("are held with every digit, lists and vectors as arrays", async () => {
    const [row] = await app.sql(
      `select order_no::text, price::text, at::text, tags, numbers::text[], embedding, pg_typeof(price)::text as type
       from facts where shop_id = 'S-003'`,
    );
    expect(row).toEqual({
      order_no: String(BIG + 3n),
      price: cents(3),
      at: "2024-07-01 10:00:00.000003",
      tags: ["a", "b,3"],
      numbers: [String(BIG)],
      embedding: [0.1, 3, 0],
      type: "numeric",
    });
  });

  it("keep wrong lengths and empty items out of every table", async () => {
    for (const [table, column, value] of [
      ["facts", "embedding", "'{1,2}'"],
      ["facts", "embedding", "'{1,2,null}'"],
      ["facts", "tags", "'{a,null}'"],
      ["content", "place", "'{1}'"],
      ["served_online", "place", "'{1}'"],
    ])
      await expect(
        app.sql(`update ${table} set ${column} = ${value} where shop_id = 'S-003'`),
      ).rejects.toMatchObject({
        code: "23514",
      });
  });

  it("are served, now and as of a date, by GraphQL and REST", async () => {
    const { now, then, shop } = await app.client.query(`{
      now: features(shopId: "S-003") { values { ${FIELDS} } }
      then: features(shopId: "S-003", asOf: "2024-02-01") { values { ${FIELDS} } }
      shop(shopId: "S-003") { opened turnover } }`);
    expect(now.values).toEqual(VALUES);
    expect(then.values).toEqual(VALUES);
    expect(shop).toEqual({ opened: VALUES.opened, turnover: VALUES.turnover });
    const rest = await (await fetch(`${app.asof.address}/features/S-003`)).text();
    expect(rest).toContain(`"price":"${cents(3)}"`);
    expect(rest).toContain('"words":["w1"]');
  });

  it("agree online and offline", async () => {
    const { verifyParity } = await app.client.query("mutation { verifyParity { id } }");
    expect((await app.client.finished(verifyParity.id)).error).toBeNull();
    const { run } = await app.client.query("query($id: ID!) { run(id: $id) { result } }", {
      id: verifyParity.id,
    });
    expect(run.result).toMatchObject({ identical: true });
  });

  it("are learnt as doubles and predicted with the same ones", async () => {
    const run = await app.client.train({
      asOf: "2024-01-31",
      model: "returns",
      algorithm: "LOGISTIC_REGRESSION",
    });
    expect(run.error).toBeNull();
    await app.client.query(
      `mutation { promote(input: { model: "returns", version: 1, force: true, reason: "a test" }) { version } }`,
    );
    const { predict } = await app.client.query('{ predict(shopId: "S-003") { probability } }');
    expect(predict.probability).toBeGreaterThan(0);
  });

  it("are profiled: numbers as numbers, instants by day, lists by how many there are", async () => {
    const { money, served } = await app.client.query(`{
      money: featureProfile(view: "money", asOf: "2024-01-31") { feature { name } rows missing distinct min max }
      served: featureProfile(view: "served", asOf: "2024-01-31") { feature { name } rows missing distinct min values { value count } } }`);
    expect(money[0]).toEqual({
      feature: { name: "order_no" },
      rows: 80,
      missing: 1,
      distinct: 41,
      min: 2 ** 53,
      max: 2 ** 53 + 80,
    });
    expect(money[2]).toMatchObject({ feature: { name: "cost" }, distinct: 79, min: 0.5, max: 79.5 });
    expect(served[0]).toEqual({
      feature: { name: "words" },
      rows: 80,
      missing: 0,
      distinct: null,
      min: null,
      values: null,
    });
    expect(served[2].values).toEqual([{ value: "2024-01-31", count: 80 }]);
  });

  it("have the same content in every format", async () => {
    const before = await hashOf();
    const [header, ...lines] = delivery().content!.map((line) => line);
    const quotedFields = /"((?:[^"]|"")*)"|[^,]+/g;
    const rows = lines.map((line) =>
      [...line.matchAll(quotedFields)].map(([all, inner]) => inner?.replaceAll('""', '"') ?? all),
    );
    const seen = (text: string) => new Date(text).getTime();
    const files = delivery();
    delete files.content;
    writeDelivery(app.dataDir, "parquet", files);
    const file = parquetWriteBuffer({
      columnData: [
        { name: "shop_id", data: rows.map(([id]) => id!) },
        { name: "words", data: rows.map(([, words]) => JSON.parse(words!)) },
        { name: "place", data: rows.map(([, , place]) => JSON.parse(place!)) },
        { name: "seen", data: rows.map(([, , , at]) => new Date(seen(at!))) },
      ],
      schema: [
        { name: "root", num_children: 4 },
        { name: "shop_id", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
        { name: "words", converted_type: "LIST", num_children: 1, repetition_type: "OPTIONAL" },
        { name: "list", num_children: 1, repetition_type: "REPEATED" },
        { name: "element", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
        { name: "place", converted_type: "LIST", num_children: 1, repetition_type: "OPTIONAL" },
        { name: "list", num_children: 1, repetition_type: "REPEATED" },
        { name: "element", type: "DOUBLE", repetition_type: "REQUIRED" },
        { name: "seen", type: "INT64", converted_type: "TIMESTAMP_MILLIS", repetition_type: "OPTIONAL" },
      ],
    });
    expect(header).toBe("shop_id,words,place,seen");
    writeFileSync(join(app.dataDir, "parquet", "content.parquet"), new Uint8Array(file));
    expect((await app.client.ingest("parquet", "2024-01-31")).error).toBeNull();
    expect(await hashOf()).toEqual(before);
    writeDelivery(app.dataDir, "jsonl", files);
    const objects = rows.map(([shop_id, words, place, at]) =>
      JSON.stringify({ shop_id, words: JSON.parse(words!), place: JSON.parse(place!), seen: at }),
    );
    writeFileSync(join(app.dataDir, "jsonl", "content.jsonl"), objects.join("\n"));
    expect((await app.client.ingest("jsonl", "2024-01-31")).error).toBeNull();
    expect(await hashOf()).toEqual(before);
  });

  it.each([
    ["a bigint beyond 64 bits", "facts", "order_no", "9223372036854775808", "type"],
    ["a decimal of too many digits", "facts", "price", "10000000000000000.00", "type"],
    ["a decimal that would be rounded", "facts", "price", "1.005", "type"],
    ["a decimal below its bound", "facts", "price", "-1000000000000000.01", "between"],
    ["a local time that does not exist", "facts", "at", "2024-03-31 02:30:00", "local_time"],
    ["a local time that is there twice", "facts", "at", "2024-10-27 02:30:00", "local_time"],
    ["a time before its bound", "facts", "at", "1989-12-31 12:00:00", "between"],
    ["a date after its bound", "facts", "born", "2025-01-01", "between"],
    ["a time without an offset where no zone is declared", "content", "seen", "2024-01-31 10:00:00", "type"],
    ["a null in a list", "facts", "tags", '"[""a"",null]"', "type"],
    ["a vector of another length", "facts", "embedding", '"[1,2]"', "type"],
    ["NaN in a vector", "facts", "embedding", '"[1,NaN,2]"', "type"],
  ])("refuse %s by its name", async (_, file, column, value, expectation) => {
    const files = delivery();
    const header = files[file]![0]!.split(",");
    const at = header.indexOf(column);
    const fields: string[] = header.map((name) => (name === "shop_id" ? "S-000" : ""));
    fields[at] = value;
    files[file]![1] = fields.join(",");
    writeDelivery(app.dataDir, "bad", files);
    const run = await app.client.ingest("bad", "2024-02-29");
    expect(run.error?.code).toBe("VALIDATION_FAILED");
    const { run: found } = await app.client.query(
      "query($id: ID!) { run(id: $id) { validation { expectations { column expectation success rule } } } }",
      { id: run.id },
    );
    const failed = found.validation.expectations.filter(({ success }: any) => !success);
    expect(failed.map((each: any) => [each.column, each.expectation])).toContainEqual([column, expectation]);
    if (expectation === "local_time")
      expect(failed[0].rule).toBe(
        "must be a time that clocks in Europe/Berlin show once; write it with its offset, as 2024-03-31T02:30:00+01:00",
      );
  });
});

describe("pushed values", () => {
  const push = (view: string, values: Record<string, unknown>, asOf = "2024-02-01") =>
    app.client.raw(
      `mutation($view: String!, $asOf: Date!, $values: JSON!) {
         push(input: { view: $view, rows: [{ shopId: "S-005", asOf: $asOf, values: $values }] }) { outcomes { outcome } } }`,
      { view, asOf, values },
    );
  const outcomeOf = (answer: any) =>
    answer.data?.push.outcomes[0].outcome ?? answer.errors[0].extensions.violations?.[0];

  it("are brought to one form, served, and unchanged where they are the same", async () => {
    const values = { words: ["x", 'y"z'], place: [1, -0], seen: "2024-02-01T12:00:00+02:00" };
    expect(outcomeOf(await push("served", values))).toBe("SERVED");
    expect(outcomeOf(await push("served", { ...values, seen: "2024-02-01T10:00:00Z" }))).toBe("UNCHANGED");
    expect(outcomeOf(await push("money", { order_no: "9007199254740993", price: 1.5 }))).toBe("SERVED");
    const { features } = await app.client.query(
      `{ features(shopId: "S-005") { values { words place seen orderNo price } } }`,
    );
    expect(features.values).toEqual({
      words: ["x", 'y"z'],
      place: [1, 0],
      seen: "2024-02-01T10:00:00.000000Z",
      orderNo: "9007199254740993",
      price: "1.50",
    });
  });

  it.each([
    ["money", "price", "1.005"],
    ["money", "price", true],
    ["money", "order_no", 1.5],
    ["money", "order_no", 2 ** 53],
    ["served", "place", [1]],
    ["served", "place", [1, "x"]],
    ["served", "place", "[1,2]"],
    ["served", "words", ["a", null]],
    ["served", "words", "a"],
    ["served", "seen", "2024-02-01T12:00:00"],
  ])("of %s.%s that are none are refused: %j", async (view, column, value) => {
    expect(outcomeOf(await push(view, { [column]: value }))).toMatchObject({ column, expectation: "type" });
  });
});

/** Bytes as a file that can be read at any place. */
const inMemory = (bytes: Buffer) => ({
  read: async (buffer: Buffer, offset: number, length: number, position: number) => ({
    bytesRead: bytes.copy(buffer, offset, position, position + length),
  }),
  stat: async () => ({ size: bytes.length }),
  close: async () => {},
});

describe("a Parquet export", () => {
  it("has each type exactly, and nulls", async () => {
    const columns = (
      [
        ["n", "bigint"],
        ["p", "decimal(9,2)"],
        ["q", "decimal(18,2)"],
        ["r", "decimal(38,10)"],
        ["t", "timestamp"],
        ["l", "list(string)"],
        ["v", "vector(2)"],
      ] as const
    ).map(([name, type]) => ({ name, type, required: false }));
    const long = "-1234567890123456789012345678.0123456789";
    const rows = [
      ["9007199254740993", "-12.50", "12.05", long, "1969-12-31T23:59:59.999999Z", ["a", ""], [0.1, -2]],
      columns.map(() => null),
      ["-1", "0.00", "0.00", "0.0000000000", "2024-01-31T10:00:00.000001Z", [], [1, 2]],
    ];
    const bytes: Uint8Array[] = [];
    const each = async function* () {
      yield* rows;
    };
    await writeParquet(
      columns,
      each() as never,
      async (part) => void bytes.push(part),
      () => {},
    );
    const file = Buffer.concat(bytes);
    const records: string[][] = [];
    for await (const batch of parquetRecords(inMemory(file), () => {}, { instants: new Set(["t"]) }))
      records.push(...batch.map(({ fields }) => fields));
    expect(records.slice(1)).toEqual([
      ["9007199254740993", "-12.50", "12.05", long, "1969-12-31T23:59:59.999999Z", '["a",""]', "[0.1,-2]"],
      ["", "", "", "", "", "", ""],
      ["-1", "0.00", "0.00", "0.0000000000", "2024-01-31T10:00:00.000001Z", "[]", "[1,2]"],
    ]);
    const [first] = await parquetReadObjects({
      file: file.buffer.slice(file.byteOffset, file.byteOffset + file.length) as ArrayBuffer,
    });
    expect(first).toMatchObject({ n: 9007199254740993n, l: ["a", ""], v: [0.1, -2] });
  });
});
