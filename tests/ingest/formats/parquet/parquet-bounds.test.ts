import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FileUnreadableError } from "../../../../src/ingest/formats/file-format.js";
import { parquetRecords } from "../../../../src/ingest/formats/parquet/parquet-records.js";
import { int32, parquetFile, type RawColumn, type Struct, texts, thrift } from "../../../support/parquet.js";

const INT32 = { 1: 1 };
const BYTES = { 1: 6 };
/** A run of one number, as a level or a place in a dictionary: a varint of twice its length, then the number. */
function run(length: number, value: number): Buffer {
  const bytes: number[] = [];
  let left = length * 2;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
  return Buffer.from([...bytes, left, value]);
}
const placed = (length: number): Buffer => Buffer.concat([Buffer.from([1]), run(length, 0)]);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "asof-parquet-bounds-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function read(bytes: Buffer) {
  const path = join(folder, "file.parquet");
  writeFileSync(path, bytes);
  let rows = -1;
  let grown = 0;
  let last: string[] = [];
  const before = process.memoryUsage().rss;
  try {
    for await (const batch of parquetRecords(await open(path), () => {})) {
      rows += batch.length;
      last = batch.at(-1)!.fields;
      grown = Math.max(grown, process.memoryUsage().rss - before);
    }
    return { rows, last, problem: null, grown };
  } catch (error) {
    if (!(error instanceof FileUnreadableError)) throw error;
    grown = Math.max(grown, process.memoryUsage().rss - before);
    return { rows, last, problem: error.message, grown };
  }
}

const one = (over: Partial<RawColumn> = {}): RawColumn => ({
  name: "x",
  element: INT32,
  pages: [{ values: 2, bytes: int32(1, 2) }],
  ...over,
});

describe("a Parquet file takes no more memory than its pages", () => {
  const ROWS = 3_000_000;

  it("however many rows a few bytes say, of a dictionary, of nulls, of equal steps", async () => {
    const steps = Buffer.from([
      ...[0x80, 0x80, 0x80, 0x80, 4, 4], // a block of 2^30 steps in four parts
      ...[0xc0, 0x8d, 0xb7, 1, 0, 2, 0, 0, 0, 0], // 3 000 000 numbers, the first 0, each one more
    ]);
    const level = run(ROWS, 0);
    const columns: RawColumn[] = [
      {
        name: "dictionary",
        element: BYTES,
        pages: [
          { values: 1, bytes: texts("stay"), dictionary: true },
          { values: ROWS, bytes: placed(ROWS), encoding: 8 },
        ],
      },
      {
        name: "nulls",
        element: { ...INT32, 3: 1 },
        pages: [{ values: ROWS, bytes: Buffer.concat([int32(level.length), level]) }],
      },
      { name: "steps", element: INT32, pages: [{ values: ROWS, bytes: steps, encoding: 5 }] },
    ];
    // Long names make it long enough for so many rows.
    const padded = parquetFile(columns, ROWS, { 6: "x".repeat(ROWS / 64) });
    const { rows, last, problem, grown } = await read(padded);
    expect({ rows, last, problem }).toEqual({
      rows: ROWS,
      last: ["stay", "", String(ROWS - 1)],
      problem: null,
    });
    expect(grown).toBeLessThan(200e6);
  }, 60_000);

  it("and is refused where it claims more rows than could differ", async () => {
    const pages = [
      { values: 1, bytes: texts("U-1"), dictionary: true },
      { values: 40_000_000, bytes: placed(40_000_000), encoding: 8 },
    ];
    const { problem, rows } = await read(parquetFile([one({ element: BYTES, pages })], 40_000_000));
    expect(rows).toBe(-1);
    expect(problem).toMatch(/^it says it has 40000000 rows, in \d+ bytes; at most 1000000 are read from it/);
  });
});

describe("a Parquet file that lies is refused, in little memory and time", () => {
  const gz = gzipSync(Buffer.alloc(300 << 20));
  const list = (size: number) =>
    Buffer.from([0xfc, ...[0, 7, 14, 21, 28].map((by) => ((size / 2 ** by) & 0x7f) | (by < 28 ? 0x80 : 0))]);
  const nested = (depth: number): Struct => (depth === 0 ? {} : { 99: nested(depth - 1) });
  const footer = (bytes: Buffer) => {
    const length = int32(bytes.length);
    return Buffer.concat([Buffer.from("PAR1"), bytes, length, Buffer.from("PAR1")]);
  };
  const deepSchema: Struct[] = Array.from({ length: 15_000 }, (_, i) => ({
    3: 0,
    4: "deep",
    5: i === 14_999 ? 0 : 1,
  }));

  it.each<[string, () => Buffer, RegExp]>([
    [
      "of a page's length",
      () => parquetFile([one({ pages: [{ values: 2, bytes: int32(1, 2), size: 2 ** 30 }] })], 2),
      /a page has 1073741824 bytes; at most 67108864/,
    ],
    [
      "of what a page unpacks to",
      () => parquetFile([one({ codec: 2, pages: [{ values: 2, bytes: gz, unpacked: 8 }] })], 2),
      /GZIP data is damaged/,
    ],
    [
      "of a page that unpacks to too much",
      () => parquetFile([one({ codec: 2, pages: [{ values: 2, bytes: gz, unpacked: 300 << 20 }] })], 2),
      /a page has 314572800 bytes/,
    ],
    [
      "of the values of a page",
      () => parquetFile([one({ pages: [{ values: 2 ** 30, bytes: int32(1, 2) }] })], 2),
      /more values than rows/,
    ],
    [
      "of the values that it has",
      () => parquetFile([one({ pages: [{ values: 1, bytes: int32(1) }] })], 2),
      /fewer values than rows/,
    ],
    [
      "of the rows of its columns",
      () => parquetFile([one({ values: 7 })], 2),
      /column "x" has 7 values of 2 rows/,
    ],
    [
      "of the rows of all groups",
      () => parquetFile([one()], 2, { 3: 5n }),
      /its row groups have 2 rows, it says 5/,
    ],
    [
      "of a text's length",
      () =>
        parquetFile(
          [one({ element: BYTES, pages: [{ values: 2, bytes: Buffer.concat([int32(-1), texts("a")]) }] })],
          2,
        ),
      /a value has 4294967295 bytes/,
    ],
    [
      "of its dictionary",
      () =>
        parquetFile(
          [
            one({
              pages: [
                { values: 2 ** 30, bytes: int32(1), dictionary: true },
                { values: 2, bytes: placed(2), encoding: 8 },
              ],
            }),
          ],
          2,
        ),
      /a dictionary ends too early/,
    ],
    [
      "of a place in it",
      () =>
        parquetFile(
          [
            one({
              pages: [
                { values: 1, bytes: int32(1), dictionary: true },
                { values: 2, bytes: Buffer.concat([Buffer.from([8]), run(2, 200)]), encoding: 8 },
              ],
            }),
          ],
          2,
        ),
      /not in the dictionary/,
    ],
    [
      "of where a column lies",
      () =>
        parquetFile([one()], 2, { 4: [{ 1: [{ 2: 4n, 3: { 4: 0, 5: 2n, 7: 2n ** 40n, 9: 4n } }], 3: 2n }] }),
      /a column lies outside the file/,
    ],
    ["of its compression", () => parquetFile([one({ codec: 3 })], 2), /compressed with LZO/],
    [
      "of a list's length",
      () => footer(Buffer.concat([Buffer.from([0x29]), list(2 ** 31)])),
      /a list ends too early/,
    ],
    [
      "of lists in lists",
      () =>
        footer(
          Buffer.concat([
            Buffer.from([0x99]),
            ...Array.from({ length: 50_000 }, () => Buffer.from([0xf9, 1])),
          ]),
        ),
      /nested too deeply/,
    ],
    ["of structs in structs", () => footer(thrift(nested(300))), /nested too deeply/],
    [
      "of columns",
      () => footer(thrift({ 2: Array.from({ length: 30_000 }, () => ({})) })),
      /it has 30000 columns; at most 20000/,
    ],
    [
      "of its schema",
      () =>
        parquetFile([one()], 2, {
          2: [
            { 4: "schema", 5: 3 },
            { 4: "x", 5: 9 },
          ],
        }),
      /schema contradicts itself/,
    ],
    [
      "of the rows being negative",
      () => parquetFile([one()], 2, { 4: [{ 1: [], 3: -1n }] }),
      /-1 is no count/,
    ],
    [
      "of how long it is",
      () => Buffer.concat([Buffer.from("PAR1"), int32(2 ** 30), Buffer.from("PAR1")]),
      /longer than the file/,
    ],
    [
      "of a text that shares more than there is",
      () =>
        parquetFile(
          [
            one({
              element: BYTES,
              pages: [
                {
                  values: 2,
                  encoding: 7,
                  bytes: Buffer.from([
                    ...[128, 1, 4, 2, 200, 1, 0, 0, 0, 0, 0],
                    ...[128, 1, 4, 2, 0, 0, 0, 0, 0, 0],
                  ]),
                },
              ],
            }),
          ],
          2,
        ),
      /shares more than there is/,
    ],
  ])("%s", async (_, make, expected) => {
    const bytes = make();
    const { problem, grown } = await read(bytes);
    expect(problem).toMatch(expected);
    expect(grown).toBeLessThan(150e6);
  });

  it("a schema nested ten thousand deep is one column that holds structs", async () => {
    const { problem } = await read(parquetFile([one({ element: { 5: 1, 3: 1 }, below: deepSchema })], 2));
    expect(problem).toMatch(/column "x" holds structs/);
  });

  it("a row longer than CSV's may be is refused, at its number", async () => {
    const wide = Array.from({ length: 3 }, (_, i) =>
      one({ name: `c${i}`, element: BYTES, pages: [{ values: 2, bytes: texts("a", "x".repeat(500_000)) }] }),
    );
    const { rows, problem } = await read(parquetFile(wide, 2));
    expect(rows).toBe(0);
    expect(problem).toBe("a row is longer than 1048576 bytes");
  });
});
