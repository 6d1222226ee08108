import { expect, test } from "vitest";
import { type BinaryType, type BinaryValue, binaryRows } from "../../src/db/binary-copy.js";

const TYPES: BinaryType[] = ["text", "bool", "float8"];
const ROWS: BinaryValue[][] = [
  ["7590-VHVEG", true, -0.1],
  ["", false, null],
  ["Zoë 😀", null, Number.NaN],
  [null, true, 1e300],
];

/** As PostgreSQL's manual describes the format. */
function encoded(rows: BinaryValue[][]): Buffer {
  const int = (value: number, bytes: number) => {
    const buffer = Buffer.alloc(bytes);
    buffer.writeIntBE(value, 0, bytes);
    return buffer;
  };
  const field = (value: BinaryValue) => {
    if (value === null) return int(-1, 4);
    const bytes = Buffer.alloc(8);
    if (typeof value === "number") bytes.writeDoubleBE(value);
    const content =
      typeof value === "number"
        ? bytes
        : typeof value === "string"
          ? Buffer.from(value)
          : int(Number(value), 1);
    return Buffer.concat([int(content.length, 4), content]);
  };
  const header = Buffer.concat([Buffer.from("PGCOPY\n\xff\r\n\0", "latin1"), int(0, 4), int(0, 4)]);
  const tuples = rows.map((row) => Buffer.concat([int(row.length, 2), ...row.map(field)]));
  return Buffer.concat([header, ...tuples, int(-1, 2)]);
}

async function readIn(pieces: number): Promise<BinaryValue[][]> {
  const bytes = encoded(ROWS);
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += pieces) yield bytes.subarray(at, at + pieces);
  }
  const rows: BinaryValue[][] = [];
  for await (const batch of binaryRows(chunks(), TYPES)) rows.push(...batch);
  return rows;
}

test("rows are read whole, wherever the wire cuts them", async () => {
  for (let pieces = 1; pieces <= encoded(ROWS).length; pieces++) expect(await readIn(pieces)).toEqual(ROWS);
});
