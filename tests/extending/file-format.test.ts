import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtInFileFormats, fileFormats } from "../../src/ingest/formats/registry.js";
import {
  type DeliveredRecord,
  type FileFormat,
  FileUnreadableError,
  MAX_RECORD_BYTES,
} from "../../src/process/front.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { type Files, smallDelivery, userIds, writeDelivery } from "../support/delivery.js";

/** A format of a deployment's own: one JSON object a line, the first one's names being the columns. */
const jsonLines: FileFormat = {
  name: "ndjson",
  inWords: "a JSON Lines file",
  extension: ".ndjson",
  mediaType: "application/x-ndjson",
  magic: null,
  position: "line",
  textOnly: false,
  reading: { access: "stream", records: jsonRecords },
};

async function* jsonRecords(chunks: AsyncIterable<Buffer>): AsyncGenerator<DeliveredRecord[]> {
  let header: string[] | null = null;
  for await (const lines of linesOf(chunks)) {
    const batch: DeliveredRecord[] = [];
    for (const { line, text } of lines) {
      const row = parsed(text, line);
      if (header === null) {
        header = Object.keys(row);
        batch.push({ line, fields: header });
      }
      const values = header.map((name) => row[name] ?? null);
      batch.push({ line, fields: values.map(asCsv) });
    }
    yield batch;
  }
}

async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<{ line: number; text: string }[]> {
  let pending = Buffer.alloc(0);
  let line = 0;
  const take = (block: Buffer) =>
    block
      .toString("utf8")
      .split("\n")
      .map((text) => ({ line: ++line, text }))
      .filter(({ text }) => text.trim() !== "");
  for await (const chunk of chunks) {
    const block = Buffer.concat([pending, chunk]);
    const end = block.lastIndexOf(10);
    pending = block.subarray(end + 1);
    if (pending.length > MAX_RECORD_BYTES) throw new FileUnreadableError("a row is too long", line + 1);
    if (end >= 0) yield take(block.subarray(0, end));
  }
  if (pending.length > 0) yield take(pending);
}

function parsed(text: string, line: number): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch {}
  throw new FileUnreadableError("it is no JSON object", line);
}

const asCsv = (value: unknown): string =>
  value === null ? "" : typeof value === "boolean" ? (value ? "True" : "False") : String(value);

/** The lines of a CSV as JSON: numbers and booleans as such, empty cells as null. */
function asJsonLines([header, ...rows]: readonly string[]): string[] {
  const names = header!.split(",");
  const typed = (text: string) =>
    text === ""
      ? null
      : /^(True|False)$/.test(text)
        ? text === "True"
        : Number.isNaN(Number(text))
          ? text
          : Number(text);
  return rows.map((row) => {
    const fields = row.split(",");
    return JSON.stringify(Object.fromEntries(names.map((name, i) => [name, typed(fields[i]!)])));
  });
}

describe("a file format that is not asof's own", () => {
  let app: TestApp;
  beforeAll(async () => {
    fileFormats.use([...builtInFileFormats, jsonLines]);
    app = await startTestApp();
  });
  afterAll(async () => {
    await app?.stop();
    fileFormats.use(builtInFileFormats);
  });

  /** A delivery whose usage and payments are JSON Lines, the second packed. */
  function write(name: string, files: Files, change: (lines: string[]) => string[] = (lines) => lines): void {
    const { usage_agg_30d: usage, payments_agg_90d: payments, ...others } = files;
    writeDelivery(app.dataDir, name, others);
    const folder = join(app.dataDir, name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "usage_agg_30d.ndjson"), `${change(asJsonLines(usage!)).join("\n")}\n`);
    writeFileSync(join(folder, "payments_agg_90d.ndjson.gz"), gzipSync(asJsonLines(payments!).join("\n")));
  }
  const files = () => smallDelivery(userIds(8));

  it("is ingested to the same content as its CSV, packed or not", async () => {
    writeDelivery(app.dataDir, "as_csv", files());
    const first = await app.client.ingest("as_csv", "2024-01-31");
    expect(first.error).toBeNull();
    write("as_json", files());
    const again = await app.client.ingest("as_json", "2024-01-31");
    expect(again.error).toBeNull();
    expect(again.result).toMatchObject({
      unchanged: true,
      revision: 1,
      rows: { usage_agg_30d: { rows: 8 } },
    });
  });

  it("is judged by the same expectations, and named as it was delivered", async () => {
    write("wrong", files(), (lines) =>
      lines.map((line, i) => (i === 3 ? line.replace(/"skips_7d":\d+/, '"skips_7d":-1') : line)),
    );
    const { error } = await app.client.ingest("wrong", "2024-02-29");
    expect(error!.message).toBe(
      'usage_agg_30d.ndjson, line 4, column skips_7d: value "-1" must be at least 0 (between). Nothing was published.',
    );
  });

  it("fails with the line that cannot be read, and what the file should be", async () => {
    write("broken", files(), (lines) => lines.map((line, i) => (i === 5 ? line.slice(0, -3) : line)));
    const { id, error } = await app.client.ingest("broken", "2024-02-29");
    expect(error!.message).toMatch(
      /^usage_agg_30d.ndjson, line 6: it is no JSON object; must be a JSON Lines file \(readable\)/,
    );
    const { run } = await app.client.query(
      "query($id: ID!) { run(id: $id) { validation { expectations { source expectation rule } } } }",
      { id },
    );
    const packed = run.validation.expectations.find(
      (each: any) => each.source === "payments_agg_90d" && each.expectation === "readable",
    );
    expect(packed.rule).toBe("must be a JSON Lines file, packed by gzip");
  });

  it("is named among the formats where a file is missing, and refused beside another one", async () => {
    write("both", files());
    const mutation = (source: string) =>
      app.client.error(`mutation { ingest(input: { source: "${source}", asOf: "2024-03-31" }) { id } }`);
    writeFileSync(join(app.dataDir, "both", "usage_agg_30d.csv"), files().usage_agg_30d!.join("\n"));
    expect((await mutation("both")).message).toContain(
      "both has usage_agg_30d.csv and usage_agg_30d.ndjson; keep",
    );
    mkdirSync(join(app.dataDir, "empty"));
    expect((await mutation("empty")).message).toContain(
      ".csv.gz, .parquet, .jsonl, .jsonl.gz, .arrow, .ndjson and .ndjson.gz are accepted, too",
    );
  });
});

describe("a file of another format than its name says", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app?.stop());

  it.each([
    ["gzip", gzipSync("user_id\n"), "it is packed by gzip; deliver it as labels.csv.gz"],
    ["Parquet", Buffer.from("PAR1 and more"), "it is a Parquet file; deliver it as labels.parquet"],
  ])("is recognised as %s by its first bytes", async (_, bytes, words) => {
    writeDelivery(app.dataDir, "named", smallDelivery(userIds(3)));
    writeFileSync(join(app.dataDir, "named", "labels.csv"), bytes);
    const { error } = await app.client.ingest("named", "2024-01-31");
    expect(error!.message).toContain(`labels.csv, line 1: ${words}; must be a CSV file (readable)`);
  });
});
