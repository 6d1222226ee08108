import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrationStatements, schemaState } from "../../scripts/migration-statements.js";
import { createClient, createPool } from "../../src/db/pool.js";
import { int } from "../../src/definitions/language/column.js";
import { deployment, featureView, source } from "../../src/definitions/language/deployment.js";
import { PartDifferences } from "../../src/features/part-differences.js";
import { diffSnapshots } from "../../src/features/snapshot-diff.js";
import { SnapshotStore } from "../../src/features/snapshot-store.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { smallDelivery, writeDelivery } from "../support/delivery.js";
import { testing } from "../support/deployment/testing.js";
import { until } from "../support/until.js";

const DIFF = `query($from: Date!, $to: Date!) { snapshotDiff(from: $from, to: $to) {
  identical from { asOf revision } to { asOf revision }
  views { name identical added removed changed unchanged features { name changed psi shares { value other from to } } } } }`;
const KEYS = ["U-0", "U-1", "U-2", "U-3", "U-4", "U-5", "U-6", "U-7", "U-8", "U-9"];

/** Payments by user, of the users it names: "" is an empty value. */
type Payments = Record<string, string>;
const all = (value: (i: number) => string): Payments =>
  Object.fromEntries(KEYS.map((user, i) => [user, value(i)]));

/** Σ (q − p) ln(q / p) */
const psi = (...shares: [p: number, q: number][]) =>
  shares.reduce((sum, [p, q]) => sum + (q - p) * Math.log(q / p), 0);

describe("snapshotDiff", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app?.stop());

  async function ingest(asOf: string, payments: Payments, services: (i: number) => string = () => "DSL") {
    const files = smallDelivery(KEYS);
    files.payments_agg_90d = [
      "user_id,failed_payments_90d",
      ...Object.entries(payments).map((row) => row.join(",")),
    ];
    files.subscriptions = files.subscriptions!.map((line, i) =>
      i === 0 ? line : line.replace(/[^,]*$/, services(i - 1)),
    );
    writeDelivery(app.dataDir, "delivery", files);
    expect((await app.client.ingest("delivery", asOf)).error).toBeNull();
  }
  async function diff(from: string, to: string) {
    const { snapshotDiff } = await app.client.query(DIFF, { from, to });
    const view = (name: string) => snapshotDiff.views.find((each: any) => each.name === name);
    return { ...snapshotDiff, payments: view("payments_agg_90d"), profile: view("subs_profile") };
  }
  let month = 0;
  /** Two dates that no other test uses. */
  const dates = (): [string, string] => {
    const day = (of: number) => new Date(Date.UTC(2020, month - 1, of)).toISOString().slice(0, 10);
    month++;
    return [day(1), day(2)];
  };

  it("counts users that came, went, changed and stayed, and changes per feature", async () => {
    const [from, to] = dates();
    await ingest(from, { "U-0": "1", "U-1": "1", "U-2": "", "U-3": "", "U-4": "4" });
    await ingest(to, { "U-1": "1", "U-2": "", "U-3": "3", "U-4": "", "U-5": "5", "U-6": "6" });
    const { identical, payments, profile } = await diff(from, to);
    expect(identical).toBe(false);
    expect(payments).toMatchObject({ identical: false, added: 2, removed: 1, changed: 2, unchanged: 2 });
    expect(payments.features).toMatchObject([{ name: "failed_payments_90d", changed: 2 }]);
    expect(profile).toMatchObject({ identical: true, added: 0, removed: 0, changed: 0, unchanged: 10 });
  });

  it.each<[string, Payments, Payments, number]>([
    [
      // Deciles of 0…9 are 0, 1, …, 8: nine edges, ten buckets, of which that below 0 stays empty.
      "a shift of 0…9 by one",
      all(String),
      all((i) => String(i + 1)),
      // 0 has left its bucket: half a row of ten stands for none. 8 and 9 share the last bucket with 10.
      psi([0.1, 0.05], [0.2, 0.3]),
    ],
    ["the same values of other users", all(String), all((i) => String(9 - i)), 0],
    ["values that become empty", all(() => "1"), all((i) => (i < 5 ? "1" : "")), psi([1, 0.5], [0.05, 0.5])],
    ["values that were all empty", all(() => ""), all((i) => (i < 9 ? "" : "5")), psi([1, 0.9], [0.05, 0.1])],
    [
      "values below all earlier ones",
      all(() => "5"),
      all((i) => (i < 2 ? "1" : "5")),
      psi([0.05, 0.2], [1, 0.8]),
    ],
  ])("knows the stability index of %s", async (_, before, after, expected) => {
    const [from, to] = dates();
    await ingest(from, before);
    await ingest(to, after);
    const { payments } = await diff(from, to);
    expect(payments.features[0].psi).toBeCloseTo(expected, 12);
  });

  it("buckets text by value for its stability index", async () => {
    const [from, to] = dates();
    const same = all(() => "0");
    await ingest(from, same, (i) => (i < 5 ? "DSL" : "No"));
    await ingest(to, same, (i) => (i < 2 ? "DSL" : i < 4 ? "" : "No"));
    const { profile, payments } = await diff(from, to);
    expect(payments.identical).toBe(true);
    const [service] = profile.features.filter(({ name }: any) => name === "net_service");
    expect(service).toMatchObject({
      name: "net_service",
      changed: 3,
      psi: expect.closeTo(psi([0.5, 0.2], [0.05, 0.2], [0.5, 0.6]), 12),
    });
    expect(profile).toMatchObject({ added: 0, removed: 0, changed: 3, unchanged: 7 });
    const others = profile.features.filter(({ name }: any) => name !== "net_service");
    for (const { name, changed, psi } of others) expect([name, changed, psi]).toEqual([name, 0, 0]);
  });

  it("calls a view that was declared after both snapshots identical and empty", async () => {
    const [from, to] = dates();
    await ingest(from, all(String));
    await ingest(
      to,
      all(() => "1"),
    );
    const moods = source("moods", { columns: { mood: int() } });
    const young = featureView("young", { source: moods, features: ["mood"] });
    const grown = deployment({
      ...testing,
      sources: [...testing.sources, moods],
      views: [...testing.views, young],
    });
    for (const sql of await migrationStatements(schemaState(testing), schemaState(grown))) await app.sql(sql);
    const pool = createPool(app.url, 1);
    const { views } = await diffSnapshots(
      new PartDifferences(pool, pool),
      new SnapshotStore(pool),
      grown,
      from,
      to,
    );
    await pool.end();
    expect(views.find(({ name }) => name === "young")).toEqual({
      name: "young",
      identical: true,
      added: 0,
      removed: 0,
      changed: 0,
      unchanged: 0,
      features: [{ name: "mood", changed: 0, psi: null, shares: null }],
    });
    expect(views.find(({ name }) => name === "payments_agg_90d")).toMatchObject({ changed: 9, unchanged: 1 });
  });

  it("calls a date identical to itself, and compares the newest revisions", async () => {
    const [from, to] = dates();
    await ingest(
      from,
      all(() => "1"),
    );
    await ingest(
      from,
      all(() => "2"),
    );
    await ingest(
      to,
      all(() => "2"),
    );
    const same = await diff(from, from);
    expect(same).toMatchObject({ identical: true, from: { asOf: from, revision: 2 }, to: { revision: 2 } });
    const next = await diff(from, to);
    expect(next).toMatchObject({ identical: true, from: { revision: 2 }, to: { asOf: to, revision: 1 } });
    for (const view of next.views) {
      expect(view).toMatchObject({ identical: true, added: 0, removed: 0, changed: 0, unchanged: 10 });
      for (const feature of view.features) expect(feature).toMatchObject({ changed: 0, psi: 0 });
    }
  });

  it("tells the share of each value of a category in both, the empty ones too, and of numbers none", async () => {
    const [from, to] = dates();
    const one = all(() => "1");
    await ingest(from, one, (i) => (i < 6 ? "DSL" : i < 9 ? "No" : ""));
    await ingest(to, one, (i) => (i < 2 ? "DSL" : "Fiber optic"));
    const { profile } = await diff(from, to);
    const shares = (name: string) => profile.features.find((each: any) => each.name === name).shares;
    expect(shares("net_service")).toEqual([
      { value: "DSL", other: false, from: 0.6, to: 0.2 },
      { value: "Fiber optic", other: false, from: 0, to: 0.8 },
      { value: "No", other: false, from: 0.3, to: 0 },
      { value: null, other: false, from: 0.1, to: 0 },
    ]);
    expect(shares("paperless_billing")).toEqual([{ value: "true", other: false, from: 1, to: 1 }]);
    expect(shares("monthly_fee")).toBeNull();
  });

  it("reads no row of parts whose hashes are equal", async () => {
    const [from, to] = await differing();
    const [pool, other] = [createPool(app.url, 1), createPool(app.url, 1)];
    const asked: string[] = [];
    pool.on("connect", (client) => {
      const query = client.query.bind(client);
      client.query = (...given: any[]) => {
        asked.push(given[0].text ?? given[0]);
        return (query as any)(...given);
      };
    });
    const store = new SnapshotStore(other);
    const differences = new PartDifferences(pool, pool);
    const tables = () => new Set(asked.flatMap((text) => text.match(/\w+_snapshots/g) ?? []));
    await diffSnapshots(differences, store, testing, from, from);
    expect(asked).toEqual([]);
    const first = await diffSnapshots(differences, store, testing, from, to);
    expect(tables()).toEqual(new Set(["payments_agg_90d_snapshots"]));
    // What was found is stored: no row is read again.
    asked.length = 0;
    expect(await diffSnapshots(differences, store, testing, from, to)).toEqual(first);
    expect(asked).toHaveLength(1);
    expect(tables()).toEqual(new Set());
    await Promise.all([pool.end(), other.end()]);
  });

  /** Two snapshots of which one file differs. */
  async function differing() {
    const [from, to] = dates();
    const values = [() => "1", (i: number) => String(i)];
    for (const [i, date] of [from, to].entries()) await ingest(date, all(values[i]!));
    return [from, to] as const;
  }

  /** Two snapshots that differ, and a session that holds the tables until it is told to go on. */
  async function heldBack() {
    const [from, to] = await differing();
    const [retention, watching] = [createClient(app.url), createPool(app.url, 1)];
    await retention.connect();
    await retention.query("begin; lock table payments_agg_90d_snapshots in access exclusive mode");
    const areWaiting = (count: number) =>
      until(`${count} comparisons wait for the lock`, async () => {
        const { rows } = await watching.query(
          "select count(*)::int as waiting from pg_locks where not granted and relation = 'payments_agg_90d_snapshots'::regclass",
        );
        return rows[0].waiting === count;
      });
    const end = () => Promise.all([retention.end(), watching.end()]);
    return { from, to, retention, areWaiting, end };
  }
  const stored = () => app.sql("select * from part_differences order by before_owner_id, after_owner_id");

  it("stores nothing of a date that retention is dropping meanwhile", async () => {
    const { from, to, retention, areWaiting, end } = await heldBack();
    const before = await stored();
    await retention.query(
      "insert into snapshot_drops (snapshot_id, actor) select id, 'tester' from snapshots where as_of = $1",
      [from],
    );
    const error = app.client.error(DIFF, { from, to });
    await areWaiting(1);
    await retention.query("commit");
    expect(await error).toMatchObject({ code: "CONFLICT", asOf: from, rowsAvailable: false });
    expect(await stored()).toEqual(before);
    await end();
  });

  it("is answered to both of two processes that compare the same for the first time", async () => {
    const { from, to, retention, areWaiting, end } = await heldBack();
    const pools = [createPool(app.url, 2), createPool(app.url, 2)];
    const before = await stored();
    const answers = pools.map((pool) =>
      diffSnapshots(new PartDifferences(pool, pool), new SnapshotStore(pool), testing, from, to),
    );
    await areWaiting(2);
    await retention.query("commit");
    const [one, other] = await Promise.all(answers);
    expect(one).toEqual(other);
    expect(await stored()).toHaveLength(before.length + 1);
    await Promise.all([...pools.map((pool) => pool.end()), end()]);
  });

  it.each([
    ["2020-01-01", "1999-12-31", "1999-12-31"],
    ["1999-12-31", "2020-01-01", "1999-12-31"],
  ])("from %s to %s: says that %s has no snapshot", async (from, to, missing) => {
    const error = await app.client.error(DIFF, { from, to });
    expect(error.code).toBe("SNAPSHOT_NOT_FOUND");
    expect(error.message).toContain(`no snapshot as of ${missing}; ingest that month first`);
  });
});
