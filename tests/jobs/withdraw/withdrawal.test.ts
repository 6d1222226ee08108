import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool } from "../../../src/db/pool.js";
import { verifySnapshot } from "../../../src/features/snapshot-verify.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import { smallDelivery, userIds, writeDelivery } from "../../support/delivery.js";

const JANUARY = "2024-01-31";
const FEBRUARY = "2024-02-29";
const WRONG = "2026-01-31";
const U1 = "U-00001";
const USERS = userIds(60);

const WITHDRAW = `mutation ($asOf: Date!, $reason: String!) { withdrawSnapshot(asOf: $asOf, reason: $reason) { id } }`;

describe("a snapshot that should not have been published", () => {
  let app: TestApp;
  const delivery = (payments: number, users = USERS) => {
    const files = smallDelivery(users);
    files.payments_agg_90d = files.payments_agg_90d!.map((line, i) =>
      i === 0 ? line : `${users[i - 1]},${payments}`,
    );
    files.users = files.users!.map((line) => (payments === 9 ? line.replace("Female", "Male") : line));
    return files;
  };
  const ingest = async (name: string, files: ReturnType<typeof delivery>, asOf: string) => {
    writeDelivery(app.dataDir, name, files);
    const run = await app.client.ingest(name, asOf);
    expect(run.error).toBeNull();
    return run;
  };
  const withdraw = async (asOf: string, reason = "the wrong file") => {
    const data = await app.client.query(WITHDRAW, { asOf, reason });
    return app.client.finished(data.withdrawSnapshot.id);
  };
  const payments = async (clock = "") =>
    (
      await app.client.query(
        `{ features(userId: "${U1}"${clock}) { values { failedPayments90d } statuses { name status eventTime } } }`,
      )
    ).features;

  beforeAll(async () => {
    app = await startTestApp();
    await ingest("january", delivery(1), JANUARY);
    await ingest("february", delivery(2), FEBRUARY);
  });
  afterAll(() => app?.stop());

  it.each([
    ["2124-01-31", "2124-01-31 is after today"],
    ["9999-12-31", "9999-12-31 is after today"],
  ])("is refused where its date is %s, unless it is allowed", async (asOf, message) => {
    const error = await app.client.error(
      `mutation { ingest(input: { source: "january", asOf: "${asOf}" }) { id } }`,
    );
    expect(error).toMatchObject({ code: "BAD_USER_INPUT", message: expect.stringContaining(message) });
  });

  it("is taken back: live and online values are what they would have been, and a date before is served again", async () => {
    const wrong = await ingest("mistyped", delivery(9, [...USERS, "U-NEW"]), WRONG);
    expect(wrong.result.online.payments_agg_90d).toEqual({ written: 61, older: 0 });
    const later = await ingest("february2", delivery(3), FEBRUARY);
    // What the mistyped date did: nothing of a true month reaches the online store.
    expect(later.result).toMatchObject({
      revision: 2,
      online: { payments_agg_90d: { written: 0, older: 60 } },
    });
    expect((await payments()).values).toEqual({ failedPayments90d: 9 });
    const before = new Date();
    const run = await withdraw(WRONG);
    expect(run).toMatchObject({ status: "SUCCEEDED" });
    expect(run.result).toMatchObject({
      asOf: WRONG,
      revision: 1,
      live: { users: { restored: 60, removed: 1 }, payments_agg_90d: { restored: 60, removed: 1 } },
      online: { payments_agg_90d: { restored: 60, removed: 1 } },
    });
    expect((await payments()).values).toEqual({ failedPayments90d: 3 });
    expect(await app.sql("select user_gender, as_of from users where user_id = 'U-00000'")).toEqual([
      { user_gender: "Female", as_of: FEBRUARY },
    ]);
    const { users, featureView } = await app.client.query(
      `{ users(first: 100) { totalCount } featureView(name: "payments_agg_90d") { freshness { newestEventTime } } }`,
    );
    expect(users.totalCount).toBe(60);
    expect(featureView.freshness.newestEventTime).toBe(FEBRUARY);
    const then = await payments(`, asOf: "2026-02-01", knownAt: "${before.toISOString()}"`);
    expect(then.values).toEqual({ failedPayments90d: 9 });
    expect((await payments(`, asOf: "2026-02-01"`)).values).toEqual({ failedPayments90d: 3 });
    const parity = await app.client.query("mutation { verifyParity { id } }");
    const report = await app.client.finished(parity.verifyParity.id);
    expect(report.result).toMatchObject({ identical: true, differences: 0 });
  });

  it("is on record as withdrawn, by whom and why, and nothing is made of it", async () => {
    const { snapshot } = await app.client.query(
      `{ snapshot(asOf: "${WRONG}") { revision state withdrawal { actor reason at run { kind status } } } }`,
    );
    expect(snapshot).toEqual({
      revision: 1,
      state: "WITHDRAWN",
      withdrawal: {
        actor: expect.any(String),
        reason: "the wrong file",
        at: expect.stringMatching(/^\d{4}-/),
        run: { kind: "WITHDRAW", status: "SUCCEEDED" },
      },
    });
    for (const mutation of [
      `train(input: { asOf: "${WRONG}" }) { id }`,
      `materialize(asOf: "${WRONG}") { id }`,
      `exportTrainingSet(input: { asOfFrom: "${WRONG}" }) { id }`,
      `detectDrift(input: { from: "${JANUARY}", to: "${WRONG}" }) { id }`,
      `withdrawSnapshot(asOf: "${WRONG}", reason: "again") { id }`,
    ]) {
      const error = await app.client.error(`mutation { ${mutation} }`);
      expect([mutation, error.code]).toEqual([
        mutation,
        expect.stringMatching(/CONFLICT|SNAPSHOT_NOT_FOUND/),
      ]);
    }
  });

  it("does not get its number again", async () => {
    const run = await ingest("right", delivery(4), WRONG);
    expect(run.result).toMatchObject({ revision: 2, unchanged: false });
    expect((await payments()).values).toEqual({ failedPayments90d: 4 });
    await withdraw(WRONG);
    // Its former revision was withdrawn, too.
    expect((await payments()).values).toEqual({ failedPayments90d: 3 });
  });

  it("of several revisions is the newest: the one before holds again, with the parts that it carried on", async () => {
    await ingest("february3", delivery(5), FEBRUARY);
    expect((await payments()).values).toEqual({ failedPayments90d: 5 });
    const { result } = await withdraw(FEBRUARY);
    // Only what the revision had brought itself goes back.
    expect(Object.keys(result.live)).toEqual(["payments_agg_90d"]);
    expect((await payments()).values).toEqual({ failedPayments90d: 3 });
    const { snapshot } = await app.client.query(`{ snapshot(asOf: "${FEBRUARY}") { revision state } }`);
    expect(snapshot).toEqual({ revision: 2, state: "PUBLISHED" });
  });

  it("lets what was pushed and bound to it wait for the next", async () => {
    await app.client.query(
      `mutation { push(input: { view: "payments_agg_90d", rows: [{ userId: "${U1}", asOf: "2024-03-10", values: { failed_payments_90d: 7 } }] }) { __typename } }`,
    );
    await ingest("march", delivery(6), "2024-03-31");
    const asked = ', asOf: "2024-03-15"';
    expect((await payments(asked)).values).toEqual({ failedPayments90d: 7 });
    const { result } = await withdraw("2024-03-31");
    expect(result.pushes).toBe(1);
    await verifies("2024-03-31");
    expect((await payments(asked)).values).toEqual({ failedPayments90d: 3 });
    // It is served all the same: that is what pushing is for.
    expect((await payments()).values).toEqual({ failedPayments90d: 7 });
    await ingest("april", delivery(8), "2024-04-30");
    expect((await payments(asked)).values).toEqual({ failedPayments90d: 7 });
    // The part that was pushed is another snapshot's now.
    await verifies("2024-03-31");
  });

  const verifies = async (asOf: string) => {
    const pool = createPool(app.url, 1);
    const [{ id, at }] = (await app.sql(
      "select s.id, w.at from snapshots s join snapshot_withdrawals w on w.snapshot_id = s.id where s.as_of = $1",
      [asOf],
    )) as [{ id: number; at: Date }];
    const verified = await verifySnapshot(pool, () => "user_id", id, null);
    await pool.end();
    expect(verified.filter(({ recorded, found }) => recorded !== found)).toEqual([]);
    expect(verified.filter(({ limit }) => limit)).toMatchObject([
      {
        name: "payments_agg_90d:pushes",
        limit: { until: at, since: "what was pushed waits for another snapshot" },
      },
    ]);
  };

  it.each([
    ["no reason", JANUARY, " ", "BAD_USER_INPUT"],
    ["a date without a snapshot", "2020-01-31", "why", "SNAPSHOT_NOT_FOUND"],
  ])("is not withdrawn with %s", async (_, asOf, reason, code) => {
    expect(await app.client.error(WITHDRAW, { asOf, reason })).toMatchObject({ code });
  });

  it("stays where a version in Production or Staging was trained from it; reproduce reads a withdrawn one", async () => {
    const run = await app.client.train({ asOf: JANUARY, algorithm: "LOGISTIC_REGRESSION" });
    expect(run.error).toBeNull();
    await app.client.query(
      'mutation { promote(input: { version: 1, stage: STAGING, force: true, reason: "test" }) { version } }',
    );
    const error = await app.client.error(WITHDRAW, { asOf: JANUARY, reason: "why" });
    expect(error).toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining("trained from it: churn version 1 (STAGING)"),
    });
    await app.client.query(
      'mutation { promote(input: { version: 1, stage: ARCHIVED, force: true, reason: "test" }) { version } }',
    );
    expect(await withdraw(JANUARY)).toMatchObject({ status: "SUCCEEDED" });
    const { reproduce } = await app.client.query("mutation ($id: ID!) { reproduce(runId: $id) { id } }", {
      id: run.id,
    });
    expect((await app.client.finished(reproduce.id)).result).toMatchObject({ identical: true });
  });
});
