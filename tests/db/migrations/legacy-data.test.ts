import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool, type Pool } from "../../../src/db/pool.js";
import { verifySnapshot } from "../../../src/features/snapshot-verify.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import { createDatabase, type TestDatabase } from "../../support/database.js";
import { smallDelivery, userIds, writeDelivery } from "../../support/delivery.js";
import { makeLegacyHomeWithData } from "../../support/legacy-home.js";

describe("the data of a home of 0.1.0", () => {
  let database: TestDatabase;
  let app: TestApp;
  let pool: Pool;
  beforeAll(async () => {
    database = await createDatabase();
    await makeLegacyHomeWithData(database.url);
    app = await startTestApp({ databaseUrl: database.url });
    pool = createPool(database.url, 2);
  });
  afterAll(async () => {
    await app?.stop();
    await pool?.end();
    await database?.drop();
  });

  it("has every hash of the first edition as it was published, and the second beside it", async () => {
    const { rows } = await pool.query<{ id: number }>("select id from snapshots order by id");
    expect(rows).toHaveLength(3);
    for (const { id } of rows) {
      const verified = await verifySnapshot(pool, () => "user_id", id, null);
      for (const { name, recorded, found } of verified) expect(found, `${id} ${name}`).toBe(recorded);
      expect(verified.map(({ name }) => name).sort()).toEqual(
        [
          "labels",
          "labels (first edition)",
          "payments_agg_90d",
          "payments_agg_90d (first edition)",
          ...(id === 3 ? [] : []),
          "subs_profile (first edition)",
          "subscriptions",
          "support_agg_90d",
          "support_agg_90d (first edition)",
          "usage_agg_30d",
          "usage_agg_30d (first edition)",
          ...(verified.some(({ name }) => name === "payments_agg_90d:pushes")
            ? ["payments_agg_90d:pushes"]
            : []),
        ].sort(),
      );
    }
  });

  it("has the curves of its version, which 0.1.0 kept as files", async () => {
    const { modelVersion } = await app.client.query(`{ modelVersion(model: "churn", version: 1) {
      metric(name: "auc") evaluation { rows roc { x y } thresholds { threshold } importances { feature } } } }`);
    const { roc, thresholds, importances } = modelVersion.evaluation;
    const area = roc
      .slice(1)
      .reduce((sum: number, { x, y }: any, k: number) => sum + ((x - roc[k].x) * (y + roc[k].y)) / 2, 0);
    expect(area).toBeCloseTo(modelVersion.metric, 9);
    expect([thresholds.length > 5, importances.length]).toEqual([true, 14]);
  });

  it("describes its snapshots by what they were made with", async () => {
    const { rows } = await pool.query(
      "select columns from snapshot_parts where snapshot_id = 1 and name = 'subscriptions'",
    );
    expect(rows[0].columns.map(({ name }: { name: string }) => name)).toEqual([
      ...["months_active", "monthly_fee", "paperless_billing", "plan_stream_tv"],
      ...["plan_stream_movies", "net_service"],
    ]);
    expect(await pool.query("select distinct hash_version from snapshots")).toMatchObject({
      rows: [{ hash_version: 1 }],
    });
  });

  it("answers as it did: now, as of a date, as known before a revision, with what was pushed", async () => {
    const { now, then, before, pushed } = await app.client.query(`{
      now: features(userId: "U-00002") { json }
      then: features(userId: "U-00002", asOf: "2024-01-31") { json statuses { status } }
      before: features(userId: "U-00002", asOf: "2024-01-31", knownAt: "2000-01-01T00:00:00Z") { statuses { status } }
      pushed: features(userId: "U-00001", asOf: "2024-01-25") { json } }`);
    expect(now.json).toMatchObject({ avg_session_mins_7d: 30.25, support_tickets_90d: 2 });
    expect(then.json).toMatchObject({ avg_session_mins_7d: 29.5, ticket_avg_resolution_hrs_90d: 9.25 });
    expect(new Set(then.statuses.map(({ status }: any) => status))).toEqual(new Set(["PRESENT"]));
    expect(new Set(before.statuses.map(({ status }: any) => status))).toEqual(new Set(["NOT_FOUND"]));
    expect(pushed.json.failed_payments_90d).toBe(7);
  });

  it("reproduces the run that trained its model, identically", async () => {
    const { model } = await app.client.query(`{ model(name: "churn") { production { run { id } sha256 } } }`);
    const { reproduce } = await app.client.query("mutation ($id: ID!) { reproduce(runId: $id) { id } }", {
      id: model.production.run.id,
    });
    const run = await app.client.finished(reproduce.id);
    expect(run.error).toBeNull();
    expect(run.result).toMatchObject({ identical: true, differences: [], sha256: model.production.sha256 });
  });

  it("goes on: the same files make a revision with every column, carrying on the part that has them all", async () => {
    writeDelivery(app.dataDir, "february", {
      ...smallDelivery(userIds(120)),
      usage_agg_30d: smallDelivery(userIds(120)).usage_agg_30d!.map((line, i) =>
        i === 0 ? line : line.replace(/,29\.5,/, ",30.25,"),
      ),
    });
    const run = await app.client.ingest("february", "2024-02-29");
    expect(run.error).toBeNull();
    expect(run.result).toMatchObject({ revision: 2 });
    const { rows } = await pool.query(
      `select p.name, p.owner_id = p.snapshot_id as own from snapshot_parts p join snapshots s on s.id = p.snapshot_id
       where s.as_of = '2024-02-29' and s.revision = 2 order by 1`,
    );
    expect(rows).toEqual([
      { name: "labels", own: false },
      { name: "payments_agg_90d", own: false },
      { name: "subscriptions", own: true },
      { name: "support_agg_90d", own: false },
      { name: "usage_agg_30d", own: false },
      { name: "users", own: true },
    ]);
  });
});
