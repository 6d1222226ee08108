import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClient } from "../../src/db/pool.js";
import {
  expectColumn,
  expectKey,
  expectRowCount,
  expectSql,
} from "../../src/definitions/language/expectation.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { changedSources } from "../support/changed-sources.js";
import { type Files, smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import { until } from "../support/until.js";

const QUARANTINE = "quarantine" as const;
const DEFINITIONS = changedSources({
  users: { onInvalid: QUARANTINE },
  usage_agg_30d: {
    onInvalid: QUARANTINE,
    maxQuarantinedShare: 0.5,
    expectations: [
      expectColumn("skips_7d").between(0, 20, { mostly: 0.8 }),
      expectColumn("rebuffer_events_7d").between(0, 5, { severity: "WARNING" }),
      expectColumn("watch_hours_30d").meanBetween(0, 100),
      expectSql("not_nine_devices", "select * from {batch} where unique_devices_30d = 9"),
      expectSql("not_eight_devices", "select 'eight' as value from {batch} where unique_devices_30d = 8"),
    ],
  },
  payments_agg_90d: {
    expectations: [expectKey().foreignKey({ name: "usage_agg_30d" }), expectRowCount().between(1, 10)],
  },
});
const USERS = userIds(10);
const [U0, U1, U2, U3, U4, U5] = USERS as [string, string, string, string, string, string];

const QUARANTINED = `query($id: ID!, $source: String, $first: Int!, $after: String) { run(id: $id) {
  quarantined(source: $source, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { source line userId row reasons { column expectation rule } } }
  validation { success quarantined { source file rows percent } expectations { source column expectation success quarantined unexpectedCount } } } }`;

describe("a source that quarantines what is invalid", () => {
  let app: TestApp;
  let months = 0;
  beforeAll(async () => {
    app = await startTestApp({ definitions: DEFINITIONS });
    expect((await ingest(smallDelivery(USERS))).error).toBeNull();
  });
  afterAll(() => app?.stop());

  /** The small delivery with lines of usage replaced, by line number. */
  function usage(lines: Record<number, string>, users: readonly string[] = USERS): Files {
    const files = smallDelivery(users);
    for (const [line, text] of Object.entries(lines)) files.usage_agg_30d![Number(line) - 1] = text;
    return files;
  }
  const nextDate = () =>
    `2024-${String(Math.floor(months / 28) + 1).padStart(2, "0")}-${String((months++ % 28) + 1).padStart(2, "0")}`;

  async function ingest(files: Files, asOf = nextDate()) {
    writeDelivery(app.dataDir, "delivery", files);
    const run = await app.client.ingest("delivery", asOf);
    return { ...run, asOf, ...(await quarantined(run.id)) };
  }
  async function quarantined(id: string, of: { source?: string; first?: number; after?: string } = {}) {
    const { run } = await app.client.query(QUARANTINED, { id, first: 50, ...of });
    const { nodes, totalCount, pageInfo } = run.quarantined;
    const reasons = nodes.map(
      (row: any) =>
        `${row.source} ${row.line} ${row.userId}: ${row.reasons.map((r: any) => `${r.column ?? "row"} ${r.expectation}`).join(", ")}`,
    );
    return { nodes, totalCount, pageInfo, reasons, report: run.validation };
  }
  const snapshotUsers = async (table: string, asOf: string) =>
    (await app.sql(`select user_id from ${table} where as_of = $1 order by 1`, [asOf])).map(
      (row) => row.user_id,
    );

  it("publishes the rest of the file, and keeps every invalid row as it was delivered, with each of its reasons", async () => {
    const files = usage({
      2: `${U0},1e400,x,1,1,-1`,
      3: `${U1},1,1,1`,
      4: ",1,1,1,1,1",
      6: `${U0},1.50,2,+1,1,1`,
    });
    const { asOf, ...run } = await ingest(files);
    expect(run).toMatchObject({
      status: "SUCCEEDED",
      error: null,
      result: { quarantined: { usage_agg_30d: 4 } },
    });
    // The key is there twice, whatever else is wrong with the first of them.
    expect(run.reasons.filter((reason: string) => reason.startsWith("usage"))).toEqual([
      `usage_agg_30d 2 ${U0}: watch_hours_30d type, avg_session_mins_7d type, rebuffer_events_7d between`,
      `usage_agg_30d 3 ${U1}: row row_shape`,
      "usage_agg_30d 4 null: user_id not_null",
      `usage_agg_30d 6 ${U0}: user_id unique`,
    ]);
    expect(run.nodes.map(({ row }: any) => row).slice(-4)).toEqual([
      {
        ...{ user_id: U0, watch_hours_30d: "1e400", avg_session_mins_7d: "x", unique_devices_30d: "1" },
        ...{ skips_7d: "1", rebuffer_events_7d: "-1" },
      },
      [U1, "1", "1", "1"],
      expect.objectContaining({ user_id: "" }),
      expect.objectContaining({ watch_hours_30d: "1.50", unique_devices_30d: "+1" }),
    ]);
    expect(run.nodes.at(-1).reasons).toEqual([
      { column: "user_id", expectation: "unique", rule: "must not appear twice" },
    ]);
    expect(await snapshotUsers("usage_agg_30d_snapshots", asOf)).toEqual([U3, ...USERS.slice(5)]);
    expect(await snapshotUsers("subscriptions_snapshots", asOf)).toEqual(USERS);
    const { success, quarantined: of, expectations } = run.report;
    expect(success).toBe(true);
    expect(of).toContainEqual({ source: "usage_agg_30d", file: "usage_agg_30d.csv", rows: 4, percent: 40 });
    const broken = expectations.filter((e: any) => !e.success);
    expect(broken.map((e: any) => [e.column, e.expectation, e.quarantined, e.unexpectedCount])).toEqual([
      [null, "row_shape", true, 1],
      ["user_id", "not_null", true, 1],
      ["user_id", "unique", true, 1],
      ["watch_hours_30d", "type", true, 1],
      ["avg_session_mins_7d", "type", true, 1],
      ["rebuffer_events_7d", "between", true, 1],
      ["rebuffer_events_7d", "between", false, 1],
    ]);
  });

  it("takes along the rows that refer to a user who is then unknown, from every source, and blames none of these", async () => {
    const users = userIds(10).map((id) => `N-${id}`);
    const [n0, n1] = users as [string, string];
    const files = smallDelivery(users);
    files.users![1] = `${n0},2022-02-30,Male,,,`;
    files.users![2] = `${n1},2022-01-01,Male,,`;
    files.users![3] = `${U2},never,Male,,,`; // known from the month before
    for (const source of Object.keys(files))
      files[source] = files[source]!.map((line) => line.replace(users[2]!, U2));
    const { reasons, asOf, result, nodes, report } = await ingest(files);
    const follow = (source: string) => [
      `${source} 2 ${n0}: user_id known_entity`,
      `${source} 3 ${n1}: user_id known_entity`,
    ];
    const others = ["labels", "payments_agg_90d", "subscriptions", "support_agg_90d", "usage_agg_30d"];
    expect(reasons).toEqual([
      ...others.flatMap(follow),
      `users 2 ${n0}: signup_date type`,
      `users 3 ${n1}: row row_shape`,
      `users 4 ${U2}: signup_date type`,
    ]);
    expect(nodes[0].reasons[0].rule).toBe("the row of this user_id in users.csv is in quarantine");
    expect(result.quarantined).toEqual({ users: 3, ...Object.fromEntries(others.map((name) => [name, 2])) });
    expect(await snapshotUsers("labels_snapshots", asOf)).toEqual([...users.slice(3), U2]);
    expect(report.success).toBe(true);
    expect(report.expectations.filter((e: any) => !e.success).map((e: any) => e.source)).toEqual([
      "users",
      "users",
    ]);
  });

  it("takes along the rows of a declared foreign key whose row is kept out", async () => {
    const files = usage({ 5: "F-3,never,1,1,1,1" });
    for (const source of Object.keys(files))
      files[source] = files[source]!.map((line) => line.replace(U3, "F-3"));
    const { reasons, error } = await ingest(files);
    expect(error).toBeNull();
    expect(reasons).toEqual([
      "payments_agg_90d 5 F-3: user_id foreign_key",
      "usage_agg_30d 5 F-3: watch_hours_30d type",
    ]);
  });

  it("has the content, hash for hash, of a delivery without the rows", async () => {
    const bad = await ingest(usage({ 3: `${U1},x,1,1,1,1`, 6: `${U4},1,1,9,1,1` }));
    expect(bad.reasons).toEqual([
      `usage_agg_30d 3 ${U1}: watch_hours_30d type`,
      `usage_agg_30d 6 ${U4}: row not_nine_devices`,
    ]);
    const files = smallDelivery(USERS);
    files.usage_agg_30d = files.usage_agg_30d!.filter((_, i) => i !== 2 && i !== 5);
    const without = await ingest(files);
    expect(without.snapshot!.contentSha256).toBe(bad.snapshot!.contentSha256);
    expect(without.result.quarantined).toEqual({});
  });

  it("leaves what a share tolerates and what is warned of; beyond the share it keeps all of them out", async () => {
    const tolerated = await ingest(usage({ 2: `${U0},1,1,1,21,1`, 3: `${U1},1,1,1,22,9` }));
    expect(tolerated.totalCount).toBe(0);
    const beyond = await ingest(
      usage({ 2: `${U0},1,1,1,21,1`, 3: `${U1},1,1,1,22,9`, 5: `${U3},1,1,1,23,1` }),
    );
    expect(beyond.reasons).toEqual(
      [2, 3, 5].map((line) => `usage_agg_30d ${line} ${USERS[line - 2]}: skips_7d between`),
    );
  });

  it("judges means and counts by what is left", async () => {
    // The mean of all is 1 003.
    const { error, totalCount } = await ingest(usage({ 4: `${U2},10000,1,1,x,1` }));
    expect({ error, totalCount }).toEqual({ error: null, totalCount: 1 });
  });

  const all = Object.fromEntries(USERS.map((id, i) => [i + 2, `${id},x,1,1,1,1`]));
  it.each<[string, Files, string]>([
    [
      "more rows than the ceiling",
      usage({ ...all, 8: smallDelivery(USERS).usage_agg_30d![7]! }),
      "usage_agg_30d.csv: 9 of 10 rows would be kept out; at most 50 % of the rows may be quarantined, and one must be left (quarantine). Nothing was published.",
    ],
    [
      "no row left",
      {
        ...smallDelivery(USERS),
        users: smallDelivery(USERS).users!.map((line, i) => (i ? `${line},` : line)),
      },
      "users.csv: 10 of 10 rows would be kept out; at least one row must be left outside the quarantine (quarantine)",
    ],
    [
      "a column that is missing",
      { ...smallDelivery(USERS), usage_agg_30d: ["user_id,skips_7d", `${U0},1`] },
      "usage_agg_30d.csv, line 1: watch_hours_30d is missing, ",
    ],
    [
      "a quote that is never closed",
      usage({ 11: `"${U5}` }),
      "usage_agg_30d.csv, line 11: a quote opened here is never closed",
    ],
    [
      "a mean out of range",
      usage({ 3: `${U1},9999,1,1,1,1` }),
      "usage_agg_30d.csv, column watch_hours_30d: mean 1004.41; must have a mean between 0 and 100 (mean_between)",
    ],
    [
      "a query that names no rows",
      usage({ 3: `${U1},1,1,8,1,1` }),
      "usage_agg_30d.csv: eight; the declared query must select no row (not_eight_devices)",
    ],
    [
      "an invalid row of a source that does not quarantine",
      { ...usage({ 3: `${U1},x,1,8,1,1` }), labels: ["user_id,churn_label", `${U0},maybe`] },
      "usage_agg_30d.csv: eight",
    ],
  ])("fails all the same on %s, and keeps nothing", async (_, files, message) => {
    const { status, error, totalCount } = await ingest(files);
    expect(status).toBe("FAILED");
    expect(error!.message.slice(0, message.length)).toBe(message);
    expect(totalCount).toBe(0);
  });

  it("finds the same files unchanged, and answers with what their publication kept out", async () => {
    const files = usage({ 3: `${U1},x,1,1,1,1` });
    const first = await ingest(files);
    const again = await ingest(files, first.asOf);
    expect(again.result).toMatchObject({
      ...{ unchanged: true, revision: 1, quarantined: { usage_agg_30d: 1 }, quarantinedBy: first.id },
    });
    expect(again.nodes).toEqual(first.nodes);
  });

  it("looks again at rows that were kept out for a user who has come since", async () => {
    const files = usage({ 3: "late-1,1,1,1,1,1" });
    const first = await ingest(files);
    expect(first.reasons).toEqual(["usage_agg_30d 3 late-1: user_id known_entity"]);
    await ingest(smallDelivery([...USERS.slice(1), "late-1"]));
    const again = await ingest(files, first.asOf);
    expect(again).toMatchObject({
      result: { unchanged: false, revision: 2, quarantined: {} },
      totalCount: 0,
    });
  });

  it("names rows of Parquet and gzip by the file that was delivered", async () => {
    const { gzipSync } = await import("node:zlib");
    const asOf = nextDate();
    writeDelivery(app.dataDir, "packed", usage({ 3: `${U1},x,1,1,1,1` }));
    const csv = join(app.dataDir, "packed/usage_agg_30d.csv");
    writeFileSync(`${csv}.gz`, gzipSync(`${usage({ 3: `${U1},x\0y,1,1,1,1` }).usage_agg_30d!.join("\n")}\n`));
    rmSync(csv);
    const { id } = await app.client.ingest("packed", asOf);
    const { report, nodes } = await quarantined(id);
    expect(report.quarantined).toEqual([
      { source: "usage_agg_30d", file: "usage_agg_30d.csv.gz", rows: 1, percent: 10 },
    ]);
    expect(nodes[0]).toMatchObject({ line: 3, row: { watch_hours_30d: "x\0y" } });
  });

  it("lists a page at a time, of one source or all, and refuses another list's cursor", async () => {
    const lines = Object.fromEntries([2, 3, 4, 5].map((line) => [line, `${USERS[line - 2]},x,1,1,1,1`]));
    const files = usage(lines);
    files.users!.push("X-1,never,,,,");
    const { id } = await ingest(files);
    const first = await quarantined(id, { first: 3 });
    expect([first.totalCount, first.nodes.map((row: any) => row.line), first.pageInfo.hasNextPage]).toEqual([
      5,
      [2, 3, 4],
      true,
    ]);
    const rest = await quarantined(id, { first: 3, after: first.pageInfo.endCursor });
    expect(rest.nodes.map((row: any) => `${row.source} ${row.line}`)).toEqual([
      "usage_agg_30d 5",
      "users 12",
    ]);
    expect((await quarantined(id, { source: "users" })).totalCount).toBe(1);
    expect(await app.client.error(QUARANTINED, { id, first: 0 })).toMatchObject({ code: "BAD_USER_INPUT" });
    const after = Buffer.from('["a","b"]').toString("base64url");
    expect(await app.client.error(QUARANTINED, { id, first: 1, after })).toMatchObject({
      code: "BAD_USER_INPUT",
    });
  });

  it("stages and checks again where the step that takes rows out was cut off", async () => {
    writeDelivery(app.dataDir, "delivery", usage({ 3: `${U1},x,1,1,1,1`, 6: `${U5},1,1,1,1,1` }));
    const client = createClient(app.url);
    await client.connect();
    try {
      // The report is saved when the rows have been taken out of staging.
      await client.query("begin; lock table artifacts in access exclusive mode");
      const { ingest } = await app.client.query(
        'mutation($asOf: Date!) { ingest(input: { source: "delivery", asOf: $asOf }) { id } }',
        { asOf: nextDate() },
      );
      await until("the run waits for the lock, and its connection is cut", async () => {
        const { rows } = await client.query(
          `select pg_terminate_backend(pid) from pg_locks
           where relation = 'artifacts'::regclass and database = (select oid from pg_database where datname = current_database())
             and not granted and pid <> pg_backend_pid()`,
        );
        return rows.length > 0;
      });
      await client.query("commit");
      const run = await app.client.finished(ingest.id);
      expect(run).toMatchObject({ status: "SUCCEEDED", error: null });
      expect((await quarantined(run.id)).reasons).toEqual([
        `usage_agg_30d 3 ${U1}: watch_hours_30d type`,
        `usage_agg_30d 7 ${U5}: user_id unique`,
      ]);
    } finally {
      await client.end();
    }
  });
});
