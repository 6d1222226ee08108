import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClient, createPool } from "../../../src/db/pool.js";
import { int, string } from "../../../src/definitions/language/column.js";
import { deployment, deploymentSha256, source } from "../../../src/definitions/language/deployment.js";
import { verifySnapshot } from "../../../src/features/snapshot-verify.js";
import { requireEvents } from "../../../src/features/windows/event-horizons.js";
import { knownEntities } from "../../../src/features/windows/known-entities.js";
import { windowProblems } from "../../../src/serving/window-problems.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import { writeDelivery } from "../../support/delivery.js";
import { columns, customer, customers, orders, shop } from "../../support/deployment/kept-events.js";
import { until } from "../../support/until.js";

const [OCT, NOV, DEC, JAN, FEB, MAR] = [
  ...["2023-10-31", "2023-11-30", "2023-12-31", "2024-01-31", "2024-02-29", "2024-03-31"],
] as [string, string, string, string, string, string];
const MONTHS = [OCT, NOV, DEC, JAN, FEB, MAR];
/** An order and a visit of each customer on the 15th of each month; the number says of which. */
const ordersOf = (months: readonly number[], more: readonly string[] = []) => [
  "customer_id,order_no,at,dollars",
  ...months.map(
    (month) => `C${(month % 2) + 1},${month},${MONTHS[month]!.slice(0, 7)}-15T12:00:00Z,${month + 1}`,
  ),
  ...more,
];
const visitsOf = (months: readonly number[]) => [
  "customer_id,visit_no,at",
  ...months.map((month) => `C1,${month},${MONTHS[month]!.slice(0, 7)}-20T12:00:00Z`),
];
const CUSTOMERS = ["customer_id,region", "C1,north", "C2,south"];
const APPLY = `mutation($source: String, $keepDays: Int, $dryRun: Boolean! = true) {
  applyEventRetention(source: $source, keepDays: $keepDays, dryRun: $dryRun) { dryRun events bytes sources {
    source keepDays limit eventsFrom months { month outcome reason events bytes } frozen { asOf lateEvents } } } }`;

let app: TestApp;
const apply = async (more: Record<string, unknown> = {}) =>
  (await app.client.query(APPLY, more)).applyEventRetention.sources;
const deliver = (asOf: string, files: Record<string, string[]>) => {
  writeDelivery(app.dataDir, asOf, files);
  return app.client.ingest(asOf, asOf);
};
const run = async (mutation: string) => {
  const { run } = await app.client.query(`mutation { run: ${mutation} { id } }`);
  return app.client.finished(run.id);
};
const outcomes = (of: any) => of.months.map(({ month, outcome }: any) => `${month} ${outcome}`);
const partitions = async (table: string) =>
  (
    await app.sql(
      "select relname as name from pg_class where relkind = 'r' and relispartition and relname like $1 || '\\_events\\_%' order by 1",
      [table],
    )
  ).map(({ name }) => name.slice(-6));
const spend = async (asOf: string) => {
  const { features } = await app.client.query(
    'query($asOf: Date) { features(customerId: "C1", asOf: $asOf) { json } }',
    { asOf },
  );
  return features.json.spend;
};
const revisionOf = async (asOf: string) => {
  const { snapshot } = await app.client.query("query($asOf: Date!) { snapshot(asOf: $asOf) { revision } }", {
    asOf,
  });
  return snapshot.revision;
};
/** With the API's own pool it would wait for a connection of the test's. */
const onDatabase = async <T>(work: (pool: ReturnType<typeof createPool>) => Promise<T>): Promise<T> => {
  const pool = createPool(app.url, 1);
  return work(pool).finally(() => pool.end());
};

beforeAll(async () => {
  app = await startTestApp({ definitions: shop() });
  for (const [month, asOf] of MONTHS.entries()) {
    const files = { customers: CUSTOMERS, orders: ordersOf([month]), visits: visitsOf([month]) };
    expect((await deliver(asOf, files)).error).toBeNull();
  }
});
afterAll(() => app?.stop());

describe("a retention of events", () => {
  it.each([
    [
      [60, 59],
      "source orders: retention: keepDays 59 is less than spending.spend sees; keep 60 days or more",
    ],
    [
      [null, 91],
      "source orders: retention: spending.spend is computed of all its events, whenever they were; give each window days(…), or keep all events",
    ],
    [[60, 0], "source orders: retention: keepDays 0 must be a whole number, 1 to 36500"],
    [[60, 100.5], "source orders: retention: keepDays 100.5 must be a whole number, 1 to 36500"],
  ] as const)(
    "is refused where windows of %j days and days kept do not fit: %s",
    ([window, keep], message) => {
      expect(() => shop(window, keep)).toThrow(message);
    },
  );

  it("is refused of what is no history, or comes whole each time", () => {
    const declare = (options: object) => () =>
      deployment({
        ...{ name: "shop", entity: customer, entitySource: customers, views: [], services: [] },
        sources: [customers, source("orders", { columns, ...options } as never)],
      });
    const retention = { keepDays: 91 };
    expect(declare({ retention })).toThrow("retention is of events: name the column of their time too");
    expect(declare({ retention, eventTime: "at", delivery: "replaces" })).toThrow(
      "each delivery has all its events, and would bring back what was dropped",
    );
  });

  it("says nothing of what the files hold, unlike a column of that name", () => {
    expect(deploymentSha256(shop(60, 91))).toBe(deploymentSha256(shop(60, null)));
    const named = (more: object) =>
      deploymentSha256({
        ...shop(),
        sources: [{ ...customers, columns: { region: string(), ...more } }],
      } as never);
    expect(named({ retention: int() })).not.toBe(named({}));
  });
});

describe("applyEventRetention", () => {
  it.each([
    [{ keepDays: 91 }, "keepDays: name the source whose events they are of"],
    [{ source: "customers" }, 'source "customers" has no events; sources of events: orders, visits'],
    [{ source: "visits" }, "keepDays is needed: source visits declares no retention, so its events are kept"],
    [
      { source: "orders", keepDays: 59 },
      "source orders: keepDays 59 is less than spending.spend sees; keep 60 days or more",
    ],
    [{ source: "orders", keepDays: -1, dryRun: false }, "keepDays -1 must be a whole number, 1 to 36500"],
  ])("with %j is refused: %s", async (more, message) => {
    const error = await app.client.error(APPLY, more);
    expect(error.code).toBe("BAD_USER_INPUT");
    expect(error.message).toContain(message);
  });

  it("says first which months would go, with how many events and bytes, and which dates it would freeze", async () => {
    expect(
      (
        await deliver(FEB, {
          customers: CUSTOMERS,
          orders: ordersOf([4], ["C1,90,2023-12-20T00:00:00Z,0.5"]),
        })
      ).error,
    ).toBeNull();
    const [of, ...others] = await apply();
    expect(others).toEqual([]);
    expect(of).toMatchObject({ source: "orders", keepDays: 91, limit: "2024-01-01", eventsFrom: null });
    expect(of.months).toEqual([
      {
        month: "2023-10-01",
        outcome: "WOULD_DROP",
        reason: "before the limit",
        events: 1,
        bytes: expect.any(Number),
      },
      {
        month: "2023-11-01",
        outcome: "WOULD_DROP",
        reason: "before the limit",
        events: 1,
        bytes: expect.any(Number),
      },
      {
        month: "2023-12-01",
        outcome: "WOULD_DROP",
        reason: "before the limit",
        events: 2,
        bytes: expect.any(Number),
      },
    ]);
    const total = (await app.client.query(APPLY)).applyEventRetention;
    expect(total).toMatchObject({ dryRun: true, events: 4 });
    expect(total.bytes).toBeGreaterThanOrEqual(of.months[0].bytes + of.months[1].bytes);
    expect(of.months[0].bytes).toBeGreaterThan(0);
    expect(of.frozen).toEqual([
      { asOf: OCT, lateEvents: 0 },
      { asOf: NOV, lateEvents: 0 },
      { asOf: DEC, lateEvents: 1 },
      { asOf: JAN, lateEvents: 1 },
    ]);
    expect(await partitions("orders")).toHaveLength(6);
    expect(await app.sql("select * from event_drops")).toEqual([]);
  });

  it("leaves what a run under way computes of, and what is in use", async () => {
    const session = createClient(app.url);
    await session.connect();
    await session.query("select pg_advisory_lock(hashtextextended('asof_publish', 0))");
    try {
      const { run } = await app.client.query(`mutation { run: resnapshot(asOf: "${DEC}") { id } }`);
      const [asked] = await apply();
      expect(outcomes(asked)).toEqual(["2023-10-01 WOULD_DROP", "2023-11-01 KEPT", "2023-12-01 KEPT"]);
      expect(asked.months[1].reason).toBe(`run ${run.id}, under way, computes windows of ${DEC}`);
      expect(asked.months[2].reason).toBe("an older month stays");
      const [of] = await apply({ dryRun: false });
      expect(outcomes(of)).toEqual(["2023-10-01 KEPT", "2023-11-01 KEPT", "2023-12-01 KEPT"]);
      expect(of.months[0].reason).toContain("in use");
      expect(of).toMatchObject({ eventsFrom: null, frozen: [] });
      await session.query("select pg_advisory_unlock_all()");
      expect((await app.client.finished(run.id)).error).toBeNull();
    } finally {
      await session.end();
    }
    expect(await partitions("orders")).toHaveLength(6);
  });

  it("stops behind a month that somebody reads: what is before it is gone, and on record", async () => {
    const reader = createClient(app.url);
    await reader.connect();
    await reader.query("begin; select count(*) from orders_events_202311");
    const [of] = await apply({ dryRun: false });
    await reader.query("commit");
    await reader.end();
    expect(outcomes(of)).toEqual(["2023-10-01 DROPPED", "2023-11-01 KEPT", "2023-12-01 KEPT"]);
    expect(of).toMatchObject({ eventsFrom: "2023-11-01", frozen: [{ asOf: OCT }, { asOf: NOV }] });
    expect(await partitions("orders")).toEqual(["202311", "202312", "202401", "202402", "202403"]);
  });

  it("drops months, keeps every snapshot with its values and hash, and is in the audit log", async () => {
    const before = await Promise.all(MONTHS.map(spend));
    const [of] = await apply({ dryRun: false });
    expect(outcomes(of)).toEqual(["2023-11-01 DROPPED", "2023-12-01 DROPPED"]);
    expect(of).toMatchObject({ eventsFrom: "2024-01-01", frozen: [{ asOf: DEC }, { asOf: JAN }] });
    expect(await partitions("orders")).toEqual(["202401", "202402", "202403"]);
    expect(await partitions("visits")).toHaveLength(6);
    expect(await Promise.all(MONTHS.map(spend))).toEqual(before);
    const ids = await app.sql<{ id: number }>("select id from snapshots order by id");
    for (const { id } of ids) {
      const parts = await onDatabase((pool) => verifySnapshot(pool, () => "customer_id", id, null));
      for (const { name, recorded, found } of parts) expect(found, name).toBe(recorded);
    }
    const [again] = await apply({ dryRun: false });
    expect(again).toMatchObject({ months: [], frozen: [], eventsFrom: "2024-01-01" });
    const { auditLog } = await app.client.query(
      '{ auditLog(action: "applyEventRetention", first: 2) { nodes { outcome details } } }',
    );
    expect(auditLog.nodes).toHaveLength(2);
    expect(auditLog.nodes[1].outcome).toBe("DONE");
    expect(JSON.stringify(auditLog.nodes[1].details)).toContain("2023-11-01");
  });

  it("keeps what was dropped on record: nobody changes that", async () => {
    for (const change of [
      "delete from event_drops",
      "update event_drops set month = '2020-01-01'",
      "truncate event_drops",
    ])
      await expect(app.sql(change)).rejects.toThrow("is refused");
    await expect(app.sql("drop table orders_events_202401")).rejects.toThrow("history: it cannot be dropped");
  });
});

describe("what needs events that were dropped", () => {
  const ofSpend = (asOf: string) =>
    `spending.spend as of ${asOf} sees 60 days of events, and events of orders before 2024-01-01 were dropped by retention; it can be computed as of 2024-02-29 and later; snapshots before stay as they are`;

  it.each([
    ["resnapshot", `resnapshot(asOf: "${JAN}")`, JAN],
    [
      "backfill of dates that there are none of",
      'backfill(from: "2024-02-10", to: "2024-02-29", every: WEEK)',
      "2024-02-10",
    ],
  ])("is refused by name: %s", async (_, mutation, asOf) => {
    const { status, error } = await run(mutation);
    expect(status).toBe("FAILED");
    expect(error).toMatchObject({ code: "DROPPED", message: expect.stringContaining(ofSpend(asOf)) });
  });

  it("is refused of a corrected delivery, and nothing of it is published", async () => {
    const { error } = await deliver(JAN, {
      customers: ["customer_id,region", "C1,east", "C2,east"],
      orders: ordersOf([3]),
    });
    expect(error).toMatchObject({ code: "DROPPED", message: expect.stringContaining(ofSpend(JAN)) });
    expect(await revisionOf(JAN)).toBe(1);
    expect(await app.sql("select distinct region from customers order by 1")).toEqual([
      { region: "north" },
      { region: "south" },
    ]);
  });

  it("is refused where events alone tell who was known on a date", async () => {
    const known = onDatabase((pool) => knownEntities(pool, shop(), orders, "2023-09-30", null));
    await expect(known).rejects.toMatchObject({
      code: "DROPPED",
      message:
        "there is no delivery of customers up to 2023-09-30, so that events tell who was known then, and events of orders before 2024-01-01 were dropped by retention; take a date that customers were delivered for, or a later one",
    });
  });

  it("is no problem of dates that stay as they are, stale ones too", async () => {
    expect(await onDatabase((pool) => windowProblems(pool, shop()))).toEqual([]);
  });

  it("is refused of a late event, by the row", async () => {
    const late = "C1,91,2023-12-31T23:59:59Z,3";
    const { error } = await deliver(MAR, { customers: CUSTOMERS, orders: ordersOf([5], [late]) });
    expect(error).toMatchObject({ code: "VALIDATION_FAILED" });
    const { runs } = await app.client.query(
      "{ runs(first: 1) { nodes { validation { expectations { source column expectation success unexpectedCount sample { line key value } } } } } }",
    );
    const failed = runs.nodes[0].validation.expectations.filter(({ success }: any) => !success);
    expect(failed).toEqual([
      {
        ...{ source: "orders", column: "at", expectation: "event_kept", success: false, unexpectedCount: 1 },
        sample: [{ line: 3, key: "C1", value: "2023-12-31 23:59:59 (kept from 2024-01-01 on)" }],
      },
    ]);
  });

  it("still computes what all its events are there for", async () => {
    const { error } = await deliver(FEB, {
      customers: CUSTOMERS,
      orders: ordersOf([4], ["C1,92,2024-01-02T00:00:00Z,100"]),
    });
    expect(error).toBeNull();
    // February's own and what came for January, as of a window that begins on 1 January.
    expect(await spend(FEB)).toBe(105);
    expect((await run(`resnapshot(asOf: "${MAR}")`)).error).toBeNull();
  });

  it("is quarantined where its source has a quarantine", async () => {
    await apply({ source: "visits", keepDays: 40, dryRun: false });
    expect(await partitions("visits")).toEqual(["202402", "202403"]);
    const { error, result } = await deliver(MAR, {
      ...{ customers: CUSTOMERS, orders: ordersOf([5]) },
      visits: [...visitsOf([5]), "C2,70,2024-01-31T12:00:00Z", "C2,71,2024-03-01T12:00:00Z"],
    });
    expect(error).toBeNull();
    expect(result.quarantined).toEqual({ visits: 1 });
    expect(result.rows.visits).toMatchObject({ inserted: 1 });
    const reasons = await app.sql("select reasons from quarantined_rows");
    expect(JSON.stringify(reasons)).toContain("event_kept");
  });

  it("is not there again where the definitions keep more days, or windows see further", async () => {
    expect(await onDatabase((pool) => windowProblems(pool, shop(60, 800)))).toEqual([]);
    for (const [seen, what, remedy] of [
      [
        400,
        "400 days of events",
        "it can be computed as of 2025-02-03 and later; snapshots before stay as they are",
      ],
      [null, "all events", "give it a window of days: those events cannot come back"],
    ] as const) {
      const definitions = shop(seen, null);
      const message = `spending.spend as of ${MAR} sees ${what}, and events of orders before 2024-01-01 were dropped by retention; ${remedy}`;
      await expect(onDatabase((pool) => requireEvents(pool, definitions, MAR))).rejects.toThrow(message);
      expect(await onDatabase((pool) => windowProblems(pool, definitions))).toContainEqual({
        subject: "view spending",
        message: `short of events: spend sees ${what}, and those of orders before 2024-01-01 were dropped`,
        remedy,
      });
    }
  });

  it("does not keep a person from being erased", async () => {
    const erased = await run('eraseCustomer(customerId: "C2", reason: "a test")');
    expect(erased.error).toBeNull();
    expect(await app.sql("select count(*)::int as n from orders_events where customer_id = 'C2'")).toEqual([
      { n: 0 },
    ]);
  });

  it("is refused of a late event whose month went while its delivery was read", async () => {
    const session = createClient(app.url);
    await session.connect();
    await session.query("select pg_advisory_lock(hashtextextended('asof_publish', 0))");
    writeDelivery(app.dataDir, MAR, {
      ...{
        customers: CUSTOMERS,
        orders: ordersOf([5], ["C1,93,2024-01-20T00:00:00Z,1"]),
        visits: visitsOf([5]),
      },
    });
    const { ingest } = await app.client.query(
      `mutation { ingest(input: { source: "${MAR}", asOf: "${MAR}" }) { id } }`,
    );
    await until("it waits to publish", async () => {
      const waiting = await session.query(
        "select 1 from pg_locks where locktype = 'advisory' and not granted",
      );
      return waiting.rows.length > 0;
    });
    await session.query(
      "insert into event_drops (source, month, events, actor) values ('orders', '2024-01-01', 2, 'a test')",
    );
    await session.end();
    const { error } = await app.client.finished(ingest.id);
    expect(error).toMatchObject({
      code: "DROPPED",
      message: expect.stringContaining(
        "orders: 1 event is late, and events of orders before 2024-02-01 were dropped by retention; take them out of the delivery and ingest it again; nothing was published",
      ),
    });
  });
});
