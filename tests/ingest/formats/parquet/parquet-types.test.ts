import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { date, float, int } from "../../../../src/definitions/language/column.js";
import { cellReader } from "../../../../src/ingest/expectations/delivery/cells.js";
import { parquetRecords } from "../../../../src/ingest/formats/parquet/parquet-records.js";
import { int32, int64, parquetFile, type Struct, texts } from "../../../support/parquet.js";

const fixed = (...hex: string[]) => Buffer.from(hex.join(""), "hex");
/** SchemaElement: 1 the physical type, 2 its length, 6 the converted and 10 the logical type. */
const [INT32, INT64, INT96, FLOAT, BYTES, FIXED] = [1, 2, 3, 4, 6, 7];
const MILLIS = { 1: {} };
const MICROS = { 2: {} };
const NANOS = { 3: {} };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "asof-parquet-types-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function read(element: Struct, bytes: Buffer, rows: number, below: Struct[] = []): Promise<string[]> {
  const path = join(folder, "file.parquet");
  writeFileSync(path, parquetFile([{ name: "x", element, pages: [{ values: rows, bytes }], below }], rows));
  const found: string[] = [];
  for await (const batch of parquetRecords(await open(path), () => {}))
    found.push(...batch.map(({ fields }) => fields[0]!));
  return found.slice(1);
}

describe("a logical type reads as the text its CSV would have, every digit of it", () => {
  it.each<[string, Struct, Buffer, string[]]>([
    [
      "a decimal of 32 bits",
      { 1: INT32, 7: 2, 8: 9, 10: { 5: { 1: 2, 2: 9 } } },
      int32(1234, -1, 0, -100),
      ["12.34", "-0.01", "0.00", "-1.00"],
    ],
    [
      "a decimal of 64 bits that no double holds",
      { 1: INT64, 6: 5, 7: 3, 8: 18 },
      int64(9_007_199_254_740_993_001n),
      ["9007199254740993.001"],
    ],
    [
      "a decimal of bytes",
      { 1: FIXED, 2: 16, 6: 5, 7: 10, 8: 38 },
      fixed("ffffffffffffffffffffffffffffffff", "000000000000000000000002540be400"),
      ["-0.0000000001", "1.0000000000"],
    ],
    ["a decimal of no places", { 1: BYTES, 6: 5, 8: 5 }, texts(fixed("ff85"), fixed("")), ["-123", "0"]],
    [
      "milliseconds of UTC before 1970",
      { 1: INT64, 10: { 8: { 1: true, 2: MILLIS } } },
      int64(-1n, -86_400_000n, 0n),
      ["1969-12-31T23:59:59.999Z", "1969-12-31", "1970-01-01"],
    ],
    [
      "microseconds of UTC",
      { 1: INT64, 10: { 8: { 1: true, 2: MICROS } } },
      int64(1_706_697_000_000_001n, 1_706_697_000_000_000n, -62_135_596_800_000_000n),
      ["2024-01-31T10:30:00.000001Z", "2024-01-31T10:30:00.000Z", "0001-01-01"],
    ],
    [
      "nanoseconds that some clock showed",
      { 1: INT64, 10: { 8: { 1: false, 2: NANOS } } },
      int64(1_706_697_000_000_000_001n, -1n),
      ["2024-01-31T10:30:00.000000001", "1969-12-31T23:59:59.999999999"],
    ],
    [
      "the converted type of microseconds",
      { 1: INT64, 6: 10 },
      int64(1_706_659_200_000_000n),
      ["2024-01-31"],
    ],
    [
      "INT96",
      { 1: INT96 },
      Buffer.concat([int64(37_800_000_000_000n), int32(2_460_341), int64(0n), int32(2_440_587)]),
      ["2024-01-31T10:30:00.000Z", "1969-12-31"],
    ],
    ["days", { 1: INT32, 6: 6 }, int32(19_753, -1, -719_162), ["2024-01-31", "1969-12-31", "0001-01-01"]],
    [
      "days by the logical type alone, and those that no calendar has",
      { 1: INT32, 10: { 6: {} } },
      int32(19_753, 2_147_483_647, -719_163),
      ["2024-01-31", "day 2147483647", "0000-12-31"],
    ],
    ["unsigned 32 bits", { 1: INT32, 6: 13 }, int32(-1, 7), ["4294967295", "7"]],
    ["unsigned 64 bits", { 1: INT64, 6: 14 }, int64(-1n), ["18446744073709551615"]],
    ["signed 8 bits", { 1: INT32, 6: 15 }, int32(-128), ["-128"]],
    [
      "half floats",
      { 1: FIXED, 2: 2, 10: { 15: {} } },
      fixed("003e", "00c0", "ff7b", "0100", "007e", "007c"),
      ["1.5", "-2", "65504", "5.960464477539063e-8", "NaN", "Infinity"],
    ],
    [
      "floats, widened",
      { 1: FLOAT },
      Buffer.from(new Float32Array([0.5, 0.1]).buffer),
      ["0.5", "0.10000000149011612"],
    ],
    [
      "a UUID",
      { 1: FIXED, 2: 16, 10: { 14: {} } },
      fixed("00112233445566778899aabbccddeeff"),
      ["00112233-4455-6677-8899-aabbccddeeff"],
    ],
    ["JSON, as it is written", { 1: BYTES, 6: 19 }, texts('{"b": 1.50,  "a":1}'), ['{"b": 1.50,  "a":1}']],
    ["an enum", { 1: BYTES, 6: 4 }, texts("stay"), ["stay"]],
    ["bytes of no type, as text", { 1: BYTES }, texts("é"), ["é"]],
  ])("%s", async (_, element, bytes, expected) => {
    expect(await read(element, bytes, expected.length)).toEqual(expected);
  });

  it("so that a column takes the same value from both", async () => {
    const [decimal] = await read({ 1: INT64, 6: 5, 7: 17, 8: 18 }, int64(100_000_000_000_000_005n), 1);
    expect(cellReader(float())(decimal!)).toEqual(cellReader(float())("1.00000000000000005"));
    const [whole] = await read({ 1: INT32, 6: 5, 7: 2, 8: 9 }, int32(300), 1);
    expect(cellReader(int())(whole!)).toEqual({ copy: "3", value: 3 });
    const [part] = await read({ 1: INT32, 6: 5, 7: 2, 8: 9 }, int32(301), 1);
    expect(cellReader(int())(part!)).toEqual({ breaks: "type" });
    const [midnight] = await read({ 1: INT64, 6: 10 }, int64(-86_400_000_000n), 1);
    expect(cellReader(date())(midnight!)).toMatchObject({ copy: "1969-12-31" });
  });
});

describe("is refused by its name and that of the column", () => {
  const group = (logical: number, converted: number): [Struct, Struct[]] => [
    { 3: 1, 5: 1, 6: converted, 10: { [logical]: {} } },
    [
      { 3: 2, 4: "entry", 5: 1 },
      { 1: INT32, 3: 1, 4: "element" },
    ],
  ];
  it.each<[string, Struct, Struct[]]>([
    ["holds times of day", { 1: INT64, 10: { 7: { 1: true, 2: MICROS } } }, []],
    ["holds times of day", { 1: INT64, 10: { 7: { 1: false, 2: NANOS } } }, []],
    ["holds times of day", { 1: INT32, 6: 7 }, []],
    ["holds intervals", { 1: FIXED, 2: 12, 6: 21 }, []],
    ["holds BSON", { 1: BYTES, 6: 20 }, []],
    [
      "holds lists of times of day",
      { 3: 1, 5: 1, 6: 3 },
      [
        { 3: 2, 4: "list", 5: 1 },
        { 1: INT32, 3: 1, 4: "element", 6: 7 },
      ],
    ],
    [
      "holds lists of lists or of structs",
      { 3: 1, 5: 1, 10: { 3: {} } },
      [
        { 3: 2, 4: "list", 5: 2 },
        { 1: INT32, 4: "a" },
        { 1: INT32, 4: "b" },
      ],
    ],
    ["holds maps", ...group(2, 1)],
    ["holds structs", { 3: 1, 5: 1 }, [{ 1: INT32, 3: 1, 4: "a" }]],
    ["holds geometries", { 1: BYTES, 10: { 17: {} } }, []],
    ["has the type number 99 on INT32", { 1: INT32, 10: { 99: {} } }, []],
    ["has the type DECIMAL on DOUBLE", { 1: 5, 6: 5, 7: 2, 8: 9 }, []],
  ])("what %s", async (problem, element, below) => {
    await expect(read(element, int32(1), 1, below)).rejects.toThrow(
      `column "x" ${problem}: there is no such type here`,
    );
  });
});
