import { afterAll, beforeAll, expect, it } from "vitest";
import { createClient } from "../../src/db/pool.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { smallDelivery, writeDelivery } from "../support/delivery.js";

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  writeDelivery(app.dataDir, "month", smallDelivery(["U-1"]));
  await app.client.ingest("month", "2024-01-31");
});
afterAll(() => app?.stop());

it("reads of other dates are answered while a new month's partition is being filled and attached", async () => {
  const publishing = createClient(app.url);
  await publishing.connect();
  try {
    await publishing.query("begin");
    await publishing.query("select asof_ensure_partition('usage_agg_30d_snapshots', '2024-02-29')");
    const reading = createClient(app.url);
    await reading.connect();
    await reading.query("set lock_timeout = '2s'");
    const { rows } = await reading.query("select as_of, user_id from usage_agg_30d_snapshots");
    await reading.end();
    expect(rows).toEqual([{ as_of: "2024-01-31", user_id: "U-1" }]);
    const { features } = await app.client.query(
      '{ features(userId: "U-1", asOf: "2024-02-01") { asOf statuses { status } } }',
    );
    expect(features.statuses[6]).toEqual({ status: "PRESENT" });
  } finally {
    await publishing.query("rollback");
    await publishing.end();
  }
});

it("an attached partition has its key and refuses changes like any other", async () => {
  const indexes = await app.sql(
    "select indexdef from pg_indexes where tablename = 'usage_agg_30d_snapshots_20240131'",
  );
  expect(indexes.map(({ indexdef }) => indexdef.replace(/^.* USING /, ""))).toEqual([
    "btree (snapshot_id, user_id, as_of)",
  ]);
  for (const change of [
    "update usage_agg_30d_snapshots_20240131 set skips_7d = 1",
    "delete from usage_agg_30d_snapshots_20240131",
    "truncate usage_agg_30d_snapshots_20240131",
    "insert into usage_agg_30d_snapshots_20240131 (snapshot_id, as_of, user_id) values (1, '2024-01-31', 'U-2')",
  ]) {
    await expect(app.sql(change)).rejects.toThrow("is refused");
  }
});
