import { createHash } from "node:crypto";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../../support/app.js";
import { smallDelivery, writeDelivery } from "../../support/delivery.js";
import type { FinishedRun } from "../../support/graphql.js";

const EXPORT = "mutation($input: ExportTrainingSetInput!) { exportTrainingSet(input: $input) { id kind } }";
const [JANUARY, FEBRUARY, MARCH] = ["2024-01-31", "2024-02-29", "2024-03-31"] as const;
/** Enough to make both files span several pieces and row groups: 3 months of 20 000 users. */
const MANY = Array.from({ length: 20_000 }, (_, i) => `V-${String(i).padStart(6, "0")}`);
const day = (text: string) => new Date(`${text}T00:00:00Z`);

describe("exportTrainingSet", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
    const january = smallDelivery(["a", "b", '"c""é"']);
    // b has no payments row: a training would leave it out, too.
    january.payments_agg_90d = january.payments_agg_90d!.filter((line) => !line.startsWith("b,"));
    await ingest(JANUARY, january);
    const february = smallDelivery(["a", "b"]);
    february.labels = ["user_id,churn_label", "a,False", "b,True"];
    await ingest(FEBRUARY, february);
    await ingest(MARCH, smallDelivery(["a", ...MANY]));
  });
  afterAll(() => app?.stop());

  async function ingest(asOf: string, files: ReturnType<typeof smallDelivery>): Promise<void> {
    writeDelivery(app.dataDir, asOf, files);
    expect((await app.client.ingest(asOf, asOf)).error).toBeNull();
  }
  async function exported(input: Record<string, unknown>): Promise<FinishedRun> {
    const { exportTrainingSet } = await app.client.query(EXPORT, { input });
    expect(exportTrainingSet.kind).toBe("EXPORT");
    const run = await app.client.finished(exportTrainingSet.id);
    expect(run.error).toBeNull();
    return run;
  }
  async function download(run: FinishedRun, name: string, headers: Record<string, string> = {}) {
    const artifact = run.artifacts.find((each) => each.name === name)!;
    return fetch(new URL(artifact.url, app.asof.address), { headers });
  }
  const bytesOf = async (run: FinishedRun, name: string) =>
    Buffer.from(await (await download(run, name)).arrayBuffer());
  const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

  const FEW = { features: ["plan_stream_tv", "net_service", "monthly_fee", "failed_payments_90d"] };

  it("writes rows by date and user, typed, empty values as nulls, as CSV and as Parquet", async () => {
    const run = await exported({ asOfFrom: JANUARY, asOfTo: FEBRUARY, ...FEW });
    expect((await bytesOf(run, "training_set.csv")).toString()).toBe(
      [
        "as_of,user_id,plan_stream_tv,net_service,monthly_fee,failed_payments_90d,churn_label",
        "2024-01-31,a,,Fiber optic,20.5,0,true",
        '2024-01-31,"c""é",false,Fiber optic,22.5,0,false',
        "2024-02-29,a,,Fiber optic,20.5,0,false",
        "2024-02-29,b,false,DSL,21.5,1,true",
        "",
      ].join("\n"),
    );
    const parquet = await bytesOf(run, "training_set.parquet");
    const file = new Uint8Array(parquet).buffer;
    expect(await parquetReadObjects({ file })).toEqual(
      [
        [day(JANUARY), "a", null, "Fiber optic", 20.5, 0, true],
        [day(JANUARY), 'c"é', false, "Fiber optic", 22.5, 0, false],
        [day(FEBRUARY), "a", null, "Fiber optic", 20.5, 0, false],
        [day(FEBRUARY), "b", false, "DSL", 21.5, 1, true],
      ].map(
        ([as_of, user_id, plan_stream_tv, net_service, monthly_fee, failed_payments_90d, churn_label]) => ({
          as_of,
          user_id,
          plan_stream_tv,
          net_service,
          monthly_fee,
          failed_payments_90d,
          churn_label,
        }),
      ),
    );
    const types = parquetMetadata(file)
      .schema.slice(1)
      .map(({ name, type, converted_type, repetition_type }) => [
        name,
        converted_type ?? type,
        repetition_type,
      ]);
    expect(types).toEqual([
      ["as_of", "DATE", "REQUIRED"],
      ["user_id", "UTF8", "REQUIRED"],
      ["plan_stream_tv", "BOOLEAN", "OPTIONAL"],
      ["net_service", "UTF8", "OPTIONAL"],
      ["monthly_fee", "DOUBLE", "OPTIONAL"],
      ["failed_payments_90d", "INT32", "OPTIONAL"],
      ["churn_label", "BOOLEAN", "REQUIRED"],
    ]);
  });

  it("takes the labels of a later date with labelOffset, and all features unless some are named", async () => {
    const run = await exported({ asOfFrom: JANUARY, labelOffset: 1, formats: ["CSV"] });
    const [header, ...rows] = (await bytesOf(run, "training_set.csv")).toString().trimEnd().split("\n");
    // January's users with a label in February and a row in every view in January.
    expect(rows.map((row) => [row.split(",")[1], row.split(",").at(-1)])).toEqual([["a", "false"]]);
    expect(header!.split(",")).toHaveLength(17);
    expect(run.artifacts.map(({ name }) => name)).toEqual(["training_set.csv"]);
    expect(run.params).toMatchObject({ months: [{ asOf: JANUARY, labelAsOf: FEBRUARY, labelRevision: 1 }] });
  });

  it("takes train's arguments for dates: one date, with the labels of another", async () => {
    const offset = await exported({ asOfFrom: JANUARY, labelOffset: 1, formats: ["CSV"], ...FEW });
    const named = await exported({ asOf: JANUARY, labelAsOf: FEBRUARY, formats: ["CSV"], ...FEW });
    expect(named.artifacts).toEqual(offset.artifacts);
    expect(named.params).toMatchObject({ asOfFrom: JANUARY, asOfTo: JANUARY, months: offset.params.months });
    const counted = await exported({ asOf: JANUARY, labelOffset: 1, formats: ["CSV"], ...FEW });
    expect(counted.artifacts).toEqual(offset.artifacts);
    const newest = await exported({ formats: ["CSV"], ...FEW });
    expect(newest.params.months.map(({ asOf }: { asOf: string }) => asOf)).toEqual([MARCH]);
  });

  it("takes the labels of so many days later with labelAfterDays, and leaves out dates whose day is to come", async () => {
    const run = await exported({
      asOfFrom: JANUARY,
      asOfTo: MARCH,
      labelAfterDays: 29,
      formats: ["CSV"],
      ...FEW,
    });
    const [, ...rows] = (await bytesOf(run, "training_set.csv")).toString().trimEnd().split("\n");
    expect(rows).toEqual(["2024-01-31,a,,Fiber optic,20.5,0,false"]);
    expect(run.params.leftOutDates).toEqual([
      { asOf: FEBRUARY, reason: "no labels were delivered after it up to 2024-03-29" },
      { asOf: MARCH, reason: "its labels are of 2024-04-29, after the newest snapshot, 2024-03-31" },
    ]);
  });

  it("writes the same bytes each time, names their hash, and keeps them once", async () => {
    const input = { asOfFrom: JANUARY, asOfTo: MARCH };
    const [one, two] = [await exported(input), await exported(input)];
    for (const name of ["training_set.csv", "training_set.parquet"]) {
      const bytes = await bytesOf(one, name);
      const told = (one.result as any).files.find((file: any) => file.name === name);
      expect(told).toEqual({ name, rows: 20_005, bytes: bytes.length, sha256: sha256(bytes) });
      expect(bytes.length).toBeGreaterThan(name.endsWith("csv") ? 1 << 20 : 1 << 17);
      expect(two.artifacts.find((each) => each.name === name)!.sha256).toBe(told.sha256);
    }
    expect(await app.sql("select count(distinct upload)::int as uploads from artifact_pieces")).toEqual(
      await app.sql("select count(*)::int as uploads from artifact_blobs where upload is not null"),
    );
    const parquet = new Uint8Array(await bytesOf(one, "training_set.parquet")).buffer;
    const rows = await parquetReadObjects({ file: parquet, columns: ["as_of", "user_id"] });
    const keys = rows.map(({ as_of, user_id }) => `${as_of.toISOString()} ${user_id}`);
    expect(keys).toEqual([...keys].sort());
    expect(keys).toHaveLength(20_005);
  });

  it("writes a folder for each date, without the date's column: together they are the one file", async () => {
    const input = { asOfFrom: JANUARY, asOfTo: MARCH };
    const run = await exported({ ...input, formats: ["HIVE"] });
    const names = [JANUARY, FEBRUARY, MARCH].map((asOf) => `training_set/as_of=${asOf}/part-0.parquet`);
    expect(run.artifacts.map(({ name }) => name)).toEqual(names);
    const result = run.result as any;
    expect([result.rows, result.files.map(({ rows }: any) => rows)]).toEqual([20_005, [2, 2, 20_001]]);
    const read = async (of: FinishedRun, name: string) =>
      parquetReadObjects({ file: new Uint8Array(await bytesOf(of, name)).buffer });
    const whole = await read(await exported({ ...input, formats: ["PARQUET"] }), "training_set.parquet");
    const dated: Record<string, unknown>[] = [];
    for (const [i, name] of names.entries()) {
      const as_of = day([JANUARY, FEBRUARY, MARCH][i]!);
      for (const row of await read(run, name)) dated.push({ as_of, ...row });
    }
    expect(dated).toEqual(whole);
    const again = await exported({ ...input, formats: ["HIVE"] });
    const hashes = (of: FinishedRun) => of.artifacts.map(({ sha256 }) => sha256);
    expect(hashes(again)).toEqual(hashes(run));
  });

  it("can be downloaded from any byte on, across the pieces it is kept in", async () => {
    const run = await exported({ asOfFrom: JANUARY, asOfTo: MARCH, formats: ["CSV"] });
    const whole = await bytesOf(run, "training_set.csv");
    const from = (1 << 20) - 5;
    const answer = await download(run, "training_set.csv", { range: `bytes=${from}-${from + 9}` });
    expect([answer.status, answer.headers.get("content-range")]).toEqual([
      206,
      `bytes ${from}-${from + 9}/${whole.length}`,
    ]);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(whole.subarray(from, from + 10));
  });

  it.each([
    [
      { asOfFrom: JANUARY, features: ["age"] },
      "BAD_USER_INPUT",
      'features: "age" is no feature of the service',
    ],
    [{ asOfFrom: JANUARY, features: ["skips_7d", "skips_7d"] }, "BAD_USER_INPUT", "skips_7d is named twice"],
    [{ asOfFrom: JANUARY, features: [] }, "BAD_USER_INPUT", "features: at least one was expected"],
    [{ asOfFrom: JANUARY, formats: [] }, "BAD_USER_INPUT", "formats: at least one was expected"],
    [
      { asOfFrom: JANUARY, labelOffset: 1, labelAfterDays: 29 },
      "BAD_USER_INPUT",
      "labelOffset: counts dates, labelAfterDays days; name one of the two",
    ],
    [
      { asOf: JANUARY, asOfFrom: JANUARY },
      "BAD_USER_INPUT",
      "asOf: is one date, asOfFrom and asOfTo are a range of dates; name one of the two",
    ],
    [{ asOfFrom: JANUARY, labelAsOf: FEBRUARY }, "BAD_USER_INPUT", "labelAsOf: belongs to asOf"],
    [{ labelOffset: 1 }, "BAD_USER_INPUT", "labelOffset: counts from a date; name asOf"],
    [{ asOf: JANUARY, knownAt: "2024-01-01T00:00:00Z" }, "SNAPSHOT_NOT_FOUND", "2024-01-31"],
    [{ asOfFrom: JANUARY, labelOffset: -1 }, "BAD_USER_INPUT", "labelOffset: 0 to 120 was expected; got -1"],
    [{ asOfFrom: MARCH, asOfTo: JANUARY }, "BAD_USER_INPUT", "asOfTo: 2024-03-31 or later was expected"],
    [{ asOfFrom: JANUARY, model: "nothing" }, "MODEL_NOT_FOUND", "nothing"],
    [
      { asOfFrom: "2023-01-31", asOfTo: "2023-12-31" },
      "SNAPSHOT_NOT_FOUND",
      "a date from 2023-01-31 to 2023-12-31",
    ],
    [{ asOfFrom: MARCH, labelOffset: 1 }, "SNAPSHOT_NOT_FOUND", "a date 1 after 2024-03-31, for its labels"],
  ])("refuses %j with %s: %s", async (input, code, message) => {
    const error = await app.client.error(EXPORT, { input });
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
  });
});
