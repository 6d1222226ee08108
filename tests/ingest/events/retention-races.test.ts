import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClient } from "../../../src/db/pool.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import { writeDelivery } from "../../support/delivery.js";
import { shop } from "../../support/deployment/kept-events.js";
import { until } from "../../support/until.js";

const DATES = ["2023-10-31", "2023-11-30", "2023-12-31", "2024-01-31", "2024-02-29", "2024-03-31"];
const MONTHS = DATES.map((date) => `${date.slice(0, 7)}-01`);
/** Until it is withdrawn the newest 180 days begin in January, then in October. */
const MISTYPED = "2024-06-30";
const APPLY = `mutation($keepDays: Int! = 91, $dryRun: Boolean! = false) {
  applyEventRetention(source: "orders", keepDays: $keepDays, dryRun: $dryRun) {
  events sources { limit eventsFrom months { month outcome reason } frozen { asOf } } } }`;

let app: TestApp;
const apply = async (more: Record<string, unknown> = {}) =>
  (await app.client.query(APPLY, more)).applyEventRetention.sources[0];
const outcomes = (of: any) => of.months.map(({ month, outcome }: any) => `${month} ${outcome}`);
const monthsThere = async () =>
  (
    await app.sql<{ month: string }>(
      "select distinct date_trunc('month', asof_event_date)::date as month from orders_events order by 1",
    )
  ).map(({ month }) => month);

/** Works beside a transaction; what that locks is free once the work is done. */
async function beside<T>(statement: string, work: (session: pg.Client) => Promise<T>): Promise<T> {
  const session = createClient(app.url);
  await session.connect();
  try {
    await session.query(`begin; ${statement}`);
    return await work(session);
  } finally {
    await session.end();
  }
}
const PUBLISHING = "select pg_advisory_xact_lock(hashtextextended('asof_publish', 0))";
const waitFor = (session: pg.Client, locktype: "advisory" | "relation", count = 1) =>
  until(`${count} wait`, async () => {
    const sql = `select 1 from pg_locks where locktype = '${locktype}' and not granted
      and database = (select oid from pg_database where datname = current_database())`;
    return (await session.query(sql)).rows.length >= count;
  });

beforeAll(async () => {
  app = await startTestApp({ definitions: shop() });
  for (const [number, asOf] of [...DATES, MISTYPED].entries()) {
    writeDelivery(app.dataDir, asOf, {
      customers: ["customer_id,region", "C1,north"],
      orders: ["customer_id,order_no,at,dollars", `C1,${number},${asOf}T12:00:00Z,1`],
    });
    expect((await app.client.ingest(asOf, asOf)).error).toBeNull();
  }
});
afterAll(() => app?.stop());

describe("a retention of events", () => {
  it("drops nothing by a date that is withdrawn once it has read its limit", async () => {
    const of = await beside(PUBLISHING, async (session) => {
      const applied = apply({ keepDays: 180 });
      await waitFor(session, "advisory");
      await session.query(
        "insert into snapshot_withdrawals (snapshot_id, run_id, actor, reason) select id, run_id, 'a test', 'mistyped' from snapshots where as_of = $1",
        [MISTYPED],
      );
      await session.query("commit");
      return applied;
    });
    expect(of).toMatchObject({ limit: "2024-01-01", eventsFrom: null, frozen: [] });
    expect(of.months.map(({ outcome, reason }: any) => `${outcome} ${reason}`)).toEqual([
      "KEPT not before the limit any more: snapshots went meanwhile, and it is 2023-10-01",
      ...Array(2).fill("KEPT an older month stays"),
    ]);
    expect(await monthsThere()).toHaveLength(7);
  });

  it("drops nothing while a withdrawal waits, whatever its date", async () => {
    const withdrawal = await beside(PUBLISHING, async () => {
      const { run } = await app.client.query(
        `mutation { run: withdrawSnapshot(asOf: "${DATES[0]}", reason: "a test") { id } }`,
      );
      const of = await apply({ dryRun: true });
      expect(outcomes(of)).toEqual(MONTHS.slice(0, 3).map((month) => `${month} KEPT`));
      expect(of.months[0].reason).toBe(`run ${run.id}, under way, withdraws the snapshot of ${DATES[0]}`);
      return run.id;
    });
    expect((await app.client.finished(withdrawal)).error).toBeNull();
  });

  it("passes over a month that is dropped while it is counted", async () => {
    const drop = "set local asof.drops_partitions = 'on'; drop table orders_events_202310";
    const of = await beside(drop, async (session) => {
      const shown = apply({ dryRun: true });
      await waitFor(session, "relation");
      await session.query(
        "insert into event_drops (source, month, events, actor) values ('orders', '2023-10-01', 1, 'a test')",
      );
      await session.query("commit");
      return shown;
    });
    expect(outcomes(of)).toEqual(MONTHS.slice(1, 3).map((month) => `${month} WOULD_DROP`));
  });

  it("drops each month once where two are applied at once, and both say from when on there are events", async () => {
    const both = await beside(PUBLISHING, async (session) => {
      const applied = Promise.all([apply(), apply()]);
      await waitFor(session, "advisory", 2);
      await session.query("commit");
      return applied;
    });
    expect(both.flatMap(outcomes).sort()).toEqual(MONTHS.slice(1, 3).map((month) => `${month} DROPPED`));
    for (const of of both) expect(of.eventsFrom).toBe("2024-01-01");
    expect(await monthsThere()).toEqual([...MONTHS.slice(3), "2024-06-01"]);
  });
});
