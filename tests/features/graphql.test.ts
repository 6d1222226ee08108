import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";

const USERS = userIds(40);

/** The hours watched by the first user, whom January's correction changes. */
const withHours = (hours: string) => {
  const files = smallDelivery(USERS);
  files.usage_agg_30d![1] = `${USERS[0]},${hours},29.5,1,0,0`;
  return files;
};

describe("features over GraphQL", () => {
  let app: TestApp;
  const createdAt: string[] = [];

  beforeAll(async () => {
    app = await startTestApp();
    for (const [source, asOf, hours] of [
      ["january", "2024-01-31", "1.5"],
      ["february", "2024-02-29", "2.5"],
      ["january-again", "2024-01-31", "9.5"],
    ] as const) {
      writeDelivery(app.dataDir, source, withHours(hours));
      const run = await app.client.ingest(source, asOf);
      expect(run.error).toBeNull();
      const { snapshot } = await app.client.query(
        "query($asOf: Date!) { snapshot(asOf: $asOf) { createdAt } }",
        {
          asOf,
        },
      );
      createdAt.push(snapshot.createdAt);
    }
  });
  afterAll(() => app?.stop());

  const hours = async (args: string): Promise<number | null> =>
    (await app.client.query(`{ features(userId: "${USERS[0]}"${args}) { values { watchHours30d } } }`))
      .features.values.watchHours30d;

  it("serve the newest month online, whatever is corrected before it", async () => {
    expect(await hours("")).toBe(2.5);
  });

  it.each([
    // asOf; the ingest by whose instant they are known: 0 January's, 1 February's, 2 January's correction; milliseconds beside it
    ["2024-01-31", null, 0, 9.5],
    ["2024-01-31", 0, 0, 1.5],
    ["2024-01-31", 2, -1, 1.5],
    ["2024-01-31", 2, 0, 9.5],
    ["2024-02-29", 0, 0, 1.5],
    ["2024-02-29", 1, 0, 2.5],
    [null, 0, 0, 1.5],
    [null, 2, 0, 2.5],
    [null, 0, -1, null],
  ])("as of %s, known at ingest %s (%d ms), are %s", async (asOf, ingest, offsetMs, expected) => {
    const knownAt =
      ingest === null ? null : new Date(Date.parse(createdAt[ingest]!) + offsetMs).toISOString();
    const args = [asOf && `asOf: "${asOf}"`, knownAt && `knownAt: "${knownAt}"`].filter(Boolean);
    expect(await hours(args.map((each) => `, ${each}`).join(""))).toBe(expected);
  });

  it("of many rows come in the input's order, with duplicates, dates and clocks mixed", async () => {
    const rows = [
      { userId: USERS[0], asOf: "2024-02-29" },
      { userId: "nobody", asOf: "2024-02-29" },
      { userId: USERS[0], asOf: "2024-01-31" },
      { userId: USERS[0], asOf: "2024-01-31", knownAt: createdAt[0] },
      { userId: USERS[0], asOf: "2024-02-29" },
      { userId: USERS[0], asOf: "2024-01-30" },
    ];
    const { historicalFeatures } = await app.client.query(
      `query($rows: [EntityRowInput!]!) { historicalFeatures(rows: $rows) {
        userId asOf values { watchHours30d } statuses { name status } } }`,
      { rows },
    );
    expect(
      historicalFeatures.map((row: any) => [
        row.userId,
        row.asOf,
        row.values.watchHours30d,
        row.statuses.find((each: any) => each.name === "watch_hours_30d").status,
      ]),
    ).toEqual([
      [USERS[0], "2024-02-29", 2.5, "PRESENT"],
      ["nobody", "2024-02-29", null, "NOT_FOUND"],
      [USERS[0], "2024-01-31", 9.5, "PRESENT"],
      [USERS[0], "2024-01-31", 1.5, "PRESENT"],
      [USERS[0], "2024-02-29", 2.5, "PRESENT"],
      [USERS[0], "2024-01-30", null, "NOT_FOUND"],
    ]);
  });

  it("keep an empty value empty in values, json and REST", async () => {
    const { features } = await app.client.query(
      `{ features(userId: "${USERS[0]}") { values { planStreamTv } json statuses { name status } } }`,
    );
    expect(features.values.planStreamTv).toBeNull();
    expect(features.json.plan_stream_tv).toBeNull();
    expect(features.statuses).toContainEqual({ name: "plan_stream_tv", status: "NULL_VALUE" });
    const response = await fetch(`${app.client.address}/features/${USERS[0]}`);
    expect(((await response.json()) as any).features).toEqual(features.json);
  });

  it.each([
    ["one statement online", "features { values { watchHours30d } }", ["asof_online_read"]],
    [
      "two statements as of a date",
      'features(asOf: "2024-01-31") { values { watchHours30d } }',
      ["asof_newest_snapshot", "asof_newest_2024-01-31"],
    ],
  ])("of a page of users are %s, however many users", async (_, field, expected) => {
    const spy = vi.spyOn(pg.Client.prototype, "query");
    try {
      const { users } = await app.client.query(`{ users(first: 40) { nodes { userId ${field} } } }`);
      expect(users.nodes).toHaveLength(40);
      const named = spy.mock.calls.map(([query]) => (query as { name?: string }).name).filter(Boolean);
      expect(named).toEqual(expected);
    } finally {
      spy.mockRestore();
    }
  });
});
