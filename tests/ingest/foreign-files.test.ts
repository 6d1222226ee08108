import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool, type Pool } from "../../src/db/pool.js";
import { bool, float, int, string } from "../../src/definitions/language/column.js";
import { deployment, entity, source } from "../../src/definitions/language/deployment.js";
import { expectColumn } from "../../src/definitions/language/expectation.js";
import { ExpectationTally } from "../../src/ingest/expectation-tally.js";
import { folder as scheme } from "../../src/ingest/sources/folder/folder.js";
import { stageFile } from "../../src/ingest/stage-file.js";
import { reportOf } from "../../src/ingest/validation-report.js";
import { createDatabase, type TestDatabase } from "../support/database.js";

const RUN = "11111111-2222-4333-8444-555555555556";

/** As a German spreadsheet writes them. */
const orders = source("orders", {
  keyFrom: "Customer ID",
  delimiter: ";",
  decimal: ",",
  empty: ["NA", "-"],
  extraColumns: "ignore",
  columns: {
    dollars: float({ from: "Order Value", min: 0 }),
    paid: bool({ from: "Paid?", true: ["Y", "1"], false: ["N", "0"] }),
    items: int(),
    channel: string({ oneOf: ["shop", "web"] }),
  },
  expectations: [expectColumn("items").between(1, 9)],
});
const plain = source("plain", {
  columns: { amount: float(), code: string({ required: true }), open: bool() },
});
const definitions = deployment({
  name: "foreign",
  entity: entity("customer", { key: "customer_id" }),
  entitySource: orders,
  sources: [orders, plain],
  views: [],
  services: [],
});

let database: TestDatabase;
let pool: Pool;
let folder: string;
beforeAll(async () => {
  database = await createDatabase();
  pool = createPool(database.url, 2);
  await pool.query("create schema staging");
  folder = mkdtempSync(join(tmpdir(), "asof-foreign-"));
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
  rmSync(folder, { recursive: true, force: true });
});

/** The rows that are staged of a file, and what is unexpected in it, a line each. */
async function staged(of: typeof orders | typeof plain, extension: string, content: string | Uint8Array) {
  const path = join(folder, `${of.name}${extension}`);
  writeFileSync(path, content);
  const tally = new ExpectationTally(definitions);
  const client = await pool.connect();
  try {
    const { signal } = new AbortController();
    const listed = { source: of.name, path, bytes: content.length, extension };
    const file = await scheme.fingerprint(listed, () => {}, signal);
    await stageFile(client, definitions, RUN, of, scheme, file, tally, { onBytes: () => {}, signal });
  } finally {
    client.release(true);
  }
  const { rows } = await pool.query({
    text: `select * from staging.r1111111122224333_${of.name} order by line`,
    rowMode: "array",
  });
  const unexpected = reportOf(tally).expectations.flatMap(({ expectation, sample }) =>
    sample.map(({ line, value }) => `${expectation} ${line} ${value}`),
  );
  const rules = reportOf(tally).expectations.filter(({ source }) => source === of.name);
  return {
    rows,
    unexpected,
    ruleOf: (name: string, column: string | null) =>
      rules.find(({ expectation, column: on }) => expectation === name && on === column)?.rule,
  };
}

const HEADER = "Paid?;Customer ID;items;Order Value;channel;Comment";

describe("files that are written in another way", () => {
  it("are read by what their source declares", async () => {
    const { rows, unexpected } = await staged(
      orders,
      ".csv",
      `${HEADER}\nY;C-1;3;12,50;web;fine\n0;C-2;-;-;NA;"a;b"\nNA;C-3;1;1e2;shop;\n`,
    );
    expect(unexpected).toEqual([]);
    expect(rows).toEqual([
      [2, "C-1", 12.5, true, 3, "web"],
      [3, "C-2", null, false, null, null],
      [4, "C-3", 100, null, 1, "shop"],
    ]);
  });

  it("are refused cell by cell, in their own words", async () => {
    const { rows, unexpected, ruleOf } = await staged(
      orders,
      ".csv",
      `${HEADER}\nyes;C-1;3;12.50;web;\nTrue;NA;1;1;web;\nN;C-3;12;-1,5;Web;\nN;C-4;1,0;1.234,5;web;\n`,
    );
    expect(unexpected.sort()).toEqual(
      [
        "between 4 -1,5",
        "in_set 4 Web",
        "not_null 3 ",
        "type 2 12.50",
        "type 2 yes",
        "type 5 1.234,5",
        "between 4 12",
      ].sort(),
    );
    expect(rows[0]).toEqual([2, "C-1", null, null, 3, "web"]);
    expect(rows.at(-1)).toEqual([5, "C-4", null, false, 1, "web"]);
    expect(ruleOf("type", "dollars")).toBe("must be a finite number, with a decimal comma");
    expect(ruleOf("type", "paid")).toBe('must be "Y" or "1" for true, "N" or "0" for false');
    expect(ruleOf("column_set", null)).toBe(
      "must have the columns Customer ID, Order Value, Paid?, items, channel",
    );
  });

  it.each([
    [
      "a column under its declared name",
      "Paid?;Customer ID;items;dollars;channel",
      ["Order Value is missing"],
    ],
    ["a column twice", `${HEADER};Paid?`, ["Paid? is there twice"]],
    [
      "another delimiter",
      "Paid?,Customer ID,items,Order Value,channel",
      ["the columns are separated by commas; separate them by semicolons"],
    ],
    ["a column that is ignored twice", `${HEADER};Comment`, []],
  ])("have a header that is checked: %s", async (_, header, problems) => {
    const { unexpected } = await staged(orders, ".csv", `${header}\nY;C-1;1;1;web;1;1\n`);
    const ofHeader = unexpected.filter((text) => text.startsWith("column_set"));
    expect(ofHeader).toEqual(problems.map((problem) => `column_set 1 ${problem}`));
  });

  it("are read alike from Parquet, where numbers and booleans are such", async () => {
    const column = (name: string, type: string, data: unknown[]) => ({ name, type, data });
    const columnData = [
      column("Customer ID", "STRING", ["C-1", "C-2"]),
      column("Order Value", "DOUBLE", [12.5, 0.25]),
      column("Paid?", "BOOLEAN", [true, false]),
      column("items", "INT32", [3, 1]),
      column("channel", "STRING", ["web", "NA"]),
      column("Comment", "STRING", ["", ""]),
    ];
    const { rows, unexpected } = await staged(
      orders,
      ".parquet",
      new Uint8Array(parquetWriteBuffer({ columnData: columnData as never })),
    );
    expect(unexpected).toEqual([]);
    expect(rows.map((row) => row.slice(1))).toEqual([
      ["C-1", 12.5, true, 3, "web"],
      ["C-2", 0.25, false, 1, null],
    ]);
  });
});

describe("JSON Lines", () => {
  it("are read as their CSV would be, whatever an object leaves out", async () => {
    const { rows, unexpected } = await staged(
      plain,
      ".jsonl",
      '\ufeff{"code":"a","customer_id":"C-1","amount":1.5,"open":true}\r\n\n{"customer_id":"C-2","code":"b","amount":null}\n{"amount":1e20,"code":"é\\n","customer_id":12345678901234567890}',
    );
    expect(unexpected).toEqual([]);
    expect(rows).toEqual([
      [1, "C-1", 1.5, "a", true],
      [3, "C-2", null, "b", null],
      [4, "12345678901234567890", 1e20, "é\n", null],
    ]);
  });

  it("may be packed, and are told apart from what they are not", async () => {
    const packed = gzipSync('{"customer_id":"C-1","code":"a"}\n');
    expect((await staged(plain, ".jsonl.gz", packed)).rows).toEqual([[1, "C-1", null, "a", null]]);
    for (const [content, problem] of [
      ['{"customer_id":"C-1","code":"a"}\n[1]', "readable 2 it is no JSON object; each line must be one"],
      ['{"customer_id":"C-1","code":"a"}\n{"a"', "readable 2 it is no JSON: "],
      [`{"customer_id":"${"x".repeat(1 << 21)}`, "readable 1 a row is longer than 1048576 bytes"],
      [packed, "readable 1 it is packed by gzip; deliver it as plain.jsonl.gz"],
    ] as const) {
      const { unexpected } = await staged(plain, ".jsonl", content);
      expect(unexpected.map((text) => text.startsWith(problem))).toContain(true);
    }
  });

  it("name what is not declared, and what breaks its column", async () => {
    const first = '{"customer_id":"C-1","code":"a","amout":1}\n';
    expect((await staged(plain, ".jsonl", first)).unexpected).toEqual([
      'column_set 1 "amout" is not declared',
    ]);
    const { unexpected } = await staged(
      plain,
      ".jsonl",
      '{"customer_id":"C-1","code":"a"}\n{"customer_id":"C-2","code":"a","amout":1}\n{"customer_id":"C-3","amount":"x","open":1}\n{"code":"a"}\n',
    );
    expect(unexpected.sort()).toEqual([
      "not_null 3 ",
      "not_null 4 ",
      'row_shape 2 5 fields in "C-2,,a,,amout: 1"',
      "type 3 1",
      "type 3 x",
    ]);
  });
});

describe("what is declared of files", () => {
  const declare = (options: object, columns: Parameters<typeof source>[1]["columns"]) => () =>
    deployment({
      name: "x",
      entity: entity("customer", { key: "customer_id" }),
      ...(() => {
        const only = source("only", { ...options, columns });
        return { entitySource: only, sources: [only] };
      })(),
      views: [],
      services: [],
    });
  it.each([
    [{}, { a: int({ from: "X" }), b: int({ from: "X" }) }, 'a and b would both be read from "X"'],
    [{}, { a: int({ from: "b" }), b: int() }, 'a and b would both be read from "b"'],
    [{ keyFrom: "a" }, { a: int() }, 'customer_id and a would both be read from "a"'],
    [{}, { a: int({ from: "" }) }, "column a: from names nothing"],
    [{ delimiter: ";;" }, { a: int() }, 'delimiter ";;" must be one character'],
    [{ delimiter: '"' }, { a: int() }, 'delimiter "\\"" must be one character'],
    [{ decimal: "," }, { a: float() }, 'decimal "," needs another delimiter, such as ";"'],
    [
      { empty: ["NA"] },
      { a: string({ oneOf: ["NA", "x"] }) },
      '"NA" is one of its values, and stands for no value',
    ],
    [
      { empty: ["N"] },
      { a: bool({ true: ["Y"], false: ["N"] }) },
      '"N" is one of its words, and stands for no value',
    ],
    [{}, { a: bool({ true: ["Y"] }) }, "words for true and for false are given together"],
    [{}, { a: bool({ true: ["Y"], false: ["Y"] }) }, '"Y" is among its words twice'],
  ])("is refused where it contradicts itself: %j %j", (options, columns, problem) => {
    expect(declare(options, columns)).toThrow("source only: ");
    expect(declare(options, columns)).toThrow(problem);
  });
});
