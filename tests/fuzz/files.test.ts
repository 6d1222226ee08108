import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, expect, it } from "vitest";
import { FileUnreadableError } from "../../src/ingest/formats/file-format.js";
import { parquetRecords } from "../../src/ingest/formats/parquet/parquet-records.js";
import { fuzz, fuzzTimeoutMs } from "./budget.js";

const ROWS = 50;
const rows = <T>(value: (i: number) => T) => Array.from({ length: ROWS }, (_, i) => value(i));
/** Whole files, of every encoding that the writer has. */
const WHOLE = (["UNCOMPRESSED", "SNAPPY"] as const).flatMap((codec) =>
  ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"].map((encoding) =>
    Buffer.from(
      parquetWriteBuffer({
        codec,
        rowGroupSize: 20,
        columnData: [
          { name: "key", data: rows((i) => `U-${i}`), type: "STRING", encoding: "DELTA_BYTE_ARRAY" },
          { name: "same", data: rows((i) => (i % 3 ? "stay" : null)), type: "STRING", nullable: true },
          { name: "number", data: rows((i) => i), type: "INT32", encoding: encoding as "PLAIN" },
          { name: "flag", data: rows((i) => (i % 2 ? i % 3 === 0 : null)), type: "BOOLEAN", nullable: true },
          { name: "at", data: rows((i) => new Date(i * 1e9)), type: "TIMESTAMP" },
        ],
      }),
    ),
  ),
);

/** Bytes put in the place of others, often such as make a length or a count of them. */
const change = fc.record({
  at: fc.nat(),
  removed: fc.integer({ min: 0, max: 3 }),
  put: fc.oneof(
    fc.uint8Array({ maxLength: 3 }),
    fc.constantFrom([0xff, 0xff, 0xff, 0x7f], [0xff, 0xff, 0xff, 0xff, 0x0f], [0], [0xfc], [0xf9], [0x80]),
  ),
});
const broken = fc
  .tuple(fc.constantFrom(...WHOLE), fc.array(change, { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([whole, changes, inFooter]) => {
    let bytes = whole;
    for (const { at, removed, put } of changes) {
      // The end of the file says what all of it means.
      const start = inFooter ? Math.max(4, bytes.length - 1 - (at % 600)) : at % bytes.length;
      bytes = Buffer.concat([bytes.subarray(0, start), Buffer.from(put), bytes.subarray(start + removed)]);
    }
    return bytes;
  });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "asof-files-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it(
  "any bytes called Parquet are rows in order, or refused with the row, in bounded memory and time",
  () =>
    fuzz(broken, 100, async (bytes) => {
      const path = join(folder, "file.parquet");
      writeFileSync(path, bytes);
      const [startedAt, before] = [performance.now(), process.memoryUsage().rss];
      let line = 0;
      try {
        for await (const batch of parquetRecords(await open(path), () => {})) {
          for (const record of batch) {
            expect(record.line).toBe(Math.max(1, line++));
            expect(record.fields.every((field) => typeof field === "string")).toBe(true);
          }
        }
      } catch (error) {
        if (!(error instanceof FileUnreadableError)) throw error;
        expect(error.line).toBeGreaterThanOrEqual(1);
      }
      expect(performance.now() - startedAt).toBeLessThan(20_000);
      expect(process.memoryUsage().rss - before).toBeLessThan(400e6);
    }),
  fuzzTimeoutMs,
);
