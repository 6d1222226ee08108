import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClient, createPool } from "../../src/db/pool.js";
import { deployment, deploymentSha256 } from "../../src/definitions/language/deployment.js";
import { applyRetention } from "../../src/features/snapshot-retention.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { testing as definitions } from "../support/deployment/testing.js";
import { ingestMonth, learnableMonth, promote, STRONG, trained, USERS } from "../support/months.js";
import { until } from "../support/until.js";

const [NOV, DEC, JAN, FEB, MAR] = ["2023-11-30", "2023-12-31", "2024-01-31", "2024-02-29", "2024-03-31"];
const APPLY = `mutation($keepDays: Int, $keepWeeks: Int, $keepMonths: Int, $until: Date, $dryRun: Boolean! = true) {
  applyRetention(keepDays: $keepDays, keepWeeks: $keepWeeks, keepMonths: $keepMonths, until: $until, dryRun: $dryRun) { dryRun limit
    dates { asOf outcome reason snapshots { asOf revision rowsAvailable } keptFor { model version } } } }`;
const PARTS = ["labels", "payments_agg_90d", "subscriptions", "support_agg_90d", "usage_agg_30d", "users"];

/** A month that differs from every other by its first user's skips. */
const month = (skips: number) => {
  const files = learnableMonth();
  files.usage_agg_30d![1] = `${USERS[0]},0.125,29.5,1,${skips},0`;
  return files;
};

let app: TestApp;
const apply = async (more: Record<string, unknown>) => (await app.client.query(APPLY, more)).applyRetention;
const outcomes = (report: any) => report.dates.map(({ asOf, outcome }: any) => `${asOf} ${outcome}`);
const partitionsOf = async (date: string) => {
  const rows = await app.sql(
    "select relname as name from pg_class where relkind = 'r' and relname like '%\\_snapshots\\_' || $1 order by 1",
    [date.replaceAll("-", "")],
  );
  return rows.map(({ name }) => name.replace(/_snapshots_\d+$/, ""));
};
const skipsOn = async (asOf: string, knownAt?: string) => {
  const { features } = await app.client.query(
    `query($asOf: Date!, $knownAt: DateTime) { features(userId: "${USERS[0]}", asOf: $asOf, knownAt: $knownAt) { values { skips7d } } }`,
    { asOf, knownAt },
  );
  return features.values.skips7d;
};
const catalogue = async () => {
  const { snapshots } = await app.client.query("{ snapshots { nodes { asOf revision rowsAvailable } } }");
  return snapshots.nodes.map(
    ({ asOf, revision, rowsAvailable }: any) => `${asOf} ${revision}${rowsAvailable ? "" : " gone"}`,
  );
};

beforeAll(async () => {
  app = await startTestApp();
  for (const [place, asOf] of [NOV, DEC, JAN, FEB, MAR].entries()) {
    await ingestMonth(app, asOf!, month(place + 1));
  }
  // One from November, and one of December's features and January's labels, which goes to Production.
  await trained(app, { asOf: NOV, params: STRONG });
  await trained(app, { asOf: DEC, labelAsOf: JAN, params: STRONG });
  await promote(app, 2);
});
afterAll(() => app?.stop());

describe("applyRetention", () => {
  it.each([
    [
      {},
      "keepDays, keepWeeks, keepMonths or until is needed: the deployment declares no retention, so everything is kept",
    ],
    [{ keepMonths: 1, until: JAN }, "name one of them"],
    [{ keepDays: 1, keepWeeks: 2, until: JAN }, "keepDays, keepWeeks and until: name one of them"],
    [{ keepWeeks: 0 }, "keepWeeks: 1 or more was expected; got 0"],
    [{ keepMonths: 0 }, "keepMonths: 1 or more was expected; got 0"],
    [{ keepMonths: -1, dryRun: false }, "keepMonths: 1 or more was expected; got -1"],
  ])("with %j is refused: %s", async (more, message) => {
    const error = await app.client.error(APPLY, more);
    expect(error.code).toBe("BAD_USER_INPUT");
    expect(error.message).toContain(message);
  });

  it("reports as many dates as are asked for, from any date on", async () => {
    const { applyRetention } = await app.client.query(
      `mutation { applyRetention(until: "${MAR}") { first: dates(first: 2) { asOf snapshots(first: 1) { asOf } } rest: dates(after: "${JAN}") { asOf } } }`,
    );
    expect(applyRetention.first).toEqual([NOV, DEC].map((asOf) => ({ asOf, snapshots: [{ asOf }] })));
    expect(applyRetention.rest).toEqual([{ asOf: FEB }, { asOf: MAR }]);
  });

  it.each([
    [{ keepMonths: 4 }, null, "2023-12-01"],
    [{ until: FEB! }, null, FEB],
    [{ until: FEB! }, 4, "2023-12-01"],
    [{ keepMonths: 4 }, 1, "2024-03-01"],
  ])(
    "of a deployment that declares %j takes that limit, unless %j months are named",
    async (declared, keepMonths, limit) => {
      const pool = createPool(app.url, 1);
      const report = await applyRetention(pool, declared, { keepMonths, dryRun: true, actor: "tester" });
      await pool.end();
      expect(report.limit).toBe(limit);
    },
  );

  it.each([
    [{ keepMonths: 0 }, "retention: keepMonths 0 must be a whole number, 1 or more"],
    [{ keepMonths: 1.5 }, "retention: keepMonths 1.5 must be a whole number, 1 or more"],
    [{ keepWeeks: -1, keepDays: 3 }, "retention: keepWeeks -1 must be a whole number, 1 or more"],
    [{}, "retention: names none of keepDays, keepWeeks, keepMonths and until"],
    [{ keepYears: 2 } as object, "retention: keepYears is none of keepDays, keepWeeks, keepMonths and until"],
    [{ until: "2024-02-30" }, 'retention: until "2024-02-30" must be a date such as "2024-01-31"'],
  ])("cannot be declared as %j", (retention, message) => {
    expect(() => deployment({ ...definitions, retention })).toThrow(message);
  });

  it("changes nothing of what the same files derive", () => {
    const kept = { ...definitions, retention: { keepMonths: 2 } };
    expect(deploymentSha256(kept)).toBe(deploymentSha256(definitions));
  });

  it.each([
    [{ keepMonths: 5 }, "2023-11-01", [], "nothing"],
    [{ keepMonths: 4 }, "2023-12-01", [NOV], "November"],
    [{ keepMonths: 1 }, "2024-03-01", [NOV, FEB], "all that no version in Production was trained from"],
    [{ keepMonths: 100_000 }, "0001-01-01", [], "nothing"],
    [{ keepDays: 60, keepMonths: 4 }, "2024-02-01", [NOV], "what is neither of 60 days nor of four months"],
    [{ keepDays: 1 }, MAR, [NOV, FEB], "all but the newest, and what a version was trained from"],
    [{ keepWeeks: 5 }, MAR, [NOV], "what is not of five weeks, nor a version was trained from"],
    [{ until: FEB }, FEB, [NOV], "what is before that day"],
    [{ until: "2024-03-01" }, "2024-03-01", [NOV, FEB], "February too"],
  ])("with %j, asked only, would drop what is before %s", async (more, limit, dropped, _what) => {
    const report = await apply(more);
    expect(report).toMatchObject({ dryRun: true, limit });
    expect(report.dates.map(({ asOf }: any) => asOf)).toEqual([NOV, DEC, JAN, FEB, MAR]);
    const would = report.dates.filter(({ outcome }: any) => outcome === "WOULD_DROP");
    expect(would.map(({ asOf }: any) => asOf)).toEqual(dropped);
    expect(await catalogue()).toEqual([`${MAR} 1`, `${FEB} 1`, `${JAN} 1`, `${DEC} 1`, `${NOV} 1`]);
    for (const date of [NOV, FEB]) expect(await partitionsOf(date!)).toEqual(PARTS);
  });

  it("says which version keeps a date, by its features or its labels", async () => {
    const { dates } = await apply({ keepMonths: 1 });
    for (const place of [1, 2]) {
      expect(dates[place]).toMatchObject({
        outcome: "KEPT",
        reason: "trained from: churn version 2 (PRODUCTION)",
        keptFor: [{ model: "churn", version: 2 }],
      });
    }
    expect(dates[4]).toMatchObject({ outcome: "KEPT", reason: "not before 2024-03-01", keptFor: [] });
  });

  it("keeps for a version in Staging too", async () => {
    await promote(app, 1, { stage: "STAGING" });
    const { dates } = await apply({ keepMonths: 1, dryRun: true });
    expect(dates[0]).toMatchObject({ outcome: "KEPT", reason: "trained from: churn version 1 (STAGING)" });
    await promote(app, 1, { stage: "ARCHIVED" });
  });

  it.each([
    ["TRAIN", (id: number) => ({ snapshot: { id: 0 }, labelSnapshot: { id } })],
    ["EXPORT", (id: number) => ({ months: [{ asOf: DEC, snapshotId: 0, labelSnapshotId: id }] })],
  ])("keeps what a %s run that is under way has pinned", async (kind, paramsOf) => {
    const [pinned] = await app.sql("select id from snapshots where as_of = $1", [NOV]);
    const [run] = await app.sql(
      "insert into runs (id, kind, status, params, actor) values (gen_random_uuid(), $1, 'QUEUED', $2, 'x') returning id",
      [kind, paramsOf(pinned!.id)],
    );
    const { dates } = await apply({ until: DEC, dryRun: false });
    expect(dates[0]).toMatchObject({
      outcome: "KEPT",
      reason: `run ${run!.id}, under way, was asked to read it`,
    });
    await app.sql("delete from runs where id = $1", [run!.id]);
  });

  it.each([
    ["read", "select count(*) from payments_agg_90d_snapshots"],
    ["published", "select pg_advisory_xact_lock(hashtextextended('asof_publish', 0))"],
    ["promoted from", "select pg_advisory_xact_lock(hashtextextended('asof_promotion churn', 0))"],
  ])("keeps a date while it is being %s, and says so", async (_, sql) => {
    const other = createClient(app.url);
    await other.connect();
    await other.query("begin");
    await other.query(sql);
    const { dates } = await apply({ until: DEC, dryRun: false });
    await other.end();
    expect(dates[0]).toMatchObject({
      outcome: "KEPT",
      reason: "in use: read, published or promoted from right now; ask again",
    });
    expect(await partitionsOf(NOV!)).toEqual(PARTS);
  });

  it("leaves a date whole when its session dies between the drop and the commit", async () => {
    const other = createClient(app.url);
    await other.connect();
    // The catalogue's mark comes last; its lock halts the transaction after the partitions went.
    await other.query("begin; lock table snapshot_drops in share mode");
    const dying = app.client.raw(APPLY, { until: DEC, dryRun: false });
    await until("the session that had dropped them was ended", async () => {
      const [found] = await app.sql(
        `select count(pg_terminate_backend(a.pid))::int as ended from pg_stat_activity a
         where a.datname = current_database() and a.wait_event_type = 'Lock' and a.query like 'insert into snapshot_drops%'`,
      );
      return found!.ended === 1;
    });
    expect((await dying).errors).toHaveLength(1);
    await other.end();
    expect(await partitionsOf(NOV!)).toEqual(PARTS);
    expect(await catalogue()).toContain(`${NOV} 1`);
  });
});

describe("a date that retention dropped", () => {
  const diff = (to: string) =>
    `{ snapshotDiff(from: "${NOV}", to: "${to}") { identical views { name changed unchanged } } }`;
  let compared: unknown;
  beforeAll(async () => {
    expect(await skipsOn(NOV!)).toBe(1);
    compared = await app.client.query(diff(MAR!));
    const [first, second] = await Promise.all([
      apply({ keepMonths: 1, dryRun: false }),
      apply({ keepMonths: 1, dryRun: false }),
    ]);
    const dropped = [...outcomes(first), ...outcomes(second)].filter((line) => line.endsWith("DROPPED"));
    // Asked twice at once: each says that the date is dropped, one did it.
    expect(new Set(dropped)).toEqual(new Set([`${NOV} DROPPED`, `${FEB} DROPPED`]));
  });

  it("stays in the catalogue, marked, without its partitions", async () => {
    expect(await catalogue()).toEqual([`${MAR} 1`, `${FEB} 1 gone`, `${JAN} 1`, `${DEC} 1`, `${NOV} 1 gone`]);
    for (const date of [NOV, FEB]) expect(await partitionsOf(date!)).toEqual([]);
    for (const date of [DEC, JAN, MAR]) expect(await partitionsOf(date!)).toEqual(PARTS);
    expect(await app.sql("select actor from snapshot_drops")).toEqual([
      { actor: "tester" },
      { actor: "tester" },
    ]);
  });

  it.each(["subscriptions_snapshots", "labels_snapshots_20231231", "snapshots", "snapshot_drops"])(
    "lifts the immutability of no other row: %s",
    async (table) => {
      for (const sql of [`delete from ${table}`, `truncate ${table} cascade`]) {
        await expect(app.sql(sql), sql).rejects.toMatchObject({ code: "23001" });
      }
    },
  );

  it("is read by no point-in-time join", async () => {
    expect(await skipsOn(NOV!)).toBeNull();
    expect(await skipsOn(FEB!)).toBe(3);
    expect(await skipsOn(MAR!)).toBe(5);
  });

  it.each([
    [`train(input: { asOf: "${NOV}" }) { id }`],
    [`train(input: { asOf: "${MAR}", labelAsOf: "${NOV}" }) { id }`],
    [`materialize(asOf: "${NOV}") { id }`],
    ["promote(input: { version: 1, stage: STAGING }) { id }"],
    ['promote(input: { version: 1, force: true, reason: "why not" }) { id }'],
  ])("is refused to %s", async (mutation) => {
    const error = await app.client.error(`mutation { ${mutation} }`);
    expect(error).toMatchObject({ code: "CONFLICT", asOf: NOV, revision: 1, rowsAvailable: false });
    expect(error.message).toBe(
      `the rows of snapshot ${NOV}, revision 1, were dropped by retention; ingest that date again: it becomes the next revision`,
    );
  });

  it("can be compared as far as hashes answer, and with what it was compared with before", async () => {
    const { snapshotDiff } = await app.client.query(diff(NOV!));
    expect(snapshotDiff).toMatchObject({
      identical: true,
      views: PARTS.slice(1).map(() => ({ unchanged: 240 })),
    });
    expect(await app.client.error(diff(DEC!))).toMatchObject({ code: "CONFLICT", rowsAvailable: false });
    expect(compared).toMatchObject({ snapshotDiff: { identical: false } });
    expect(await app.client.query(diff(MAR!))).toEqual(compared);
  });

  it("fails a training that had been asked for before", async () => {
    const { runs } = await app.client.query("{ runs(where: { kind: TRAIN }) { nodes { id params } } }");
    const old = runs.nodes.find(({ params }: any) => params.asOf === NOV);
    await app.sql("update runs set status = 'FAILED' where id = $1", [old.id]);
    await app.client.query("mutation($id: ID!) { retryRun(id: $id) { id } }", { id: old.id });
    const { status, error } = await app.client.finished(old.id);
    expect({ status, code: error?.code }).toEqual({ status: "FAILED", code: "CONFLICT" });
  });

  it("becomes the next revision when the very same files are ingested again", async () => {
    const before = new Date().toISOString();
    await ingestMonth(app, NOV!, month(1));
    expect((await catalogue()).slice(-2)).toEqual([`${NOV} 2`, `${NOV} 1 gone`]);
    expect(await skipsOn(NOV!)).toBe(1);
    expect(await skipsOn(NOV!, before)).toBeNull();
    const again = await app.client.ingest(NOV!, NOV!);
    expect(again.result.unchanged).toBe(true);
    expect(outcomes(await apply({ until: DEC, dryRun: false }))[0]).toBe(`${NOV} DROPPED`);
    expect((await catalogue()).slice(-2)).toEqual([`${NOV} 2 gone`, `${NOV} 1 gone`]);
  });
});
