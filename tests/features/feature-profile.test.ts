import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ColumnValue } from "../../src/definitions/language/column.js";
import { binStarts, binsOf, listedValues } from "../../src/features/column-profile.js";
import { findFeatureProfiles } from "../../src/features/feature-profiles.js";
import { SnapshotStore } from "../../src/features/snapshot-store.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import { definitions } from "./definitions.js";
import { type StoreDatabase, storeDatabase } from "./store.js";

const JANUARY = "2024-01-31";
const FEBRUARY = "2024-02-29";

/** Rows by user, in the order of the lists. */
const rowsOf = (...columns: ColumnValue[][]): Record<string, ColumnValue[]> =>
  Object.fromEntries(columns[0]!.map((_, i) => [`u${i}`, columns.map((values) => values[i]!)]));

describe("the profile of a column, computed by hand", () => {
  let database: StoreDatabase;
  beforeAll(async () => {
    database = await storeDatabase();
  });
  afterAll(() => database?.drop());

  const store = () => new SnapshotStore(database.pool);
  const alone = <T>(work: () => Promise<T>) => work();
  let made = 0;
  /** A snapshot of a date of its own: hours (float) and skips (int), tier (text) and paperless (boolean). */
  async function profiled(hours: ColumnValue[], skips: ColumnValue[], of = definitions) {
    return profilesOf("play_30d", rowsOf(hours, skips), {}, of);
  }
  async function profilesOf(
    view: string,
    play: Record<string, ColumnValue[]>,
    plan: Record<string, ColumnValue[]>,
    of = definitions,
    change: (snapshotId: number) => Promise<unknown> = async () => {},
  ) {
    const date = `2024-01-${String(++made).padStart(2, "0")}`;
    await database.snapshot(date, 1, `${date}T12:00:00Z`, { play_30d: play, plan_profile: plan });
    const snapshot = (await store().find(date))!;
    await change(snapshot.id);
    const [found] = await findFeatureProfiles(
      database.pool,
      store(),
      of,
      [{ snapshotId: snapshot.id, view }],
      alone,
    );
    return (found as any[] | null)?.map(({ feature, ...profile }) => ({ name: feature.name, ...profile }));
  }

  it("has counts, moments, quantiles and bins of numbers, missing ones apart", async () => {
    const [hours, skips] = (await profiled([1, 2, 3, 10, null], [4, 4, 4, 6, 5]))!;
    expect(hours).toMatchObject({
      ...{ name: "hours", rows: 5, missing: 1, distinct: 4, min: 1, max: 10, mean: 4, values: null },
      // (9 + 4 + 1 + 36) / 3
      deviation: expect.closeTo(Math.sqrt(50 / 3), 12),
      // The least of the four that 1, 5, 25 % … do not exceed.
      quantiles: [1, 1, 1, 2, 3, 10, 10],
    });
    // 24 bins of 9 / 24 each.
    expect(hours.histogram).toHaveLength(24);
    expect(hours.histogram.filter(({ count }: any) => count > 0)).toEqual([
      { from: 1, to: 1.375, count: 1 },
      { from: 1.75, to: 2.125, count: 1 },
      { from: 2.875, to: 3.25, count: 1 },
      { from: 9.625, to: 10, count: 1 },
    ]);
    expect(skips).toMatchObject({ rows: 5, missing: 0, distinct: 3, mean: 4.6, min: 4, max: 6 });
    // A bin a whole number.
    expect(skips.histogram).toEqual([
      { from: 4, to: 5, count: 3 },
      { from: 5, to: 6, count: 1 },
      { from: 6, to: 7, count: 1 },
    ]);
  });

  it("of a column without a value is its counts", async () => {
    const [hours, skips] = (await profiled([null, null], [null, null]))!;
    for (const profile of [hours, skips])
      expect(profile).toMatchObject({
        ...{ rows: 2, missing: 2, distinct: 0, mean: null, deviation: null, min: null, max: null },
        ...{ quantiles: null, histogram: null, values: null },
      });
  });

  it("of one value, once or often, is that value in one bin", async () => {
    const [hours, skips] = (await profiled([7.5, null], [3, 3]))!;
    expect(hours).toMatchObject({ mean: 7.5, deviation: null, min: 7.5, max: 7.5, distinct: 1 });
    expect([hours.quantiles, hours.histogram]).toEqual([
      Array(7).fill(7.5),
      [{ from: 7.5, to: 7.5, count: 1 }],
    ]);
    expect(skips).toMatchObject({ mean: 3, deviation: 0, histogram: [{ from: 3, to: 4, count: 2 }] });
  });

  it("of many rows of one value deviates by nothing, however its sum is rounded", async () => {
    const [hours] = (await profiled(Array(7).fill(29.141), Array(7).fill(1)))!;
    expect(hours).toMatchObject({ mean: 29.141, deviation: 0 });
    const [large] = (await profiled([1e300, 1e300], [1, 1]))!;
    expect(large).toMatchObject({
      mean: 1e300,
      deviation: 0,
      histogram: [{ from: 1e300, to: 1e300, count: 2 }],
    });
  });

  it("of an empty part has no rows", async () => {
    const [hours] = (await profilesOf("play_30d", {}, {}))!;
    expect(hours).toMatchObject({ rows: 0, missing: 0, distinct: 0, histogram: null });
  });

  it("leaves NaN and the infinities out of everything but the rows, and holds what a double holds", async () => {
    const [hours] = (await profiled(["NaN", "Infinity", "-Infinity", 1, 3], [1, 2, 3, 4, 5]))!;
    expect(hours).toMatchObject({ rows: 5, missing: 0, distinct: 2, mean: 2, min: 1, max: 3 });
    expect(hours.quantiles).toEqual([1, 1, 1, 1, 3, 3, 3]);
    const [large] = (await profiled([-1.7e308, 1.7e308, 5e-324], [1, 2, 3]))!;
    expect(large).toMatchObject({ min: -1.7e308, max: 1.7e308, mean: null, deviation: null, distinct: 3 });
    expect(large.histogram.reduce((sum: number, { count }: any) => sum + count, 0)).toBe(3);
    const [only] = (await profiled(["NaN", null], [1, 2]))!;
    expect(only).toMatchObject({ rows: 2, missing: 1, distinct: 0, quantiles: null });
  });

  it("of text and booleans has the commonest values, with shares of the rows that have one", async () => {
    const tiers = ["gold", "free", "gold", "gold", null];
    const [tier, paperless] = (await profilesOf(
      "plan_profile",
      {},
      rowsOf(tiers, [true, false, true, null, null]),
    ))!;
    expect(tier).toMatchObject({ rows: 5, missing: 1, distinct: 2, histogram: null, quantiles: null });
    expect(tier.values).toEqual([
      { value: "gold", count: 3, share: 0.75, other: false },
      { value: "free", count: 1, share: 0.25, other: false },
    ]);
    expect(paperless.values).toEqual([
      { value: "true", count: 2, share: 2 / 3, other: false },
      { value: "false", count: 1, share: 1 / 3, other: false },
    ]);
  });

  it("lists twenty values and the rest as one, and no value that is one person's", async () => {
    // 25 cities of two, three people's own.
    const cities = Array.from({ length: 50 }, (_, i) => `city ${String(i % 25).padStart(2, "0")}`);
    const tiers = [...cities, "Zoe's", "Yan's", "Xia's"];
    const [tier] = (await profilesOf("plan_profile", {}, rowsOf(tiers, Array(53).fill(null))))!;
    expect(tier.distinct).toBe(28);
    expect(tier.values).toHaveLength(21);
    expect(tier.values[0]).toEqual({ value: "city 00", count: 2, share: 2 / 53, other: false });
    expect(tier.values.at(-1)).toEqual({ value: null, count: 13, share: 13 / 53, other: true });
    const own = Array.from({ length: 30 }, (_, i) => `Name ${i}`);
    const [names] = (await profilesOf("plan_profile", {}, rowsOf(own, Array(30).fill(true))))!;
    expect(names).toMatchObject({ distinct: 30, values: null });
  });

  it("has no feature that the snapshot was made without, retired ones that it was made with, and renamed ones by today's name", async () => {
    const play = definitions.sources.find(({ name }) => name === "play")!;
    const [view, plan] = definitions.views;
    const later = {
      ...definitions,
      views: [{ ...view!, source: play, features: ["hours"], retired: ["skips"] }, plan!],
    };
    expect((await profiled([1, 2], [3, 4], later))!.map(({ name }) => name)).toEqual(["hours", "skips"]);
    const replica = (statement: string) => (id: number) =>
      database.pool.query(
        `begin; set local session_replication_role = replica; ${statement} and snapshot_id = ${id}; commit`,
      );
    // As if it had been made before `skips` was declared.
    const without = replica("update snapshot_parts set columns = columns - 1 where name = 'play'");
    expect(
      (await profilesOf("play_30d", rowsOf([1], [2]), {}, later, without))!.map(({ name }) => name),
    ).toEqual(["hours"]);
    // As if `hours` had been called `watched` then.
    const renamed = replica(
      `update snapshot_parts set columns = jsonb_set(columns, '{0,name}', '"watched"') where name = 'play'`,
    );
    const [hours] = (await profilesOf("play_30d", rowsOf([1, 3], [2, 2]), {}, later, renamed))!;
    expect(hours).toMatchObject({ name: "hours", mean: 2 });
    const { rows } = await database.pool.query(
      "select count(*)::int as count from feature_profiles where column_name = 'watched'",
    );
    expect(rows).toEqual([{ count: 1 }]);
  });

  it("is null for a view that nobody declared, or whose source the snapshot was made without", async () => {
    expect(await profilesOf("nothing", {}, {})).toBeUndefined();
    const gone = (id: number) =>
      database.pool.query(
        `begin; set local session_replication_role = replica; delete from snapshot_parts where name = 'play' and snapshot_id = ${id}; commit`,
      );
    expect(await profilesOf("play_30d", {}, {}, definitions, gone)).toBeUndefined();
  });
});

describe("bins and values", () => {
  it.each([
    [0, 23, true, 24, [0, 1, 2]],
    // 25 whole numbers in bins of two.
    [0, 24, true, 13, [0, 2, 4]],
    [-2_147_483_648, 2_147_483_647, true, 24, [-2_147_483_648, -1_968_526_677, -1_789_569_706]],
    [0, 24, false, 24, [0, 1, 2]],
    [5, 5, false, 1, [5]],
  ])("from %d to %d, whole numbers: %s, begin in %d places", (min, max, whole, count, first) => {
    const starts = binStarts(min, max, whole);
    expect([starts.length, starts.slice(0, 3)]).toEqual([count, first]);
    expect(starts.every((start, i) => i === 0 || start > starts[i - 1]!)).toBe(true);
    const bins = binsOf(starts, [], max, whole);
    expect(bins.at(-1)!.to).toBeGreaterThanOrEqual(max);
    expect(bins.every(({ to }, i) => i === bins.length - 1 || to === bins[i + 1]!.from)).toBe(true);
  });

  it("of numbers too close for 24 bins are fewer", () => {
    const max = 1 + 2 * Number.EPSILON;
    expect(binStarts(1, max, false)).toEqual([1, 1 + Number.EPSILON]);
  });

  it("lists a boolean whatever its counts", () => {
    expect(listedValues([{ value: "true", count: 1 }], 1, 1, false)).toHaveLength(1);
    expect(listedValues([{ value: "Zoe", count: 1 }], 1, 1, true)).toBeNull();
  });
});

const PROFILE = `query($view: String!, $asOf: Date!) { featureProfile(view: $view, asOf: $asOf) {
  feature { name field type view } rows missing distinct mean histogram { from to count } values { value count share other } } }`;

describe("featureProfile", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
    await ingest(JANUARY, (i) => i);
  });
  afterAll(() => app?.stop());

  const USERS = userIds(10);
  async function ingest(asOf: string, months: (i: number) => number | "") {
    const files = smallDelivery(USERS);
    files.subscriptions = files.subscriptions!.map((line, i) =>
      i === 0 ? line : line.replace(/^([^,]*),[^,]*/, `$1,${months(i - 1)}`),
    );
    writeDelivery(app.dataDir, "delivery", files);
    expect((await app.client.ingest("delivery", asOf)).error).toBeNull();
  }
  const profile = async (asOf: string, view = "subs_profile") =>
    (await app.client.query(PROFILE, { view, asOf })).featureProfile as any[];
  const stored = async () =>
    (
      await app.sql(
        "select owner_id, part, count(*)::int as columns from feature_profiles group by 1, 2 order by 1, 2",
      )
    ).map(({ owner_id, part, columns }) => `${part} of ${owner_id}: ${columns}`);

  it("answers what is in the files, and stores it", async () => {
    const features = await profile(JANUARY);
    expect(features.map(({ feature }) => feature.name)).toEqual([
      ...["months_active", "monthly_fee", "paperless_billing"],
      ...["plan_stream_tv", "plan_stream_movies", "net_service"],
    ]);
    const [months, , , tv, , service] = features;
    expect(months).toMatchObject({
      feature: { field: "monthsActive", type: "int", view: "subs_profile" },
      ...{ rows: 10, missing: 0, distinct: 10, mean: 4.5 },
    });
    expect(tv).toMatchObject({ missing: 4, values: [{ value: "false", count: 6, share: 1, other: false }] });
    expect(service.values).toEqual([
      { value: "DSL", count: 5, share: 0.5, other: false },
      { value: "Fiber optic", count: 5, share: 0.5, other: false },
    ]);
    expect(await stored()).toEqual(["subscriptions of 1: 6"]);
    await app.sql(
      "update feature_profiles set profile = jsonb_set(profile, '{mean}', '99') where column_name = 'months_active'",
    );
    expect((await profile(JANUARY))[0].mean).toBe(99);
    await app.sql("delete from feature_profiles where column_name = 'months_active'");
    expect((await profile(JANUARY))[0].mean).toBe(4.5);
  });

  it("is of the newest revision, shares what a revision carries on, and after a withdrawal is of the one before", async () => {
    await profile(JANUARY, "usage_agg_30d");
    await ingest(JANUARY, (i) => (i === 0 ? "" : 2 * i));
    expect((await profile(JANUARY))[0]).toMatchObject({ missing: 1, mean: 10 });
    const before = await stored();
    await profile(JANUARY, "usage_agg_30d");
    expect(await stored()).toEqual(before);
    const { withdrawSnapshot } = await app.client.query(
      `mutation { withdrawSnapshot(asOf: "${JANUARY}", reason: "a test") { id } }`,
    );
    await app.client.finished(withdrawSnapshot.id);
    expect((await profile(JANUARY))[0]).toMatchObject({ missing: 0, mean: 4.5 });
    const { snapshots } = await app.client.query(
      `{ snapshots(first: 5) { nodes { revision featureProfile(view: "subs_profile") { missing } } } }`,
    );
    expect(snapshots.nodes.map((each: any) => [each.revision, each.featureProfile[0].missing])).toEqual([
      [2, 1],
      [1, 0],
    ]);
  });

  it("is kept where retention drops the rows, and refused where nobody had asked before", async () => {
    await ingest(FEBRUARY, () => 1);
    await app.client.query(`mutation { applyRetention(until: "${FEBRUARY}", dryRun: false) { limit } }`);
    expect((await profile(JANUARY))[0].mean).toBe(4.5);
    const error = await app.client.error(PROFILE, { view: "payments_agg_90d", asOf: JANUARY });
    expect(error).toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining(`${JANUARY}, revision 1, were dropped`),
    });
    const { snapshot } = await app.client.query(
      `{ snapshot(asOf: "${JANUARY}") { state featureProfile(view: "payments_agg_90d") { rows } } }`,
    );
    expect(snapshot).toEqual({ state: "DROPPED", featureProfile: null });
  });

  it.each([
    [{ view: "subs_profile", asOf: "2020-01-31" }, "SNAPSHOT_NOT_FOUND", /no snapshot as of 2020-01-31/],
    [{ view: "subs_profile", asOf: "2024-02-31" }, "BAD_USER_INPUT", /2024-02-31/],
    [{ view: "", asOf: FEBRUARY }, "BAD_USER_INPUT", /view/],
  ])("is refused of %j", async (variables, code, message) => {
    const error = await app.client.error(PROFILE, variables);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it("is null of a view that nobody declared", async () => {
    expect(await profile(FEBRUARY, "nothing")).toBeNull();
  });
});
