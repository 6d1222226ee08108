import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { type Files, writeDelivery } from "../support/delivery.js";
import type { FinishedRun } from "../support/graphql.js";
import { grid, gridFiles, meterIds } from "../support/meters.js";
import { dumpStore } from "../support/store-dump.js";

const METERS = meterIds(40);
const DEC = "2023-12-31";
const JAN = "2024-01-31";
const FEB = "2024-02-10";

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ definitions: grid });
});
afterAll(() => app?.stop());

let deliveries = 0;
async function deliver(files: Files, asOf: string): Promise<FinishedRun> {
  const name = `delivery_${deliveries++}`;
  rmSync(join(app.dataDir, name), { recursive: true, force: true });
  writeDelivery(app.dataDir, name, files);
  const run = await app.client.ingest(name, asOf);
  expect(run.error).toBeNull();
  return run;
}

interface Answer {
  values: Record<string, unknown>;
  statuses: { name: string; status: string; eventTime: string | null; ageSeconds: number | null }[];
}
async function ask(meterId: string, clock: { asOf?: string; knownAt?: string } = {}): Promise<Answer> {
  const { features } = await app.client.query(
    `query($meterId: ID!, $asOf: Date, $knownAt: DateTime) { features(meterId: $meterId, asOf: $asOf, knownAt: $knownAt) {
      values { kwh amount } statuses { name status eventTime ageSeconds } } }`,
    { meterId, ...clock },
  );
  return features;
}
const said = ({ values, statuses }: Answer, name: string) => {
  const { status, eventTime } = statuses.find((each) => each.name === name)!;
  return `${values[name]} ${status} ${eventTime}`;
};
const snapshot = async (asOf: string) =>
  (
    await app.client.query(
      `query($asOf: Date!) { snapshot(asOf: $asOf) { revision createdAt labelled sources { name }
        parts { source eventDate carriedOn rowCount } views { name } } }`,
      { asOf },
    )
  ).snapshot;
const partsOf = async (asOf: string) =>
  Object.fromEntries((await snapshot(asOf)).parts.map((part: any) => [part.source, part.eventDate]));

describe("sources that come sometimes", () => {
  it("a delivery of some sources is published, and says what it lacks of what was never delivered", async () => {
    const run = await deliver({ meters: gridFiles.meters(METERS), bills: gridFiles.bills(METERS) }, DEC);
    expect(run.result).toMatchObject({ revision: 1, rows: { meters: { rows: 40 }, bills: { rows: 40 } } });
    expect(Object.keys((run.result as any).rows).sort()).toEqual(["bills", "meters"]);
    expect(await partsOf(DEC)).toEqual({ meters: DEC, bills: DEC });
    expect(said(await ask("M-0001", { asOf: DEC }), "kwh")).toBe("null NOT_DECLARED null");
    expect(said(await ask("M-0001"), "kwh")).toBe("null NOT_FOUND null");
  });

  it("a source that is lacking is carried on with its own date: offline, online and in age", async () => {
    const before = await dumpStore(app, ["online_views"]);
    const run = await deliver({ readings: gridFiles.readings(METERS) }, FEB);
    expect(run.result).toMatchObject({
      carried: [
        { source: "bills", eventDate: DEC, rows: 40 },
        { source: "meters", eventDate: DEC, rows: 40 },
      ],
    });
    expect(await partsOf(FEB)).toEqual({ meters: DEC, bills: DEC, readings: FEB });
    const answer = await ask("M-0001", { asOf: FEB });
    expect(said(answer, "kwh")).toBe(`1.5 PRESENT ${FEB}`);
    expect(said(answer, "amount")).toBe(`1 PRESENT ${DEC}`);
    expect(answer.statuses.find(({ name }) => name === "amount")!.ageSeconds).toBe(41 * 86_400);
    // 45 days are over.
    expect(said(await ask("M-0001", { asOf: "2024-02-15" }), "amount")).toBe(`null OUTSIDE_MAX_AGE ${DEC}`);
    expect(said(await ask("M-0001", { asOf: "2024-02-15" }), "kwh")).toBe(`1.5 PRESENT ${FEB}`);
    const after = await dumpStore(app, ["online_views"]);
    const written = Object.entries(after)
      .map(([table, rows]) => [table, rows.filter((row) => !before[table]?.includes(row)).length] as const)
      .filter(([, count]) => count > 0);
    expect(Object.fromEntries(written)).toEqual({
      readings: 40,
      consumption_online: 40,
      readings_snapshots_20240210: 40,
      snapshots: 1,
      snapshot_parts: 3,
    });
  });

  it("the newest date of each view is the date of what it serves", async () => {
    const { featureViews } = await app.client.query(
      "{ featureViews { name freshness { newestEventTime } } }",
    );
    expect(featureViews).toEqual([
      { name: "consumption", freshness: { newestEventTime: FEB } },
      { name: "billing", freshness: { newestEventTime: DEC } },
    ]);
  });

  it("an older delivery that comes later is right everywhere, on both clocks", async () => {
    const { createdAt } = await snapshot(FEB);
    const run = await deliver({ bills: gridFiles.bills(METERS, 10) }, JAN);
    expect(run.result).toMatchObject({ revision: 1, revised: [{ asOf: FEB, revision: 2 }] });
    expect(await partsOf(FEB)).toEqual({ meters: DEC, bills: JAN, readings: FEB });
    expect((await snapshot(FEB)).revision).toBe(2);
    expect(said(await ask("M-0001", { asOf: FEB }), "amount")).toBe(`11 PRESENT ${JAN}`);
    expect(said(await ask("M-0001", { asOf: FEB, knownAt: createdAt }), "amount")).toBe(`1 PRESENT ${DEC}`);
    expect(said(await ask("M-0001", { asOf: "2024-01-30" }), "amount")).toBe(`1 PRESENT ${DEC}`);
    const online = await app.sql("select as_of, amount from billing_online where meter_id = 'M-0001'");
    expect(online).toEqual([{ as_of: JAN, amount: 11 }]);
    expect(await app.sql("select as_of, kwh from readings where meter_id = 'M-0001'")).toEqual([
      { as_of: FEB, kwh: 1.5 },
    ]);
    await deliver({ bills: gridFiles.bills(METERS, 20) }, "2023-11-30");
    expect(await app.sql("select as_of, amount from bills where meter_id = 'M-0001'")).toEqual([
      { as_of: JAN, amount: 11 },
    ]);
    expect(await partsOf(FEB)).toMatchObject({ bills: JAN });
  });

  it("labels that come later make the next revision of their date, and training finds them from then on", async () => {
    const train = { asOf: FEB, algorithm: "LOGISTIC_REGRESSION" };
    const TRAIN = "mutation($input: TrainInput!) { train(input: $input) { id } }";
    expect(await app.client.error(TRAIN, { input: train })).toMatchObject({
      code: "BAD_USER_INPUT",
      message: `the snapshot of ${FEB} has no labels outcomes.cut_off; no date has labels yet; deliver outcomes for ${FEB}, or take the labels of another date (labelAsOf)`,
    });
    const { createdAt } = await snapshot(FEB);
    await deliver({ outcomes: gridFiles.outcomes(METERS) }, FEB);
    const labelled = await snapshot(FEB);
    expect(labelled).toMatchObject({ revision: 3, labelled: ["cut_offs"] });
    expect(labelled.sources.map(({ name }: any) => name).sort()).toEqual(["outcomes", "readings"]);
    const run = await app.client.train(train);
    expect(run.error).toBeNull();
    expect(run.modelVersion).toMatchObject({ version: 1 });
    expect(await app.client.error(TRAIN, { input: { ...train, knownAt: createdAt } })).toMatchObject({
      message: `the snapshot of ${FEB} that was known at ${createdAt} has no labels outcomes.cut_off; labels are there of ${FEB}; deliver outcomes for ${FEB}, or take the labels of another date (labelAsOf)`,
    });
    const reproduced = await app.client.query("mutation($runId: ID!) { reproduce(runId: $runId) { id } }", {
      runId: run.id,
    });
    expect((await app.client.finished(reproduced.reproduce.id)).result).toMatchObject({ identical: true });
  });

  it("labels are not carried on to another date", async () => {
    await deliver({ readings: gridFiles.readings(METERS, 5) }, "2024-02-11");
    const next = await snapshot("2024-02-11");
    expect(next.labelled).toEqual([]);
    expect(next.views.map(({ name }: any) => name)).toEqual(["consumption", "billing"]);
    const error = await app.client.error("mutation($input: TrainInput!) { train(input: $input) { id } }", {
      input: { asOf: "2024-02-11" },
    });
    expect(error.message).toContain(`labels are there of ${FEB}`);
    const run = await app.client.train({
      asOf: "2024-02-11",
      labelAsOf: FEB,
      algorithm: "LOGISTIC_REGRESSION",
    });
    expect(run.error).toBeNull();
  });

  it("the same files again, of one delivery or of several together, change nothing", async () => {
    const before = await dumpStore(app, ["online_views"]);
    const files: Files = { readings: gridFiles.readings(METERS), outcomes: gridFiles.outcomes(METERS) };
    for (const again of [files, { readings: files.readings! }, { outcomes: files.outcomes! }]) {
      const run = await deliver(again, FEB);
      expect(run.result).toMatchObject({ unchanged: true, revision: 3 });
      expect(run.steps.map(({ name }) => name)).toEqual(["fingerprint", "compare", "materialize"]);
      const checked = new Set((run.validation as any).expectations.map(({ source }: any) => source));
      expect([...checked].sort()).toEqual(Object.keys(again).sort());
    }
    expect(await dumpStore(app, ["online_views"])).toEqual(before);
  });

  it("a row of a meter that nobody knows is refused though the delivery lacks the meters", async () => {
    writeDelivery(app.dataDir, "unknown", { readings: gridFiles.readings([...METERS, "M-9999"]) });
    const run = await app.client.ingest("unknown", "2024-02-12");
    expect(run.error).toMatchObject({ code: "VALIDATION_FAILED" });
    expect(run.error!.message).toContain("known_entity");
  });

  it("of a meter that came after the bills there is none yet", async () => {
    const all = [...METERS, "M-0040"];
    await deliver({ meters: gridFiles.meters(all), readings: gridFiles.readings(all) }, "2024-02-13");
    const answer = await ask("M-0040", { asOf: "2024-02-13" });
    expect(said(answer, "kwh")).toBe("40.5 PRESENT 2024-02-13");
    expect(said(answer, "amount")).toBe("null NOT_FOUND null");
  });

  it("a withdrawal takes the content back from every date that carries it on", async () => {
    const { createdAt } = await snapshot("2024-02-13");
    const { withdrawSnapshot } = await app.client.query(
      `mutation { withdrawSnapshot(asOf: "${JAN}", reason: "a test") { id } }`,
    );
    const run = await app.client.finished(withdrawSnapshot.id);
    expect(run.error).toBeNull();
    expect(run.result).toMatchObject({
      revised: [
        { asOf: FEB, revision: 4 },
        { asOf: "2024-02-11", revision: 2 },
        { asOf: "2024-02-13", revision: 2 },
      ],
    });
    expect(await partsOf("2024-02-13")).toMatchObject({ bills: DEC });
    expect(said(await ask("M-0001", { asOf: "2024-02-13" }), "amount")).toBe(`1 PRESENT ${DEC}`);
    expect(said(await ask("M-0001", { asOf: "2024-02-13", knownAt: createdAt }), "amount")).toBe(
      `11 PRESENT ${JAN}`,
    );
    expect(await app.sql("select as_of, amount from bills where meter_id = 'M-0001'")).toEqual([
      { as_of: DEC, amount: 1 },
    ]);
    expect((await snapshot(FEB)).labelled).toEqual(["cut_offs"]);
  });

  it("a withdrawal of a date takes the revisions that only carried on with it", async () => {
    const { withdrawSnapshot } = await app.client.query(
      'mutation { withdrawSnapshot(asOf: "2024-02-11", reason: "a test") { id } }',
    );
    expect((await app.client.finished(withdrawSnapshot.id)).error).toBeNull();
    expect(said(await ask("M-0001", { asOf: "2024-02-11" }), "kwh")).toBe(`1.5 PRESENT ${FEB}`);
  });

  it("what is served is what the snapshots say", async () => {
    const { verifyParity } = await app.client.query("mutation { verifyParity { id } }");
    expect((await app.client.finished(verifyParity.id)).result).toMatchObject({ identical: true });
  });
});

describe("what may not be lacking", () => {
  it("a delivery that holds no source is refused by the names of what it might hold", async () => {
    writeDelivery(app.dataDir, "nothing", {});
    const error = await app.client.error(
      'mutation { ingest(input: { source: "nothing", asOf: "2024-03-31" }) { id } }',
    );
    expect(error).toMatchObject({
      code: "SOURCE_NOT_FOUND",
      message:
        'source "nothing": it holds none of meters.csv, readings.csv, bills.csv, outcomes.csv; .csv.gz, .parquet, .jsonl, .jsonl.gz and .arrow are accepted, too',
    });
  });

  it("a file that is there and empty is no lacking one: it is refused", async () => {
    writeDelivery(app.dataDir, "empty", {
      readings: gridFiles.readings(METERS),
      bills: ["meter_id,amount,overdue"],
    });
    const run = await app.client.ingest("empty", "2024-03-31");
    expect(run.error!.message).toContain("nothing follows the header");
  });
});
