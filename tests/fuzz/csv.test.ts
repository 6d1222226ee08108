import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { csvRecords } from "../../src/ingest/formats/csv/csv-records.js";
import { FileUnreadableError } from "../../src/ingest/formats/file-format.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import { fuzz, fuzzTimeoutMs } from "./budget.js";

const CSV = fc
  .array(
    fc.oneof(
      fc.constantFrom(...'a1,,,\n\n\r""\0 \t', "\r\n", "\ufeff", "é", "\u{1f600}", '""', ',"', '"\n'),
      fc.uint8Array({ minLength: 1, maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
    ),
    { maxLength: 60 },
  )
  .map((parts) => Buffer.concat(parts.map((part) => Buffer.from(part))));

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The records and, where reading ends there, the complaint. */
async function read(bytes: Buffer, size: number) {
  const records: { line: number; fields: string[] }[] = [];
  try {
    for await (const batch of csvRecords(inPieces(bytes, size))) records.push(...batch);
    return { records, problem: null };
  } catch (error) {
    if (!(error instanceof FileUnreadableError)) throw error;
    return { records, problem: error.message };
  }
}

it(
  "any bytes are records with lines in order, or are refused with the line",
  () =>
    fuzz(fc.tuple(CSV, fc.integer({ min: 1, max: 64 })), 200, async ([bytes, size]) => {
      const { records } = await read(bytes, size);
      const lines = records.map(({ line }) => line);
      expect(lines).toEqual([...lines].sort((a, b) => a - b));
      if (lines.length > 0) expect(lines[0]).toBeGreaterThanOrEqual(1);
    }),
  fuzzTimeoutMs,
);

describe("a delivery with a file of any bytes", () => {
  const USERS = userIds(20);
  const files = smallDelivery(USERS);
  const csv = (source: string) => Buffer.from(`${files[source]!.join("\n")}\n`);
  const PARQUET = Buffer.from(
    parquetWriteBuffer({
      columnData: [
        { name: "user_id", data: USERS, type: "STRING" },
        { name: "failed_payments_90d", data: USERS.map((_, i) => i), type: "INT32" },
      ],
    }),
  );
  /** What is right, by format; a delivery's file is made of it. */
  const WHOLE = {
    "labels.csv": csv("labels"),
    "users.csv": csv("users"),
    "usage_agg_30d.csv": csv("usage_agg_30d"),
    "labels.csv.gz": gzipSync(csv("labels")),
    "payments_agg_90d.parquet": PARQUET,
  };
  const SPLICES = [
    ..."\0,\"\n'\r",
    "é",
    "1e999",
    "-0",
    "NaN",
    "infinity",
    "9".repeat(30),
    "U-00001",
    "\\N",
    "\ud800",
  ];
  const damage = fc.array(
    fc.record({
      at: fc.nat(),
      removed: fc.integer({ min: 0, max: 12 }),
      put: fc.oneof(
        fc.constantFrom(...SPLICES).map((text) => Buffer.from(text)),
        fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
      ),
    }),
    { minLength: 1, maxLength: 4 },
  );
  const broken = fc
    .tuple(fc.constantFrom(...(Object.keys(WHOLE) as (keyof typeof WHOLE)[])), damage)
    .map(([name, changes]) => {
      let bytes: Buffer = WHOLE[name];
      for (const { at, removed, put } of changes) {
        const start = at % (bytes.length + 1);
        bytes = Buffer.concat([bytes.subarray(0, start), put, bytes.subarray(start + removed)]);
      }
      return { name, bytes };
    });

  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app?.stop());

  it(
    "is published, or refused as VALIDATION_FAILED without a trace; a failure of ours is neither",
    async () => {
      let published = 0;
      await fuzz(broken, 2, async ({ name, bytes }) => {
        const folder = join(app.dataDir, "fuzzed");
        rmSync(folder, { recursive: true, force: true });
        mkdirSync(folder);
        writeDelivery(app.dataDir, "fuzzed", files);
        rmSync(join(folder, `${name.split(".")[0]}.csv`));
        writeFileSync(join(folder, name), bytes);
        const run = await app.client.ingest("fuzzed", "2024-01-31");
        if (run.status === "FAILED") expect(run.error).toMatchObject({ code: "VALIDATION_FAILED" });
        else expect(run).toMatchObject({ status: "SUCCEEDED", error: null });
        if (run.status === "SUCCEEDED" && !run.result.unchanged) published++;
      });
      const [row] = await app.sql("select count(*)::int as n from snapshots");
      expect(row).toEqual({ n: published });
    },
    fuzzTimeoutMs,
  );
});
