import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClient, createPool } from "../../src/db/pool.js";
import { verifySnapshot } from "../../src/features/snapshot-verify.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { type Files, writeDelivery } from "../support/delivery.js";
import type { FinishedRun } from "../support/graphql.js";
import { grid, gridFiles, meterIds } from "../support/meters.js";
import { stagingTables } from "../support/store-dump.js";
import { until } from "../support/until.js";

const METERS = meterIds(60);
const JAN = "2024-01-31";
const day = (number: number): string => new Date(Date.UTC(2024, 1, number)).toISOString().slice(0, 10);

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ definitions: grid });
  await deliver(
    {
      meters: gridFiles.meters(METERS),
      readings: gridFiles.readings(METERS),
      bills: gridFiles.bills(METERS),
      outcomes: gridFiles.outcomes(METERS),
    },
    JAN,
  );
});
afterAll(() => app?.stop());

async function deliver(files: Files, asOf: string): Promise<FinishedRun> {
  const name = `of_${asOf}_${Object.keys(files).join("_")}`;
  writeDelivery(app.dataDir, name, files);
  const run = await app.client.ingest(name, asOf);
  expect(run.error).toBeNull();
  return run;
}

/** Rows that are stored for snapshots, and how many of them each source has. */
async function storedRows(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { name } of grid.sources) {
    const [row] = await app.sql<{ n: number }>(`select count(*)::int as n from ${name}_snapshots`);
    counts[name] = row!.n;
  }
  return counts;
}

async function revisedParts(asOf: string) {
  const { snapshot } = await app.client.query(
    "query($asOf: Date!) { snapshot(asOf: $asOf) { revision labelled parts { source eventDate } } }",
    { asOf },
  );
  return {
    ...snapshot,
    parts: Object.fromEntries(snapshot.parts.map(({ source, eventDate }: any) => [source, eventDate])),
  };
}

describe("a daily and a monthly cadence in one deployment", () => {
  it("thirty days of readings cost the rows of the readings alone", async () => {
    const few = METERS.slice(0, 5);
    const before = await storedRows();
    const [{ xid }] = (await app.sql<{ xid: number }>("select txid_current()::int as xid")) as [
      { xid: number },
    ];
    for (let number = 1; number <= 30; number++)
      await deliver({ readings: gridFiles.readings(few, number) }, day(number));
    expect(await storedRows()).toEqual({ ...before, readings: before.readings! + 30 * few.length });
    // No row of what was not delivered was written anywhere since.
    for (const table of [
      "bills",
      "bills_snapshots",
      "billing_online",
      "meters",
      "meters_snapshots",
      "outcomes",
    ]) {
      const [row] = await app.sql(`select count(*)::int as n from ${table} where xmin::text::bigint >= $1`, [
        xid,
      ]);
      expect({ table, ...row }).toEqual({ table, n: 0 });
    }
    const { totalCount } = (await app.client.query("{ snapshots { totalCount } }")).snapshots;
    expect(totalCount).toBe(31);
    expect((await revisedParts(day(30))).parts).toEqual({ meters: JAN, bills: JAN, readings: day(30) });
  }, 400_000);

  it("two days that carry on the same bills do not differ in them", async () => {
    const { snapshotDiff } = await app.client.query(
      `{ snapshotDiff(from: "${day(2)}", to: "${day(3)}") { identical views { name identical unchanged added removed } } }`,
    );
    expect(snapshotDiff.identical).toBe(false);
    expect(snapshotDiff.views).toContainEqual({
      ...{ name: "billing", identical: true, unchanged: 60, added: 0, removed: 0 },
    });
    // Neither date has labels.
    expect(snapshotDiff.views).toContainEqual({
      ...{ name: "outcomes", identical: true, unchanged: 0, added: 0, removed: 0 },
    });
  });

  it("drift compares no labels where a date has none", async () => {
    const { detectDrift } = await app.client.query(
      `mutation { detectDrift(input: { from: "${JAN}", to: "${day(3)}" }) { id } }`,
    );
    const run = await app.client.finished(detectDrift.id);
    expect(run.error).toBeNull();
    expect(run.result).toMatchObject({ labelDrifted: null, notCompared: [] });
  });

  it("a snapshot verifies with what it carries on", async () => {
    const pool = createPool(app.url, 2);
    const [{ id }] = (await app.sql<{ id: number }>("select id from snapshots where as_of = $1", [
      day(9),
    ])) as [{ id: number }];
    const verified = await verifySnapshot(pool, () => "meter_id", id, null);
    expect(verified.map(({ name }) => name)).toEqual(["bills", "meters", "readings"]);
    for (const { recorded, found } of verified) expect(found).toBe(recorded);
    await pool.end();
  });

  it("bills that come late go to every day from theirs on, and no row is copied", async () => {
    const before = await storedRows();
    const run = await deliver({ bills: gridFiles.bills(METERS, 3) }, day(10));
    expect(run.result).toMatchObject({ revision: 2 });
    expect((run.result as any).revised.map(({ asOf }: any) => asOf)).toEqual(
      Array.from({ length: 20 }, (_, i) => day(11 + i)),
    );
    expect(await storedRows()).toEqual({ ...before, bills: before.bills! + METERS.length });
    expect((await revisedParts(day(9))).parts.bills).toBe(JAN);
    expect((await revisedParts(day(10))).parts.bills).toBe(day(10));
    expect((await revisedParts(day(30))).parts.bills).toBe(day(10));
  });

  it("two deliveries of one date at once are both in its newest revision", async () => {
    await Promise.all([
      deliver({ readings: gridFiles.readings(METERS, 40) }, day(31)),
      deliver({ bills: gridFiles.bills(METERS, 5) }, day(31)),
      deliver({ outcomes: gridFiles.outcomes(METERS) }, day(31)),
    ]);
    const newest = await revisedParts(day(31));
    expect(newest).toMatchObject({ revision: 3, labelled: ["cut_offs"] });
    expect(newest.parts).toEqual({ meters: JAN, readings: day(31), bills: day(31), outcomes: day(31) });
  });

  it("publishes once where the database ends its connection in the middle of publishing", async () => {
    let cutOff = "";
    const client = createClient(app.url);
    await client.connect();
    try {
      await client.query("begin; lock table readings in access exclusive mode");
      writeDelivery(app.dataDir, "cut_off", { readings: gridFiles.readings(METERS, 50) });
      const { ingest } = await app.client.query(
        `mutation { ingest(input: { source: "cut_off", asOf: "${day(32)}" }) { id } }`,
      );
      cutOff = ingest.id;
      const ended = async () => {
        const { rows } = await client.query(
          `select count(pg_terminate_backend(a.pid))::int as ended from pg_locks l join pg_stat_activity a on a.pid = l.pid
           where l.relation = 'readings'::regclass and a.datname = current_database() and not l.granted`,
        );
        return rows[0].ended > 0;
      };
      // Beside other tests the whole ingest before it takes its time.
      await until("publishing was ended", ended, 90_000);
    } finally {
      // Whatever comes of it: nobody else waits for the lock.
      await client.end();
    }
    const run = await app.client.finished(cutOff);
    expect(run).toMatchObject({ status: "SUCCEEDED", error: null, snapshot: { revision: 1 } });
    expect((await revisedParts(day(32))).parts).toMatchObject({ readings: day(32), bills: day(31) });
    await until("nothing is staged", async () => (await stagingTables(app)).length === 0);
  });
});

describe("models of labels that come later", () => {
  it("of a date delivered in parts are those of the date delivered at once, byte for byte", async () => {
    const [at, inParts] = ["2024-04-01", "2024-04-02"];
    const parts = {
      readings: gridFiles.readings(METERS, 60),
      bills: gridFiles.bills(METERS, 6),
      outcomes: gridFiles.outcomes(METERS),
    };
    await deliver(parts, at);
    await deliver({ readings: parts.readings }, inParts);
    await deliver({ outcomes: parts.outcomes }, inParts);
    await deliver({ bills: parts.bills }, inParts);
    const [one, other] = [await app.client.train({ asOf: at }), await app.client.train({ asOf: inParts })];
    expect(other.error).toBeNull();
    expect((other.result as any).sha256).toBe((one.result as any).sha256);
  });

  it("what is promoted is compared on dates with labels, whatever came after", async () => {
    await app.client.query('mutation { promote(input: { model: "cut_offs", version: 1 }) { version } }');
    await deliver({ readings: gridFiles.readings(METERS, 70) }, "2024-04-03");
    const { promotionCheck } = await app.client.query(
      '{ promotionCheck(model: "cut_offs", version: 2) { passed heldOut { asOf labelAsOf } } }',
    );
    expect(promotionCheck).toEqual({
      passed: true,
      heldOut: { asOf: "2024-04-02", labelAsOf: "2024-04-02" },
    });
  });

  it("live metrics are judged by the newest date that has labels", async () => {
    await app.sql("select asof_prediction_log_day((now() at time zone 'UTC')::date)");
    await app.sql(
      `insert into prediction_log (at, model, version, key, features_sha256, features, probability, prediction)
       select clock_timestamp(), 'cut_offs', 1, key, 'x', '{}', 0.5, 0 from unnest($1::text[]) key`,
      [METERS.slice(0, 8)],
    );
    const { modelVersion } = await app.client.query(
      '{ modelVersion(model: "cut_offs", version: 1) { live { labelled } ofADay: live(labelAsOf: "2024-04-02") { labelled } } }',
    );
    expect(modelVersion).toEqual({ live: { labelled: 8 }, ofADay: { labelled: 8 } });
    const error = await app.client.error(
      '{ modelVersion(model: "cut_offs", version: 1) { live(labelAsOf: "2024-04-03") { labelled } } }',
    );
    expect(error.message).toContain(
      "the snapshot of 2024-04-03 has no labels outcomes.cut_off; labels are there of",
    );
  });

  it("a withdrawal of what a served version learnt from is refused, though another date carries it on", async () => {
    await deliver(
      { readings: gridFiles.readings(METERS, 80), outcomes: gridFiles.outcomes(METERS) },
      "2024-04-05",
    );
    const run = await app.client.train({ asOf: "2024-04-05" });
    await app.client.query(
      `mutation { promote(input: { model: "cut_offs", version: ${run.modelVersion!.version}, force: true, reason: "a test" }) { version } }`,
    );
    expect((await revisedParts("2024-04-05")).parts.bills).toBe("2024-04-02");
    expect(
      await app.client.error('mutation { withdrawSnapshot(asOf: "2024-04-02", reason: "a test") { id } }'),
    ).toMatchObject({ code: "CONFLICT" });
  });

  it("what is too old to be served on its date is not learnt from", async () => {
    await deliver(
      { readings: gridFiles.readings(METERS), outcomes: gridFiles.outcomes(METERS) },
      "2024-06-30",
    );
    const TRAIN = "mutation($input: TrainInput!) { train(input: $input) { id } }";
    expect(await app.client.error(TRAIN, { input: { asOf: "2024-06-30" } })).toMatchObject({
      code: "BAD_USER_INPUT",
      message:
        "the snapshot of 2024-06-30 carries on bills of 2024-04-02, which view billing serves for 45 days; train on another date, or leave its features out (undeclared: LEAVE_OUT)",
    });
    const run = await app.client.train({ asOf: "2024-06-30", undeclared: "LEAVE_OUT" });
    expect(run.error).toBeNull();
    expect(run.params).toMatchObject({ leftOut: ["amount", "overdue"] });
    expect(
      await app.client.error('mutation { exportTrainingSet(input: { asOfFrom: "2024-06-30" }) { id } }'),
    ).toMatchObject({ code: "BAD_USER_INPUT" });
  });

  it("retention keeps a date whose bills a later date carries on, and drops it after that one", async () => {
    const apply = async (until: string, dryRun: boolean) => {
      const { applyRetention } = await app.client.query(
        `mutation { applyRetention(until: "${until}", dryRun: ${dryRun}) { dates { asOf outcome reason } } }`,
      );
      return new Map<string, { outcome: string; reason: string }>(
        applyRetention.dates.map((date: any) => [date.asOf, date]),
      );
    };
    const planned = await apply(day(20), true);
    const dropped = await apply(day(20), false);
    for (const report of [planned, dropped]) {
      expect(report.get(JAN)).toMatchObject({
        outcome: "KEPT",
        reason: expect.stringMatching(/^carried on: .*meters by 2024-06-30/),
      });
      expect(report.get(day(10))).toMatchObject({
        outcome: "KEPT",
        reason: expect.stringMatching(/^carried on: bills by 2024-03-0[12] and 1[01] other dates$/),
      });
    }
    expect(planned.get(day(9))!.outcome).toBe("WOULD_DROP");
    expect(dropped.get(day(9))!.outcome).toBe("DROPPED");
    const { features } = await app.client.query(
      `{ features(meterId: "M-0001", asOf: "${day(20)}") { values { amount } statuses { name eventTime } } }`,
    );
    expect(features.values.amount).toBe(4);
  });
});
