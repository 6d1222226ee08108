import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findParts } from "../../../../src/db/snapshots/snapshot-parts.js";
import { selectFeatures } from "../../../../src/features/feature-selection.js";
import { FeatureStore } from "../../../../src/features/feature-store.js";
import { JOINED_TOGETHER } from "../../../../src/features/offline/dated-reads.js";
import { snapshotSetSql } from "../../../../src/features/offline/postgres/snapshot-set-sql.js";
import { definitions } from "../../definitions.js";
import { ask, type StoreDatabase, storeDatabase, told } from "../../store.js";

/** When each snapshot was recorded; in May, after April had come, March was corrected and February delivered. */
const SNAPSHOTS = [
  { asOf: "2024-01-31", revision: 1, at: "2024-02-01T10:00:00.000Z" },
  { asOf: "2024-03-31", revision: 1, at: "2024-04-01T10:00:00.000Z" },
  { asOf: "2024-04-30", revision: 1, at: "2024-05-01T10:00:00.000Z" },
  { asOf: "2024-03-31", revision: 2, at: "2024-05-10T10:00:00.123456Z" },
  { asOf: "2024-02-29", revision: 1, at: "2024-05-20T10:00:00.000Z" },
] as const;

/** hours of play_30d (ttl 30 days) and tier of plan_profile (no ttl) by snapshot; "-" and what is left out are no row. */
const USERS: Record<string, [hours: (number | null | "-")[], tier: (string | null | "-")[]]> = {
  steady: [
    [1, 3, 4, 30],
    ["a", "c", "d", "C"],
  ],
  newcomer: [
    ["-", "-", 4, "-"],
    ["-", "-", "d", "-"],
  ],
  leaver: [
    [1, "-", "-", "-"],
    ["a", "-", "-", "-"],
  ],
  nulls: [
    [1, null, 0, null],
    ["a", null, "", null],
  ],
  corrected_away: [
    ["-", 3, "-", "-"],
    ["a", "c", "-", "-"],
  ],
  halves: [
    [1, "-", "-", "-"],
    ["-", "c", "-", "c"],
  ],
  returner: [
    [1, "-", 4, "-"],
    ["a", "-", "d", "-"],
  ],
  backfilled: [
    [1, "-", "-", "-", 2],
    ["a", "-", "-", "-", "b"],
  ],
};

describe("features as of a date", () => {
  let database: StoreDatabase;
  let store: FeatureStore;

  beforeAll(async () => {
    database = await storeDatabase();
    store = new FeatureStore(database.pool, definitions, () => new Date("2024-06-15T12:00:00Z"));
    for (const [place, { asOf, revision, at }] of SNAPSHOTS.entries()) {
      const rowsOf = (view: 0 | 1) =>
        Object.fromEntries(
          Object.entries(USERS)
            .filter(([, views]) => place < views[view].length && views[view][place] !== "-")
            .map(([user, views]) => [user, [views[view][place]!, null]]),
        );
      await database.snapshot(asOf, revision, at, { play_30d: rowsOf(0), plan_profile: rowsOf(1) });
    }
  });
  afterAll(() => database?.drop());

  const answer = async (user: string, asOf?: string, knownAt?: string): Promise<string> =>
    told((await store.read([ask(user, asOf, knownAt)]))[0]!, "hours", "tier");

  it("of a few features are what they are among all", async () => {
    const rows = Object.keys(USERS).flatMap((user) =>
      ["2024-02-15", "2024-04-30", "2024-05-31"].map((asOf) => ask(user, asOf)),
    );
    const many = Array.from({ length: 10 }, () => rows).flat();
    for (const asked of [rows, many]) {
      const whole = await store.read(asked);
      const part = await store.read(
        asked,
        selectFeatures(definitions, definitions.entities[0]!.entity, definitions.views, ["tier", "gone"]),
      );
      expect(part.map(({ values }) => values)).toEqual(whole.map(({ values: { tier } }) => ({ tier })));
      expect(part.map(({ statuses }) => statuses)).toEqual(
        whole.map(({ statuses }) => statuses.filter(({ name }) => name === "tier")),
      );
    }
    expect(
      await store.read(
        [ask("steady", "2024-04-30")],
        selectFeatures(definitions, definitions.entities[0]!.entity, definitions.views, []),
      ),
    ).toEqual([
      {
        key: "steady",
        asOf: "2024-04-30",
        entity: definitions.entities[0]!.entity,
        values: {},
        statuses: [],
      },
    ]);
  });

  it.each([
    // Between two snapshots the older one holds; before the first nothing does.
    ["steady", "2024-01-30", "null NOT_FOUND, null NOT_FOUND"],
    ["steady", "2024-01-31", "1 PRESENT, a PRESENT"],
    ["steady", "2024-02-15", "1 PRESENT, a PRESENT"],
    ["steady", "2024-04-29", "30 PRESENT, C PRESENT"],
    ["steady", "2024-04-30", "4 PRESENT, d PRESENT"],
    // A ttl of 30 days ends after its 30th day: January has 2024-03-01, April 2024-05-30.
    ["steady", "2024-03-01", "1 PRESENT, a PRESENT"],
    ["steady", "2024-03-02", "null OUTSIDE_MAX_AGE, a PRESENT"],
    ["steady", "2024-05-30", "4 PRESENT, d PRESENT"],
    ["steady", "2024-05-31", "null OUTSIDE_MAX_AGE, d PRESENT"],
    ["steady", "9999-12-31", "null OUTSIDE_MAX_AGE, d PRESENT"],
    // Whoever is not in the newest month keeps what was known of him, as long as it may be served.
    ["newcomer", "2024-04-29", "null NOT_FOUND, null NOT_FOUND"],
    ["newcomer", "2024-04-30", "4 PRESENT, d PRESENT"],
    ["leaver", "2024-02-29", "1 PRESENT, a PRESENT"],
    ["leaver", "2024-04-30", "null OUTSIDE_MAX_AGE, a PRESENT"],
    ["returner", "2024-04-29", "null OUTSIDE_MAX_AGE, a PRESENT"],
    ["returner", "2024-04-30", "4 PRESENT, d PRESENT"],
    // A date delivered late holds from that date on, not before it.
    ["backfilled", "2024-02-28", "1 PRESENT, a PRESENT"],
    ["backfilled", "2024-02-29", "2 PRESENT, b PRESENT"],
    ["backfilled", "2024-03-30", "2 PRESENT, b PRESENT"],
    ["backfilled", "2024-03-31", "null OUTSIDE_MAX_AGE, b PRESENT"],
    // An empty value is a value, and hides the older one; zero and the empty text are values too.
    ["nulls", "2024-02-01", "1 PRESENT, a PRESENT"],
    ["nulls", "2024-04-01", "null NULL_VALUE, null NULL_VALUE"],
    ["nulls", "2024-04-30", "0 PRESENT,  PRESENT"],
    // A revision replaces its date's former one as a whole.
    ["corrected_away", "2024-03-31", "null NOT_FOUND, a PRESENT"],
    ["halves", "2024-02-01", "1 PRESENT, null NOT_FOUND"],
    ["halves", "2024-03-31", "null OUTSIDE_MAX_AGE, c PRESENT"],
    ["nobody", "2024-04-30", "null NOT_FOUND, null NOT_FOUND"],
  ])("%s as of %s: %s", async (user, asOf, expected) => {
    expect(await answer(user, asOf)).toBe(expected);
  });

  it.each([
    // A late correction does not leak into what was known before it …
    ["steady", "2024-03-31", "2024-05-10T10:00:00.122Z", "3 PRESENT, c PRESENT"],
    // … and is known from the very instant that createdAt shows.
    ["steady", "2024-03-31", "2024-05-10T10:00:00.123Z", "30 PRESENT, C PRESENT"],
    ["corrected_away", "2024-03-31", "2024-05-10T10:00:00.122Z", "3 PRESENT, c PRESENT"],
    ["steady", "2024-04-30", "2024-05-10T10:00:00.122Z", "4 PRESENT, d PRESENT"],
    // April, asked before April was recorded, is March as it was known then.
    ["steady", "2024-04-30", "2024-05-01T09:59:59.999Z", "3 PRESENT, c PRESENT"],
    ["steady", "2024-04-30", "2024-02-01T10:00:00.000Z", "null OUTSIDE_MAX_AGE, a PRESENT"],
    ["steady", "2024-04-30", "2024-02-01T09:59:59.999Z", "null NOT_FOUND, null NOT_FOUND"],
    ["steady", "2024-01-31", "2030-01-01T00:00:00.000Z", "1 PRESENT, a PRESENT"],
    // Nor does a date that was delivered late.
    ["backfilled", "2024-03-01", "2024-05-20T09:59:59.999Z", "1 PRESENT, a PRESENT"],
    ["backfilled", "2024-03-01", "2024-05-20T10:00:00.000Z", "2 PRESENT, b PRESENT"],
  ])("%s as of %s, known at %s: %s", async (user, asOf, knownAt, expected) => {
    expect(await answer(user, asOf, knownAt)).toBe(expected);
  });

  it.each([
    ["steady", "2024-05-01T09:59:59.999Z", "null OUTSIDE_MAX_AGE, c PRESENT"],
    ["steady", "2024-05-01T10:00:00.000Z", "null OUTSIDE_MAX_AGE, d PRESENT"],
    ["newcomer", "2024-05-01T09:59:59.999Z", "null NOT_FOUND, null NOT_FOUND"],
  ])(
    "%s known at %s, no date given, is today's by what was known then: %s",
    async (user, knownAt, expected) => {
      const [found] = await store.read([ask(user, undefined, knownAt)]);
      expect(told(found!, "hours", "tier")).toBe(expected);
      expect(found!.asOf).toBe("2024-06-15");
    },
  );

  it("tells from when each value is, how old it was on the asked date and how old it may be", async () => {
    const [found] = await store.read([ask("steady", "2024-02-02")]);
    expect(found!.statuses.map(({ name, ...status }) => [name, status])).toMatchObject([
      ["hours", { view: "play_30d", eventTime: "2024-01-31", ageSeconds: 172_800, ttlSeconds: 2_592_000 }],
      ["skips", { view: "play_30d", status: "NULL_VALUE" }],
      ["tier", { view: "plan_profile", eventTime: "2024-01-31", ageSeconds: 172_800, ttlSeconds: null }],
      ["paperless", { view: "plan_profile", status: "NULL_VALUE" }],
    ]);
    const [unknown] = await store.read([ask("nobody", "2024-02-02")]);
    expect(unknown!.statuses[0]).toMatchObject({ eventTime: null, ageSeconds: null, ttlSeconds: 2_592_000 });
  });

  it("come in the rows' order, with duplicates, dates and clocks mixed", async () => {
    const rows = [
      ask("steady", "2024-04-30"),
      ask("nobody", "2024-04-30"),
      ask("steady", "2024-01-31"),
      ask("steady", "2024-04-30"),
      ask("steady", "2024-03-31", "2024-04-02T00:00:00.000Z"),
      ask("steady", "2024-03-31"),
      ask("leaver", "2024-01-31"),
    ];
    const found = await store.read(rows);
    expect(found.map((user) => [user.key, user.asOf, user.values.tier])).toEqual([
      ["steady", "2024-04-30", "d"],
      ["nobody", "2024-04-30", null],
      ["steady", "2024-01-31", "a"],
      ["steady", "2024-04-30", "d"],
      ["steady", "2024-03-31", "c"],
      ["steady", "2024-03-31", "C"],
      ["leaver", "2024-01-31", "a"],
    ]);
  });

  it("are read for no rows, and for more rows than one statement takes, in order", async () => {
    expect(await store.read([])).toEqual([]);
    const rows = Array.from({ length: JOINED_TOGETHER + 1 }, (_, i) =>
      i % 3 === 0 ? ask("steady", "2024-04-30") : ask(`nobody-${i}`, "2024-04-30"),
    );
    const found = await store.read(rows);
    expect(found.map(({ key }) => key)).toEqual(rows.map(({ key }) => key));
    expect(found.every(({ values }, i) => values.tier === (i % 3 === 0 ? "d" : null))).toBe(true);
  });

  it("are joined without a loop over the rows of a part that PostgreSQL has not analyzed yet", async () => {
    const { pool } = database;
    const { rows } = await pool.query("select id from snapshots where as_of = '2024-04-30'");
    const parts = (await findParts(pool, [rows[0].id])).get(rows[0].id)!;
    const { views } = definitions;
    const plan = async (pushed: boolean[]) => {
      const of = views.map(({ source }) => parts.get(source.name));
      const text = `explain (format json) ${snapshotSetSql("user_id", views, of, pushed)}`;
      const keys = Array.from({ length: 5_000 }, (_, i) => `nobody-${i}`);
      const clocks = pushed.includes(true) ? [keys.map(() => "2024-04-30"), keys.map(() => "infinity")] : [];
      return JSON.stringify((await pool.query(text, [keys, ...clocks])).rows[0]);
    };
    const nothing = await plan(views.map(() => false));
    expect(nothing.match(/"Join Type":"Full"/g)).toHaveLength(views.length);
    expect(nothing).not.toContain("Nested Loop");
    // What was pushed is looked up by the row.
    const pushed = await plan(views.map(() => true));
    expect(pushed.match(/"Join Type":"Full"/g)).toHaveLength(views.length);
  });
});
