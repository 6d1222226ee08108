import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parquetRecords } from "../../../../src/ingest/formats/parquet/parquet-records.js";

const DAY = new Date("2024-01-31T00:00:00Z");
type Written = { type: string; data: unknown[]; expected: string[] };

describe("the values of a Parquet file are the texts its CSV would have", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "asof-parquet-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function read(columnData: unknown[], options: Record<string, unknown> = {}) {
    const path = join(folder, "file.parquet");
    writeFileSync(path, Buffer.from(parquetWriteBuffer({ columnData: columnData as never, ...options })));
    const records: { line: number; fields: string[] }[] = [];
    for await (const batch of parquetRecords(await open(path), () => {})) records.push(...batch);
    return records;
  }

  it.each<[string, Written]>([
    ["a timestamp at midnight", { type: "TIMESTAMP", data: [DAY, null], expected: ["2024-01-31", ""] }],
    [
      "a timestamp within a day",
      { type: "TIMESTAMP", data: [new Date("2024-01-31T10:30:00Z")], expected: ["2024-01-31T10:30:00.000Z"] },
    ],
    [
      "whole numbers beyond a double",
      { type: "INT64", data: [9007199254740993n, -5n, null], expected: ["9007199254740993", "-5", ""] },
    ],
    [
      "what is no number",
      {
        type: "DOUBLE",
        data: [Number.NaN, Number.POSITIVE_INFINITY, -0.1],
        expected: ["NaN", "Infinity", "-0.1"],
      },
    ],
    ["booleans", { type: "BOOLEAN", data: [true, false, null], expected: ["True", "False", ""] }],
    ["few texts often", { type: "STRING", data: Array(20).fill("é"), expected: Array(20).fill("é") }],
    ["nothing but null", { type: "STRING", data: [null, null], expected: ["", ""] }],
  ])("%s", async (_, { type, data, expected }) => {
    const [header, ...rows] = await read([{ name: "x", data, type, nullable: true }]);
    expect(header!.fields).toEqual(["x"]);
    expect(rows.map(({ fields }) => fields[0])).toEqual(expected);
  });

  it("days of the type DATE and decimals", async () => {
    const schema = [
      { name: "root", num_children: 2 },
      { name: "day", type: "INT32", converted_type: "DATE", repetition_type: "OPTIONAL" },
      {
        ...{ name: "fee", type: "INT32", converted_type: "DECIMAL", scale: 2, precision: 8 },
        repetition_type: "OPTIONAL",
      },
    ];
    const [, ...rows] = await read(
      [
        { name: "day", data: [DAY, null] },
        { name: "fee", data: [12.34, -0.01] },
      ],
      { schema },
    );
    expect(rows.map(({ fields }) => fields)).toEqual([
      ["2024-01-31", "12.34"],
      ["", "-0.01"],
    ]);
  });

  it("are numbered through all row groups, with and without compression", async () => {
    const data = Array.from({ length: 700 }, (_, i) => i);
    for (const codec of ["UNCOMPRESSED", "SNAPPY"]) {
      const [, ...rows] = await read([{ name: "x", data, type: "INT32" }], { codec, rowGroupSize: 300 });
      expect(rows.map(({ line, fields }) => [line, fields[0]])).toEqual(data.map((i) => [i + 1, String(i)]));
    }
  });
});
