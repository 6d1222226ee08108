import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import { hasRedis, startRedis, type TestRedis } from "../support/redis.js";

const [A, B, C] = userIds(3) as [string, string, string];
const PUSH = `mutation($view: String!, $rows: [PushRowInput!]!) { push(input: { view: $view, rows: $rows }) {
  view accepted stale unchanged outcomes { userId asOf outcome } warnings { row userId column value expectation rule } } }`;

let redis: TestRedis | undefined;
let app: TestApp;
beforeAll(async () => {
  redis = hasRedis ? await startRedis() : undefined;
  app = await startTestApp({ redisUrl: redis?.url });
  writeDelivery(app.dataDir, "january", smallDelivery(userIds(3)));
  expect((await app.client.ingest("january", "2024-01-31")).error).toBeNull();
});
afterAll(async () => {
  await app?.stop();
  await redis?.kill();
});

type Row = [user: string, asOf: string, values: unknown];
const input = (view: string, rows: Row[]) => ({
  view,
  rows: rows.map(([userId, asOf, values]) => ({ userId, asOf, values })),
});
const push = async (view: string, ...rows: Row[]) =>
  (await app.client.query(PUSH, input(view, rows))).push as Record<string, any>;
const refused = (view: string, ...rows: Row[]) => app.client.error(PUSH, input(view, rows)) as Promise<any>;
const outcomes = async (view: string, ...rows: Row[]) =>
  (await push(view, ...rows)).outcomes.map(({ outcome }: any) => outcome);
/** `2024-01-31: tickets hours`, as served and, with Redis, as PostgreSQL has it too. */
const support = async (user: string) => {
  const { features } = await app.client.query(
    `query($user: ID!) { features(userId: $user) { values { supportTickets90d ticketAvgResolutionHrs90d } statuses { view eventTime } } }`,
    { user },
  );
  const { supportTickets90d, ticketAvgResolutionHrs90d } = features.values;
  const { eventTime } = features.statuses.find(({ view }: any) => view === "support_agg_90d");
  const told = `${eventTime}: ${supportTickets90d} ${ticketAvgResolutionHrs90d}`;
  const [row] = await app.sql("select * from support_agg_90d_online where user_id = $1", [user]);
  expect(`${row!.as_of}: ${row!.support_tickets_90d} ${row!.ticket_avg_resolution_hrs_90d}`).toBe(told);
  return told;
};
const recorded = () =>
  app.sql(`select user_id, as_of, support_tickets_90d as tickets, ticket_avg_resolution_hrs_90d as hours,
    pushed_features as pushed, pushed_by, snapshot_id from support_agg_90d_pushes order by push_id`);

describe("pushed values", () => {
  it("are served at once, and what was not named keeps what held", async () => {
    expect(await support(A)).toBe("2024-01-31: 0 0.5");
    const result = await push(
      "support_agg_90d",
      [A, "2024-02-10", { support_tickets_90d: 7 }],
      [B, "2024-02-10", { support_tickets_90d: null, ticket_avg_resolution_hrs_90d: 2.25 }],
    );
    expect(result).toEqual({
      ...{ view: "support_agg_90d", accepted: 2, stale: 0, unchanged: 0, warnings: [] },
      outcomes: [
        { userId: A, asOf: "2024-02-10", outcome: "SERVED" },
        { userId: B, asOf: "2024-02-10", outcome: "SERVED" },
      ],
    });
    expect([await support(A), await support(B), await support(C)]).toEqual([
      "2024-02-10: 7 0.5",
      "2024-02-10: null 2.25",
      "2024-01-31: 2 2.5",
    ]);
    const health = await app.client.query("{ health { onlineStore } }");
    expect(health).toEqual({ health: { onlineStore: "OK" } });
  });

  it("are on record with who pushed which features", async () => {
    expect(await recorded()).toEqual([
      {
        ...{ user_id: A, as_of: "2024-02-10", tickets: 7, hours: 0.5, pushed: ["support_tickets_90d"] },
        ...{ pushed_by: "tester", snapshot_id: null },
      },
      {
        ...{ user_id: B, as_of: "2024-02-10", tickets: null, hours: 2.25, pushed_by: "tester" },
        ...{ pushed: ["support_tickets_90d", "ticket_avg_resolution_hrs_90d"], snapshot_id: null },
      },
    ]);
  });

  it("change nothing when they are pushed again", async () => {
    const before = await recorded();
    const again = await push("support_agg_90d", [A, "2024-02-10", { support_tickets_90d: 7 }]);
    expect(again).toMatchObject({ accepted: 0, stale: 0, unchanged: 1 });
    expect(await recorded()).toEqual(before);
  });

  it("never replace newer ones: kept for the offline store, completed from what held on their date", async () => {
    expect(
      await outcomes(
        "support_agg_90d",
        [A, "2024-02-05", { support_tickets_90d: 5 }],
        [A, "2024-02-09", { ticket_avg_resolution_hrs_90d: 9 }],
        [A, "2024-01-15", { support_tickets_90d: 1 }],
      ),
    ).toEqual(["STALE", "STALE", "STALE"]);
    expect(await support(A)).toBe("2024-02-10: 7 0.5");
    const stale = (await recorded()).slice(2).map(({ as_of, tickets, hours }) => [as_of, tickets, hours]);
    expect(stale).toEqual([
      ["2024-02-05", 5, 0.5], // hours of January
      ["2024-02-09", 5, 9], // tickets of the 5th, pushed in the same call
      ["2024-01-15", 1, null], // nothing held yet
    ]);
    expect(await outcomes("support_agg_90d", [A, "2024-02-05", { support_tickets_90d: 5 }])).toEqual([
      "UNCHANGED",
    ]);
  });

  it("of the date of an extract are stale: the extract holds", async () => {
    expect(await outcomes("support_agg_90d", [C, "2024-01-31", { support_tickets_90d: 9 }])).toEqual([
      "STALE",
    ]);
    expect(await support(C)).toBe("2024-01-31: 2 2.5");
  });

  it("of one user and date: the last one holds, within a call and between calls", async () => {
    await push(
      "support_agg_90d",
      [C, "2024-02-12", { support_tickets_90d: 3 }],
      [C, "2024-02-11", { support_tickets_90d: 1, ticket_avg_resolution_hrs_90d: 1 }],
      [C, "2024-02-12", { ticket_avg_resolution_hrs_90d: 12 }],
    );
    expect(await support(C)).toBe("2024-02-12: 3 12");
    await push("support_agg_90d", [C, "2024-02-12", { support_tickets_90d: 4 }]);
    expect(await support(C)).toBe("2024-02-12: 4 12");
  });

  it("survive an older or repeated materialization", async () => {
    const { materialize } = await app.client.query(`mutation { materialize(asOf: "2024-01-31") { id } }`);
    expect((await app.client.finished(materialize.id)).error).toBeNull();
    expect([await support(A), await support(C)]).toEqual(["2024-02-10: 7 0.5", "2024-02-12: 4 12"]);
  });

  it("leave the freshness of the view alone: it is about the extracts", async () => {
    const { featureView } = await app.client.query(
      `{ featureView(name: "support_agg_90d") { freshness { newestEventTime rowCount } } }`,
    );
    expect(featureView.freshness).toEqual({ newestEventTime: "2024-01-31", rowCount: 3 });
  });

  it("of many concurrent pushes to one user all count", async () => {
    const features = [
      "watch_hours_30d",
      "avg_session_mins_7d",
      "unique_devices_30d",
      "skips_7d",
      "rebuffer_events_7d",
    ];
    await Promise.all(
      features.map((feature, i) => push("usage_agg_30d", [A, "2024-02-10", { [feature]: 100 + i }])),
    );
    const [row] = await app.sql(
      `select ${features.join(", ")} from usage_agg_30d_online where user_id = $1`,
      [A],
    );
    expect(Object.values(row!)).toEqual([100, 101, 102, 103, 104]);
  });

  it("may be of a user the view has no row of: what is not named is empty", async () => {
    await app.sql("delete from support_agg_90d_online where user_id = $1", [B]);
    await push("support_agg_90d", [B, "2024-02-20", { support_tickets_90d: 6 }]);
    expect(await support(B)).toBe("2024-02-20: 6 null");
  });
});

describe("a push is refused whole", () => {
  const one = { row: 1, userId: B };
  it.each<[string, string, Row, string, Record<string, unknown>]>([
    [
      "a value out of bounds",
      "support_agg_90d",
      [B, "2024-02-21", { support_tickets_90d: -1 }],
      "column support_tickets_90d: -1 must be at least 0 (between)",
      {
        ...one,
        column: "support_tickets_90d",
        value: "-1",
        expectation: "between",
        rule: "must be at least 0",
      },
    ],
    [
      "a text where a number is declared",
      "support_agg_90d",
      [B, "2024-02-21", { support_tickets_90d: "3" }],
      `column support_tickets_90d: "3" must be a whole number from -2147483648 to 2147483647 (type)`,
      { ...one, column: "support_tickets_90d", value: '"3"', expectation: "type" },
    ],
    [
      "a fraction where a whole number is declared",
      "support_agg_90d",
      [B, "2024-02-21", { support_tickets_90d: 1.5 }],
      "column support_tickets_90d: 1.5 must be a whole number from -2147483648 to 2147483647 (type)",
      { ...one, value: "1.5" },
    ],
    [
      "a number where a truth is declared",
      "subs_profile",
      [B, "2024-02-21", { paperless_billing: 1 }],
      "column paperless_billing: 1 must be true, false or null (type)",
      { ...one, value: "1" },
    ],
    [
      "a value outside the set",
      "subs_profile",
      [B, "2024-02-21", { net_service: "Cable" }],
      `column net_service: "Cable" must be one of "DSL", "Fiber optic", "No" (in_set)`,
      { ...one, value: '"Cable"' },
    ],
    [
      "a name that is no feature",
      "support_agg_90d",
      [B, "2024-02-21", { supportTickets90d: 1 }],
      "column supportTickets90d: 1 is of no feature of support_agg_90d; it has support_tickets_90d, ticket_avg_resolution_hrs_90d (column_set)",
      { ...one, column: "supportTickets90d", expectation: "column_set" },
    ],
    [
      "no feature at all",
      "support_agg_90d",
      [B, "2024-02-21", {}],
      "values: {} has none of the features of support_agg_90d: support_tickets_90d, ticket_avg_resolution_hrs_90d (column_set)",
      { ...one, column: null, expectation: "column_set" },
    ],
    [
      "a list for values",
      "support_agg_90d",
      [B, "2024-02-21", [1]],
      "values: [1] must be an object of features and their values (column_set)",
      { ...one, column: null, value: "[1]" },
    ],
    [
      "a date that has not come",
      "support_agg_90d",
      [B, "9999-12-31", { support_tickets_90d: 1 }],
      "column as_of: 9999-12-31 must not be after today",
      { ...one, column: "as_of", expectation: "date_between" },
    ],
    [
      "an unknown user",
      "support_agg_90d",
      ["nobody", "2024-02-21", { support_tickets_90d: 1 }],
      "column user_id: nobody must be a user of users: ingest an extract that has it (known_entity)",
      { row: 1, userId: "nobody", column: "user_id", value: "nobody", expectation: "known_entity" },
    ],
  ])("for %s", async (_what, view, bad, said, violation) => {
    const good = view === "subs_profile" ? { monthly_fee: 1 } : { support_tickets_90d: 8 };
    const before = await app.sql(`select t::text from ${view}_online t order by 1`);
    const error = await refused(view, [A, "2024-02-21", good], bad);
    expect(error.code).toBe("VALIDATION_FAILED");
    expect(error.message).toContain(`push to ${view}: rows[1], user "${bad[0]}", ${said}`);
    expect(error.message).toContain("Nothing was pushed.");
    expect(error).toMatchObject({ view, violationCount: 1, violations: [violation] });
    expect(await app.sql(`select t::text from ${view}_online t order by 1`)).toEqual(before);
    expect(await app.sql(`select 1 from ${view}_pushes where as_of = '2024-02-21'`)).toEqual([]);
  });

  it("and all violations are counted, 20 of them listed", async () => {
    const rows = Array.from(
      { length: 25 },
      (_, i): Row => [A, "2024-02-21", { support_tickets_90d: -1 - i }],
    );
    const error = await refused("support_agg_90d", ...rows);
    expect(error).toMatchObject({ violationCount: 25 });
    expect(error.violations).toHaveLength(20);
    expect(error.message).toContain("24 more: extensions.violations.");
  });

  it.each<[string, string, number, string]>([
    [
      "a view nobody declared",
      "usage",
      1,
      `view: "usage" is not declared; take one of subs_profile, usage_agg_30d`,
    ],
    ["no row", "support_agg_90d", 0, "rows: at least one was expected; got none"],
    [
      "more rows than a call takes",
      "support_agg_90d",
      10_001,
      "input.rows: at most 10000 were expected; got 10001",
    ],
  ])("for %s, as BAD_USER_INPUT", async (_what, view, count, said) => {
    const rows = Array.from({ length: count }, (): Row => [A, "2024-02-21", {}]);
    const error = await refused(view, ...rows);
    expect(error.code).toBe("BAD_USER_INPUT");
    expect(error.message).toContain(said);
  });
});

it("10 000 rows are taken in one call", async () => {
  const rows = Array.from(
    { length: 10_000 },
    (_, i): Row => [
      userIds(3)[i % 3]!,
      new Date(Date.UTC(2024, 2, 1 + Math.floor(i / 3))).toISOString().slice(0, 10) < "2025-01-01"
        ? new Date(Date.UTC(2024, 2, 1 + (Math.floor(i / 3) % 200))).toISOString().slice(0, 10)
        : "2024-03-01",
      { failed_payments_90d: i },
    ],
  );
  const result = await push("payments_agg_90d", ...rows);
  expect(result.accepted + result.stale + result.unchanged).toBe(10_000);
});
