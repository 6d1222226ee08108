import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClient } from "../../../src/db/pool.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import { smallDelivery, userIds, writeDelivery } from "../../support/delivery.js";
import type { FinishedRun } from "../../support/graphql.js";
import { dumpStore, stagingTables } from "../../support/store-dump.js";
import { until } from "../../support/until.js";

const USERS = userIds(3);
const INGEST = 'mutation($asOf: Date!) { ingest(input: { source: "delivery", asOf: $asOf }) { id } }';

describe("an ingest that is disturbed", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
    writeDelivery(app.dataDir, "delivery", smallDelivery(USERS));
    expect((await app.client.ingest("delivery", "2024-01-31")).error).toBeNull();
  });
  afterAll(() => app?.stop());

  /** Ingests, and does something once the files have been fingerprinted and before they are staged. */
  async function betweenFingerprintAndStaging(asOf: string, disturb: () => void): Promise<FinishedRun> {
    const client = createClient(app.url);
    await client.connect();
    try {
      // The run reads snapshots next, and waits for this lock.
      await client.query("begin; lock table snapshots in access exclusive mode");
      const { ingest } = await app.client.query(INGEST, { asOf });
      await until("the run waits for the lock", async () => {
        const waiting = `select 1 from pg_locks
          where relation = 'snapshots'::regclass and database = (select oid from pg_database where datname = current_database()) and not granted`;
        return (await client.query(waiting)).rowCount === 1;
      });
      disturb();
      await client.query("commit");
      return await app.client.finished(ingest.id);
    } finally {
      await client.end();
    }
  }

  it.each<[string, (file: string) => void]>([
    ["replaced", (file) => writeFileSync(file, `user_id,churn_label\n${USERS[0]},False\n`)],
    ["appended to", (file) => appendFileSync(file, `${USERS[0]},True\n`)],
    ["emptied", (file) => writeFileSync(file, "user_id,churn_label\n")],
    ["removed", (file) => rmSync(file)],
  ])("fails with CONFLICT where a file is %s meanwhile, and publishes nothing", async (_, change) => {
    writeDelivery(app.dataDir, "delivery", smallDelivery(USERS));
    const before = await dumpStore(app);
    const run = await betweenFingerprintAndStaging("2024-02-29", () =>
      change(join(app.dataDir, "delivery/labels.csv")),
    );
    expect(run).toMatchObject({ status: "FAILED", snapshot: null });
    expect(run.error).toEqual({
      code: "CONFLICT",
      message:
        "labels.csv changed while it was being ingested; nothing was published; ingest again when it is complete",
      step: "stage",
    });
    expect(await dumpStore(app)).toEqual(before);
    await until("nothing is staged", async () => (await stagingTables(app)).length === 0);
  });

  it("stages again where the database ends its connection in the middle of a file", async () => {
    const many = userIds(60_000);
    const { users, ...others } = smallDelivery(many);
    writeDelivery(app.dataDir, "delivery", { ...smallDelivery(USERS), users: users! });
    expect(Object.keys(others)).toHaveLength(5);
    const { ingest } = await app.client.query(INGEST, { asOf: "2024-03-31" });
    await until("its COPY was ended", async () => {
      const [row] = await app.sql(
        `select count(pg_terminate_backend(pid))::int as ended from pg_stat_activity
         where datname = current_database() and query like 'copy staging.%from stdin' and state = 'active'`,
      );
      return row!.ended > 0;
    });
    const run = await app.client.finished(ingest.id);
    expect(run).toMatchObject({
      status: "SUCCEEDED",
      error: null,
      result: { rows: { users: { rows: 60_000 } } },
    });
    expect(run.steps.find(({ name }) => name === "stage")).toMatchObject({ status: "SUCCEEDED", attempt: 2 });
  });

  it("publishes once where the database ends its connection in the middle of publishing", async () => {
    writeDelivery(app.dataDir, "delivery", smallDelivery(USERS));
    const client = createClient(app.url);
    await client.connect();
    // The run writes labels last of the live tables, and waits for this lock in its transaction.
    await client.query("begin; lock table labels in access exclusive mode");
    const { ingest } = await app.client.query(INGEST, { asOf: "2024-04-30" });
    await until("publishing was ended", async () => {
      const { rows } = await client.query(
        `select count(pg_terminate_backend(a.pid))::int as ended from pg_locks l join pg_stat_activity a on a.pid = l.pid
         where l.relation = 'labels'::regclass and a.datname = current_database() and not l.granted`,
      );
      return rows[0].ended > 0;
    });
    await client.query("commit");
    await client.end();
    const run = await app.client.finished(ingest.id);
    expect(run).toMatchObject({
      status: "SUCCEEDED",
      error: null,
      snapshot: { asOf: "2024-04-30", revision: 1 },
    });
    expect(
      await app.sql("select count(*)::int as n from labels_snapshots where as_of = '2024-04-30'"),
    ).toEqual([{ n: 3 }]);
  });
});
