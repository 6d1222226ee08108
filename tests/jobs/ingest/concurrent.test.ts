import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../../support/app.js";
import { smallDelivery, userIds, writeDelivery } from "../../support/delivery.js";

const USERS = userIds(50);

describe("ingests that are asked for at once", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
    for (const value of ["1", "2", "3"]) {
      const files = smallDelivery(USERS);
      files.payments_agg_90d![1] = `${USERS[0]},${value}`;
      writeDelivery(app.dataDir, `paid_${value}`, files);
    }
  });
  afterAll(() => app?.stop());

  const ingestAll = (asked: [source: string, asOf: string][]) =>
    Promise.all(asked.map(([source, asOf]) => app.client.ingest(source, asOf)));
  const revisions = async (asOf: string) => {
    const rows = await app.sql("select revision, content_sha256 from snapshots where as_of = $1 order by 1", [
      asOf,
    ]);
    return {
      numbers: rows.map((row) => row.revision),
      contents: new Set(rows.map((row) => row.content_sha256)).size,
    };
  };

  it("of one date and content make one revision", async () => {
    const asOf = "2024-01-31";
    const runs = await ingestAll(Array.from({ length: 4 }, () => ["paid_1", asOf]));
    for (const run of runs)
      expect(run).toMatchObject({ status: "SUCCEEDED", error: null, snapshot: { revision: 1 } });
    expect(runs.map(({ result }) => result.unchanged).sort()).toEqual([false, true, true, true]);
    expect(await revisions(asOf)).toEqual({ numbers: [1], contents: 1 });
  });

  it("of one date and different contents make one revision each, live being the newest's", async () => {
    const asOf = "2024-02-29";
    const runs = await ingestAll([
      ["paid_1", asOf],
      ["paid_2", asOf],
      ["paid_3", asOf],
    ]);
    for (const run of runs) expect(run).toMatchObject({ status: "SUCCEEDED", error: null });
    expect(runs.map(({ snapshot }) => snapshot!.revision).sort()).toEqual([1, 2, 3]);
    expect(await revisions(asOf)).toEqual({ numbers: [1, 2, 3], contents: 3 });
    const [row] = await app.sql(
      `select l.failed_payments_90d as live, o.failed_payments_90d as online, s.failed_payments_90d as snapshot
       from payments_agg_90d l join payments_agg_90d_online o using (user_id)
       join payments_agg_90d_snapshots s using (user_id) where user_id = $1 and s.as_of = $2
       order by snapshot_id desc limit 1`,
      [USERS[0], asOf],
    );
    expect([row!.live, row!.online]).toEqual([row!.snapshot, row!.snapshot]);
  });

  it("of different dates, with materializations between them, all end, and the newest date is online", async () => {
    const materialize = async () => {
      const { materialize } = await app.client.query('mutation { materialize(asOf: "2024-01-31") { id } }');
      return app.client.finished(materialize.id);
    };
    const ended = await Promise.all([
      ingestAll([
        ["paid_3", "2024-05-31"],
        ["paid_1", "2024-03-31"],
        ["paid_2", "2024-04-30"],
      ]),
      materialize(),
      materialize(),
    ]);
    for (const run of ended.flat()) expect(run).toMatchObject({ status: "SUCCEEDED", error: null });
    const rows = await app.sql(
      "select distinct as_of from payments_agg_90d_online union select as_of from labels",
    );
    expect(rows).toEqual([{ as_of: "2024-05-31" }]);
  });
});
