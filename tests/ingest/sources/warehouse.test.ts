import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
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
} from "../../../src/definitions/language/column.js";
import { type Source, source } from "../../../src/definitions/language/deployment.js";
import { sql } from "../../../src/definitions/language/origin.js";
import { arrayJson } from "../../../src/ingest/sources/sql/array-json.js";
import { sqlScheme } from "../../../src/ingest/sources/sql/sql.js";
import { startWarehouse, type TestWarehouse } from "../../support/warehouse.js";

const { signal } = new AbortController();

describe("rows of another PostgreSQL", () => {
  let warehouse: TestWarehouse;
  const before = process.env.WAREHOUSE_URL;
  beforeAll(async () => {
    warehouse = await startWarehouse();
    process.env.WAREHOUSE_URL = warehouse.url;
    // What its administrator has set must not change what is read.
    await warehouse.client.query("alter database postgres set timezone = 'Asia/Kolkata'");
    await warehouse.client.query("alter database postgres set datestyle = 'German'");
    await warehouse.client.query("alter database postgres set extra_float_digits = -3");
    await warehouse.client.query(
      "alter database postgres set default_transaction_isolation = 'read committed'",
    );
  });
  afterAll(async () => {
    if (before === undefined) delete process.env.WAREHOUSE_URL;
    else process.env.WAREHOUSE_URL = before;
    await warehouse?.stop();
  });

  const context = (...sources: Source[]) => ({
    dataDir: "",
    at: "WAREHOUSE_URL",
    asOf: "2024-01-31",
    sources,
  });
  async function read(of: Source): Promise<string[][]> {
    const [file] = await sqlScheme.list("", context(of));
    const rows = await sqlScheme.snapshot!([file!], context(of), signal);
    try {
      const texts: string[][] = [];
      for await (const batch of rows.records(file!)) texts.push(...batch.map(({ fields }) => fields));
      return texts;
    } finally {
      await rows.close();
    }
  }
  const one = async (expression: string, column: Parameters<typeof source>[1]["columns"][string]) => {
    const of = source("s", {
      from: sql("WAREHOUSE_URL", `select 'k' as key, ${expression} as x`),
      columns: { x: column! },
    });
    return (await read(of)).slice(1).map(([, x]) => x);
  };

  it.each([
    ["9223372036854775807::int8", bigint(), "9223372036854775807"],
    ["12345678901234567890.1234567890::numeric", decimal(30, 10), "12345678901234567890.1234567890"],
    ["0.1::float8 + 0.2::float8", float(), "0.30000000000000004"],
    ["'-0'::float8", float(), "-0"],
    ["1e-300::float8", float(), "1e-300"],
    ["'NaN'::float8", float(), "NaN"],
    ["null::int", int(), ""],
    ["true", bool(), "True"],
    ["false", bool(), "False"],
    ["1", bool({ true: ["1"], false: ["0"] }), "1"],
    ["'2024-01-31'::date", date(), "2024-01-31"],
    ["'0044-03-15 BC'::date", date(), "0044-03-15 BC"],
    ["'2024-01-31 00:00+00'::timestamptz", date(), "2024-01-31"],
    ["'2024-01-31 05:30+05:30'::timestamptz", timestamp(), "2024-01-31T00:00:00Z"],
    ["'2024-01-31 12:00:00.123456+00'::timestamptz", timestamp(), "2024-01-31T12:00:00.123456Z"],
    ["'2024-01-31 12:00'::timestamp", timestamp({ zone: "Europe/Berlin" }), "2024-01-31T12:00:00"],
    ["'6F9619FF-8B86-D011-B42D-00CF4FC964FF'::uuid", string(), "6f9619ff-8b86-d011-b42d-00cf4fc964ff"],
    ["'ab'::char(5)", string(), "ab"],
    ["E'a\\n\"b\\',\\\\ ☃'::text", string(), "a\n\"b',\\ ☃"],
    ["'{\"a\": 1}'::jsonb", string(), '{"a": 1}'],
    ["array['a','b,c','\"','NULL',null,'']", list(string()), '["a","b,c","\\"","NULL",null,""]'],
    ["array[9007199254740993]::int8[]", list(bigint()), "[9007199254740993]"],
    ["array[true,false]", list(bool()), "[true,false]"],
    ["array[0.1,1e300]::float8[]", vector(2), "[0.1,1e+300]"],
    ["{asOf}", date(), "2024-01-31"],
    ["{asOf} - interval '90 days' < {asOf} + 1", bool(), "True"],
  ])("%s comes as the text that a file would hold", async (expression, column, text) => {
    expect(await one(expression, column)).toEqual([text]);
  });

  it.each([
    ["'x'::bytea", string(), "is of the type bytea, and declared string; cast it in the statement"],
    ["1", bool(), "is of the type integer, and declared bool; cast it in the statement"],
    ["'1 day'::interval", int(), "is of the type interval, and declared int; cast it in the statement"],
    ["array[1]", int(), "is of the type integer[], and declared int; cast it in the statement"],
    [
      "'2024-01-31 12:00'::timestamp",
      timestamp(),
      "declare its zone, or write at time zone 'UTC' in the statement",
    ],
  ])(
    "%s is refused before any row is read where no value can be what is declared",
    async (expression, column, problem) => {
      await expect(one(expression, column)).rejects.toThrow(problem);
    },
  );

  it("has a header where there are no rows", async () => {
    const of = source("s", {
      from: sql("WAREHOUSE_URL", "select 1 as key, 2 as x where false"),
      columns: { x: int() },
    });
    expect(await read(of)).toEqual([["key", "x"]]);
  });

  it("are those of one instant, over all sources of the database", async () => {
    const { client } = warehouse;
    await client.query(
      "create table first as select 'k' as key, 1 as x; create table second as select 'k' as key, 1 as x",
    );
    const [a, b] = ["first", "second"].map((name) =>
      source(name, { from: sql("WAREHOUSE_URL", `select * from ${name}`), columns: { x: int() } }),
    ) as Source[] as [Source, Source];
    const files = await sqlScheme.list("", context(a, b));
    const rows = await sqlScheme.snapshot!(files, context(a, b), signal);
    const seen: unknown[] = [];
    for await (const batch of rows.records(files[0]!)) seen.push(batch.at(-1)!.fields);
    await client.query(
      "update first set x = 2; update second set x = 2; insert into second values ('new', 3)",
    );
    for await (const batch of rows.records(files[1]!)) seen.push(...batch.map(({ fields }) => fields));
    await rows.close();
    expect(seen.slice(-2)).toEqual([
      ["key", "x"],
      ["k", "1"],
    ]);
    await expect(client.query("drop table first, second")).resolves.toBeTruthy(); // no lock is left
  });

  it("leave no connection behind when they are given up in the middle", async () => {
    const of = source("s", {
      from: sql("WAREHOUSE_URL", "select g::text as key, g as x from generate_series(1, 1000000) g"),
      columns: { x: int() },
    });
    const stop = new AbortController();
    const [file] = await sqlScheme.list("", context(of));
    const rows = await sqlScheme.snapshot!([file!], context(of), stop.signal);
    const reading = (async () => {
      for await (const _ of rows.records(file!)) stop.abort(new Error("cancelled"));
    })();
    await expect(reading).rejects.toThrow("cancelled");
    await rows.close();
    const count = async () =>
      (
        await warehouse.client.query(
          "select count(*)::int as n from pg_stat_activity where application_name = 'asof' and pid <> pg_backend_pid()",
        )
      ).rows[0].n;
    await expect.poll(count, { timeout: 10_000 }).toBe(0);
  });

  it("take no more memory where there are a million of them, or where each is large", async () => {
    setFlagsFromString("--expose_gc");
    const collect = runInNewContext("gc") as () => void;
    const largest = async (statement: string) => {
      const of = source("s", { from: sql("WAREHOUSE_URL", statement), columns: { x: string() } });
      const [file] = await sqlScheme.list("", context(of));
      const rows = await sqlScheme.snapshot!([file!], context(of), signal);
      collect();
      const start = process.memoryUsage().heapUsed;
      let [most, count, batches] = [0, 0, 0];
      for await (const batch of rows.records(file!)) {
        count += batch.length;
        if (++batches % 64 !== 0) continue;
        collect();
        most = Math.max(most, process.memoryUsage().heapUsed - start);
      }
      await rows.close();
      return { most: most / 1e6, count };
    };
    const many = await largest("select g::text as key, md5(g::text) as x from generate_series(1, 1000000) g");
    expect(many.count).toBe(1_000_001);
    expect(many.most).toBeLessThan(30);
    const large = await largest(
      "select g::text as key, repeat('x', 500000) as x from generate_series(1, 500) g",
    );
    expect(large.count).toBe(501);
    expect(large.most).toBeLessThan(60);
  });
});

it("an array's text is read to its end", () => {
  const quoted = (text: string) => JSON.stringify(text);
  expect(arrayJson("{}", quoted)).toBe("[]");
  expect(arrayJson("[0:1]={1,2}", (text) => text)).toBe("[1,2]");
  expect(arrayJson("{{1,2},{3,NULL}}", (text) => text)).toBe("[[1,2],[3,null]]");
  expect(arrayJson('{"a\\\\b","\\"",x y,"NULL"}', quoted)).toBe('["a\\\\b","\\"","x y","NULL"]');
});
