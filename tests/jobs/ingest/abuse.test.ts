import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../../support/app.js";
import { smallDelivery, writeDelivery } from "../../support/delivery.js";

const INGEST =
  "mutation($source: String!, $asOf: Date!) { ingest(input: { source: $source, asOf: $asOf }) { id } }";

describe("a source that is no folder of the data directory", () => {
  let app: TestApp;
  let outside: string;

  beforeAll(async () => {
    app = await startTestApp();
    outside = mkdtempSync(join(tmpdir(), "asof-outside-"));
    writeDelivery(outside, "secret", smallDelivery(["U-1"]));
    writeDelivery(app.dataDir, "good", smallDelivery(["U-1"]));
    symlinkSync(join(outside, "secret"), join(app.dataDir, "linked"));
    symlinkSync(app.dataDir, join(app.dataDir, "itself"));
    symlinkSync(join(app.dataDir, "nowhere"), join(app.dataDir, "dangling"));
    writeDelivery(app.dataDir, "linked_file", { ...smallDelivery(["U-1"]) });
    rmSync(join(app.dataDir, "linked_file/labels.csv"));
    symlinkSync(join(outside, "secret/labels.csv"), join(app.dataDir, "linked_file/labels.csv"));
    writeFileSync(join(app.dataDir, "a_file"), "user_id\n");
    const { users, labels } = smallDelivery(["U-1"]);
    writeDelivery(app.dataDir, "partial", { users: users!, labels: labels! });
    rmSync(join(app.dataDir, "partial/labels.csv"));
    mkdirSync(join(app.dataDir, "partial/labels.csv"));
    mkdirSync(join(app.dataDir, "empty"));
  });
  afterAll(async () => {
    await app?.stop();
    rmSync(outside, { recursive: true, force: true });
  });

  async function refused(source: string) {
    const error = await app.client.error(INGEST, { source, asOf: "2024-01-31" });
    const text = JSON.stringify(error);
    for (const path of [app.dataDir, outside, tmpdir(), process.cwd()]) expect(text).not.toContain(path);
    expect(text).not.toMatch(/ENOENT|EACCES|EISDIR|\.ts:/);
    return error;
  }

  it.each([
    "..",
    ".",
    "../x",
    "../../etc",
    "/etc",
    "a/b",
    "good/",
    "./good",
    "good/../good",
    "a\\b",
    "..\\x",
    "-rf",
    ".hidden",
    "a..b",
    "good\n",
    " good",
    "%2e%2e",
    "file:///etc",
    "ｇｏｏｄ",
    "\u202egood",
  ])("%j is refused as no folder name", async (source) => {
    expect(await refused(source)).toMatchObject({
      code: "BAD_USER_INPUT",
      message: `source: ${JSON.stringify(source)} is no folder name; name one folder directly under the data directory, of letters, digits, '.', '_' and '-'`,
    });
  });

  it.each([
    ["nothing", ""],
    ["a NUL character", "good\0"],
    ["201 characters", "a".repeat(201)],
    ["101 characters", "a".repeat(101)],
  ])("%s is refused", async (_, source) => {
    expect(await refused(source)).toMatchObject({ code: "BAD_USER_INPUT" });
  });

  it.each([
    ["linked", 'source: "linked" leads outside the data directory'],
    ["itself", 'source: "itself" leads outside the data directory'],
    ["linked_file", "source: linked_file/labels.csv leads outside its folder"],
  ])("a link that leads outside is refused: %s", async (source, message) => {
    expect(await refused(source)).toMatchObject({ code: "BAD_USER_INPUT", message });
  });

  it.each([
    ["absent", "there is no folder of that name in the data directory (DATA_DIR)"],
    ["dangling", "there is no folder of that name in the data directory (DATA_DIR)"],
    ["a_file", "it is a file, not a folder"],
    [
      "partial",
      'subscriptions.csv, usage_agg_30d.csv, payments_agg_90d.csv, support_agg_90d.csv, labels.csv are missing; .csv.gz, .parquet, .jsonl, .jsonl.gz and .arrow are accepted, too; declare sources that come less often delivered: "sometimes"',
    ],
    [
      "empty",
      'users.csv, subscriptions.csv, usage_agg_30d.csv, payments_agg_90d.csv, support_agg_90d.csv, labels.csv are missing; .csv.gz, .parquet, .jsonl, .jsonl.gz and .arrow are accepted, too; declare sources that come less often delivered: "sometimes"',
    ],
  ])("what is not there is named: %s", async (source, message) => {
    expect(await refused(source)).toMatchObject({
      code: "SOURCE_NOT_FOUND",
      message: `source: ${JSON.stringify(source)}: ${message}`.replace("source: ", "source "),
    });
  });

  it("no run is made of a refused source", async () => {
    expect((await app.client.query("{ runs { totalCount } }")).runs.totalCount).toBe(0);
  });

  it.each(["2024-02-30", "2024-13-01", "yesterday", "", "2024-01-31T00:00:00Z", "20240131", "0000-01-01"])(
    "%j is refused as a date",
    async (asOf) => {
      const { errors } = await app.client.raw(INGEST, { source: "good", asOf });
      expect(errors?.[0]?.extensions.code).toBe("BAD_USER_INPUT");
    },
  );

  it.each(["0001-01-01", "9999-12-31", "2024-02-29"])("%s is a date like any other", async (asOf) => {
    const { ingest } = await app.client.query(
      'mutation ($asOf: Date!) { ingest(input: { source: "good", asOf: $asOf, allowFuture: true }) { id } }',
      { asOf },
    );
    expect(await app.client.finished(ingest.id)).toMatchObject({ status: "SUCCEEDED", error: null });
  });
});
