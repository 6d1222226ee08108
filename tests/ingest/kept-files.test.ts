import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool } from "../../src/db/pool.js";
import { verifySnapshot } from "../../src/features/snapshot-verify.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { type Files, smallDelivery, writeDelivery } from "../support/delivery.js";
import type { FinishedRun } from "../support/graphql.js";
import { dumpStore, stagingTables } from "../support/store-dump.js";
import { until } from "../support/until.js";

const JANUARY = "2024-01-31";
const USERS = ["U-1", "U-2", "U-3", "U-4"];
const SAME = { rows: 4, inserted: 0, updated: 0, unchanged: 4 };

/** The tests tell one story, in order: each goes on from what the one before left. */
describe("a correction, of which some files are those that were delivered before", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app?.stop());

  const payments = (...counts: number[]): Files => ({
    ...smallDelivery(USERS),
    payments_agg_90d: ["user_id,failed_payments_90d", ...counts.map((count, i) => `${USERS[i]},${count}`)],
  });
  async function ingest(files: Files): Promise<FinishedRun> {
    writeDelivery(app.dataDir, "delivery", files);
    return app.client.ingest("delivery", JANUARY);
  }
  const notRead = async ({ id }: FinishedRun): Promise<string | undefined> => {
    const [row] = await app.sql(
      `select message from run_events where run_id = '${id}' and message like '%not read again%'`,
    );
    return row && String(row.message).split(": ").at(-1);
  };
  const parts = () =>
    app.sql(`select p.name, o.revision as owner from snapshot_parts p join snapshots o on o.id = p.owner_id
      where p.snapshot_id = (select max(id) from snapshots) order by 1`);
  const verified = async () => {
    const pool = createPool(app.url, 1);
    try {
      const [snapshot] = await app.sql("select max(id) as id from snapshots");
      return (await verifySnapshot(pool, () => "user_id", Number(snapshot!.id), null)).map(
        ({ recorded, found }) => recorded === found,
      );
    } finally {
      await pool.end();
    }
  };

  it("reads what changed alone, and reports on all of it", async () => {
    const first = await ingest(payments(0, 1, 0, 1));
    const before = await dumpStore(app, ["online_views"]);
    const run = await ingest(payments(0, 1, 0, 2));
    expect(run.error).toBeNull();
    expect(await notRead(run)).toBe("users, subscriptions, usage_agg_30d, support_agg_90d, labels");
    expect(run.result).toMatchObject({ unchanged: false, revision: 2 });
    expect(run.result.rows).toEqual({
      ...{ users: SAME, subscriptions: SAME, usage_agg_30d: SAME, support_agg_90d: SAME, labels: SAME },
      payments_agg_90d: { rows: 4, inserted: 0, updated: 1, unchanged: 3 },
    });
    expect(run.validation).toEqual(first.validation);
    const after = await dumpStore(app, ["online_views"]);
    const written = Object.keys(after).filter((table) =>
      after[table]!.some((row) => !before[table]?.includes(row)),
    );
    expect(written.sort()).toEqual(
      ["payments_agg_90d", "payments_agg_90d_online", "payments_agg_90d_snapshots_20240131"].concat([
        "snapshot_parts",
        "snapshots",
      ]),
    );
    expect((await parts()).map(({ name, owner }) => `${name} ${owner}`)).toEqual([
      "labels 1",
      "payments_agg_90d 2",
      "subscriptions 1",
      "support_agg_90d 1",
      "usage_agg_30d 1",
      "users 1",
    ]);
    expect(await verified()).toEqual(Array(6).fill(true));
    await until("nothing is staged", async () => (await stagingTables(app)).length === 0);
  });

  it("the same files once more are the same delivery, whichever run read each of them", async () => {
    const run = await ingest(payments(0, 1, 0, 2));
    expect(run.steps.map(({ name }) => name)).toEqual(["fingerprint", "compare", "materialize"]);
    expect(run.result).toMatchObject({ unchanged: true, revision: 2 });
  });

  it("is refused like any delivery, and changes nothing", async () => {
    const before = await dumpStore(app);
    const files = payments(0, 1, 0, 2);
    files.payments_agg_90d!.push("U-9,1");
    const run = await ingest(files);
    expect(run.error).toMatchObject({ code: "VALIDATION_FAILED", message: expect.stringContaining("U-9") });
    expect(run.validation!.expectations).toContainEqual(
      expect.objectContaining({ source: "users", expectation: "unique", success: true }),
    );
    expect(await dumpStore(app)).toEqual(before);
  });

  it("after a withdrawal it is compared with the revision that holds", async () => {
    const data = await app.client.query(
      `mutation { withdrawSnapshot(asOf: "${JANUARY}", reason: "wrong") { id } }`,
    );
    expect((await app.client.finished(data.withdrawSnapshot.id)).error).toBeNull();
    const run = await ingest(payments(3, 1, 0, 1));
    expect(run.result).toMatchObject({
      revision: 3,
      rows: { payments_agg_90d: { updated: 1 }, users: SAME },
    });
    expect(await notRead(run)).toContain("users");
    expect(await verified()).toEqual(Array(6).fill(true));
  });

  it("a file of somebody who was erased is read again, and keeps them out", async () => {
    const data = await app.client.query('mutation { eraseUser(userId: "U-4", reason: "asked") { id } }');
    expect((await app.client.finished(data.eraseUser.id)).error).toBeNull();
    const run = await ingest(payments(4, 1, 0, 1));
    expect(run.error).toBeNull();
    expect(await notRead(run)).toBeUndefined();
    expect(run.result).toMatchObject({ revision: 4, rows: { users: { rows: 3 } }, erased: { users: 1 } });
    expect(await verified()).toEqual(Array(6).fill(true));
    const { verifyParity } = await app.client.query("mutation { verifyParity { id } }");
    expect((await app.client.finished(verifyParity.id)).error).toBeNull();
  });
});
