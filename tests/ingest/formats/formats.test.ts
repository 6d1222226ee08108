import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../../support/app.js";
import { smallDelivery, userIds, writeDelivery } from "../../support/delivery.js";

const USERS = userIds(12);
const FILES = smallDelivery(USERS);
const INGEST = `mutation { ingest(input: { source: "packed", asOf: "2024-02-29" }) { id } }`;

type Column = {
  name: string;
  data: unknown[];
  type: "STRING" | "BOOLEAN" | "DOUBLE" | "INT32" | "TIMESTAMP";
};
const parquet = (columnData: Column[], rowGroupSize = 5) =>
  Buffer.from(parquetWriteBuffer({ columnData: columnData as never, rowGroupSize }));
const column = (name: string, type: Column["type"], data: unknown[]): Column => ({ name, type, data });
/** One column of a source's text rows. */
const cells = (source: string, at: number) => FILES[source]!.slice(1).map((line) => line.split(",")[at]!);
const numbers = (source: string, at: number) => cells(source, at).map(Number);

const PARQUET = {
  labels: [
    column("user_id", "STRING", USERS),
    column(
      "churn_label",
      "BOOLEAN",
      cells("labels", 1).map((cell) => cell === "True"),
    ),
  ],
  users: [
    column("user_id", "STRING", USERS),
    column(
      "signup_date",
      "TIMESTAMP",
      cells("users", 1).map((day) => new Date(day)),
    ),
    column("user_gender", "STRING", cells("users", 2)),
    column(
      "user_is_senior",
      "BOOLEAN",
      USERS.map(() => false),
    ),
    column(
      "has_family",
      "BOOLEAN",
      USERS.map(() => true),
    ),
    column(
      "has_dependents",
      "BOOLEAN",
      USERS.map(() => false),
    ),
  ],
  usage_agg_30d: [
    column("user_id", "STRING", USERS),
    column("watch_hours_30d", "DOUBLE", numbers("usage_agg_30d", 1)),
    column("avg_session_mins_7d", "DOUBLE", numbers("usage_agg_30d", 2)),
    column("unique_devices_30d", "INT32", numbers("usage_agg_30d", 3)),
    column("skips_7d", "INT32", numbers("usage_agg_30d", 4)),
    column("rebuffer_events_7d", "DOUBLE", numbers("usage_agg_30d", 5)),
  ],
};

describe("a delivery in other formats than plain CSV", () => {
  let app: TestApp;
  const file = (name: string) => join(app.dataDir, "packed", name);

  beforeAll(async () => {
    app = await startTestApp();
    writeDelivery(app.dataDir, "plain", FILES);
    expect((await app.client.ingest("plain", "2024-01-31")).error).toBeNull();
  });
  afterAll(() => app?.stop());

  /** The plain delivery with one file in place of a source's CSV; `null` leaves the source out. */
  function deliver(replaced: Record<string, Buffer | null>) {
    rmSync(join(app.dataDir, "packed"), { recursive: true, force: true });
    writeDelivery(app.dataDir, "packed", FILES);
    for (const [name, bytes] of Object.entries(replaced)) {
      rmSync(file(`${name.split(".")[0]}.csv`), { force: true });
      if (bytes) writeFileSync(file(name), bytes);
    }
  }
  const gz = (source: string) => gzipSync(FILES[source]!.join("\n"));

  it("is the same content: no new revision", async () => {
    deliver({
      "payments_agg_90d.csv.gz": gz("payments_agg_90d"),
      "support_agg_90d.csv.gz": Buffer.concat([
        gzipSync("user_id,support_"),
        gzipSync(FILES.support_agg_90d!.join("\r\n").slice(16)),
      ]),
      "labels.parquet": parquet(PARQUET.labels),
      "users.parquet": parquet(PARQUET.users),
      "usage_agg_30d.parquet": parquet(PARQUET.usage_agg_30d),
    });
    const run = await app.client.ingest("packed", "2024-01-31");
    expect(run).toMatchObject({ status: "SUCCEEDED", error: null, result: { unchanged: true } });
  });

  const whole = gzipSync(FILES.labels!.join("\n"));
  const damaged = Buffer.from(whole);
  damaged[damaged.length - 6]! ^= 0xff; // within its checksum
  const GZIP = "the gzip data is damaged or ends too early; deliver the file again, whole";
  const notParquet = expect.stringMatching(/^it cannot be read as Parquet \(.+\)$/);
  it.each<[string, string, Buffer, unknown]>([
    ["a truncated gzip", "labels.csv.gz", whole.subarray(0, whole.length - 12), GZIP],
    ["a gzip of another checksum", "labels.csv.gz", damaged, GZIP],
    ["plain CSV named gzip", "labels.csv.gz", Buffer.from(FILES.labels!.join("\n")), GZIP],
    ["a truncated Parquet file", "labels.parquet", parquet(PARQUET.labels).subarray(0, -20), notParquet],
    ["an empty Parquet file", "labels.parquet", Buffer.alloc(0), notParquet],
    ["CSV named Parquet", "labels.parquet", Buffer.from(FILES.labels!.join("\n")), notParquet],
  ])("%s is a violation that names the file", async (_, name, bytes, value) => {
    deliver({ [name]: bytes });
    const { error, validation } = await app.client.ingest("packed", "2024-02-29");
    expect(error).toMatchObject({ code: "VALIDATION_FAILED" });
    const [failed] = validation!.expectations.filter(({ success }) => !success);
    expect(failed).toMatchObject({ source: "labels", expectation: "readable", sample: [{ value }] });
    expect(error!.message.slice(0, name.length)).toBe(name);
  });

  it("an empty gzip is an empty file", async () => {
    deliver({ "labels.csv.gz": gzipSync("") });
    const { error } = await app.client.ingest("packed", "2024-02-29");
    expect(error!.message).toContain("labels.csv.gz, line 1: the file is empty");
  });

  it("Parquet values are judged like those of CSV, the line being the row's number", async () => {
    const [user, ...rest] = PARQUET.usage_agg_30d;
    const broken = rest.map(({ name, data }) => column(name, "DOUBLE", [...data]));
    broken[0]!.data[6] = Number.NaN;
    broken[1]!.data[7] = Number.POSITIVE_INFINITY;
    broken[2]!.data[8] = 1.5;
    broken[3]!.data[11] = -1;
    broken[4]!.data[0] = null;
    deliver({ "usage_agg_30d.parquet": parquet([user!, ...broken]) });
    const { validation } = await app.client.ingest("packed", "2024-02-29");
    const failed = validation!.expectations.filter(({ success }) => !success);
    expect(failed.map((f) => [f.column, f.expectation, f.sample])).toEqual([
      ["watch_hours_30d", "type", [{ line: 7, userId: USERS[6], value: "NaN" }]],
      ["avg_session_mins_7d", "type", [{ line: 8, userId: USERS[7], value: "Infinity" }]],
      ["unique_devices_30d", "type", [{ line: 9, userId: USERS[8], value: "1.5" }]],
      ["skips_7d", "between", [{ line: 12, userId: USERS[11], value: "-1" }]],
    ]);
  });

  it("Parquet columns are those that are declared, in any order", async () => {
    deliver({ "labels.parquet": parquet([...PARQUET.labels].reverse()) });
    expect((await app.client.ingest("packed", "2024-02-29")).error).toBeNull();
    deliver({ "labels.parquet": parquet([column("user", "STRING", USERS), PARQUET.labels[1]!]) });
    const { error } = await app.client.ingest("packed", "2024-02-29");
    expect(error!.message).toContain('labels.parquet: user_id is missing, "user" is not declared');
  });

  it("refuses a source that is there twice, naming both files", async () => {
    deliver({});
    writeFileSync(file("labels.csv.gz"), whole);
    writeFileSync(file("labels.parquet"), readFileSync(file("users.csv")));
    expect(await app.client.error(INGEST)).toMatchObject({
      code: "BAD_USER_INPUT",
      message:
        "source: packed has labels.csv and labels.csv.gz and labels.parquet; keep the one that is to be ingested",
    });
  });

  it("names what is in no format", async () => {
    deliver({ labels: null });
    expect(await app.client.error(INGEST)).toMatchObject({
      code: "SOURCE_NOT_FOUND",
      message:
        'source "packed": labels.csv is missing; .csv.gz, .parquet, .jsonl, .jsonl.gz and .arrow are accepted, too; declare a source that comes less often delivered: "sometimes"',
    });
  });
});
