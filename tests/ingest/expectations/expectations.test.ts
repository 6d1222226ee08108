import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool, type Pool } from "../../../src/db/pool.js";
import { contentHash } from "../../../src/db/snapshots/content-hash.js";
import { declaredColumns } from "../../../src/db/snapshots/snapshot-parts.js";
import type { Deployment } from "../../../src/definitions/language/deployment.js";
import {
  type Expectation,
  expectColumn,
  expectKey,
  expectPair,
  expectRowCount,
  expectSql,
} from "../../../src/definitions/language/expectation.js";
import { ExpectationTally } from "../../../src/ingest/expectation-tally.js";
import { checkDeclaredRows } from "../../../src/ingest/set-checks.js";
import { createStagingTable, stagingTable } from "../../../src/ingest/staging.js";
import { failureInWords, reportOf } from "../../../src/ingest/validation-report.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import { changedSources } from "../../support/changed-sources.js";
import { createDatabase, type TestDatabase } from "../../support/database.js";
import { type Files, smallDelivery, userIds, writeDelivery } from "../../support/delivery.js";
import { testing } from "../../support/deployment/testing.js";

const USERS = userIds(10);
const EXPECTED: Record<string, Expectation[]> = {
  users: [
    expectKey().matchesRegex(/^U-\d{5}$/),
    expectColumn("signup_date").dateBetween("2022-01-01", "2022-12-31"),
    expectColumn("signup_date").unique(),
  ],
  subscriptions: [
    expectColumn("monthly_fee").meanBetween(20, 30),
    expectColumn("contract_type").matchesRegex("^(Month|One|Two)"),
    expectPair("total_paid").greaterThan("monthly_fee", { mostly: 0.9 }),
    expectSql(
      "fiber_is_not_free",
      "select * from {batch} where net_service = 'Fiber optic' and monthly_fee = 0",
    ),
  ],
  usage_agg_30d: [
    expectRowCount().between(10, 10),
    expectColumn("watch_hours_30d").notNull({ mostly: 0.8 }),
    expectColumn("skips_7d").between(0, 20, { mostly: 0.9 }),
    expectColumn("skips_7d").between(0, 5, { severity: "WARNING" }),
    expectColumn("unique_devices_30d").inSet([1, 2, 3]),
  ],
  payments_agg_90d: [
    expectSql(
      "payer_has_a_subscription",
      "select p.line, p.user_id, 'no subscription' as value from {batch} p left join {subscriptions} s using (user_id) where s.user_id is null",
    ),
    expectKey().foreignKey({ name: "usage_agg_30d" }),
  ],
};

/** The test deployment, with expectations of the test's own. */
const withExpectations = (expected: Record<string, Expectation[]>) =>
  changedSources(
    Object.fromEntries(Object.entries(expected).map(([name, expectations]) => [name, { expectations }])),
  );

/** The small delivery with cells replaced: by file, then line number, then column. */
function delivery(cells: Record<string, Record<number, Record<string, string>>>): Files {
  const files = smallDelivery(USERS);
  for (const [file, lines] of Object.entries(cells)) {
    const header = files[file]![0]!.split(",");
    for (const [line, columns] of Object.entries(lines)) {
      const fields = files[file]![Number(line) - 1]!.split(",");
      for (const [column, text] of Object.entries(columns)) fields[header.indexOf(column)] = text;
      files[file]![Number(line) - 1] = fields.join(",");
    }
  }
  return files;
}

describe("what a source declares of its rows", () => {
  let app: TestApp;
  let months = 0;
  beforeAll(async () => {
    app = await startTestApp({ definitions: withExpectations(EXPECTED) });
    const { error } = await ingest(smallDelivery(USERS));
    expect(error).toBeNull();
  });
  afterAll(() => app?.stop());

  async function ingest(files: Files) {
    writeDelivery(app.dataDir, "delivery", files);
    const run = await app.client.ingest("delivery", `2024-01-${String(++months).padStart(2, "0")}`);
    const unexpected = run.validation!.expectations.filter(({ unexpectedCount }) => unexpectedCount > 0);
    return { ...run, unexpected };
  }

  it.each<[title: string, cells: Parameters<typeof delivery>[0], message: string]>([
    [
      "a date out of range",
      { users: { 3: { signup_date: "1999-01-01" } } },
      'users.csv, line 3, column signup_date: value "1999-01-01" must be between 2022-01-01 and 2022-12-31 (date_between). Nothing',
    ],
    [
      "a value twice in a unique column",
      { users: { 5: { signup_date: "2022-01-01" } } },
      'users.csv, line 5, column signup_date: value "2022-01-01" must not appear twice (unique). Nothing',
    ],
    [
      "a mean out of range",
      { subscriptions: { 2: { monthly_fee: "90.5", total_paid: "100" } } },
      "subscriptions.csv, column monthly_fee: mean 32; must have a mean between 20 and 30 (mean_between). Nothing",
    ],
    [
      "a mean of values whose sum is beyond a double",
      {
        subscriptions: {
          2: { monthly_fee: "1.7e308", total_paid: "1.75e308" },
          3: { monthly_fee: "1.7e308", total_paid: "1.75e308" },
        },
      },
      "subscriptions.csv, column monthly_fee: mean 3.4e+307; must have a mean between 20 and 30 (mean_between). Nothing",
    ],
    [
      "more rows of a pair than are tolerated",
      { subscriptions: { 2: { total_paid: "1" }, 4: { total_paid: "22.5" } } },
      'subscriptions.csv, line 2, column total_paid: value "1, where monthly_fee is 20.5" must be greater than monthly_fee, in at least 90 % of the values',
    ],
    [
      "a row that a query selects",
      { subscriptions: { 2: { monthly_fee: "0" } } },
      "subscriptions.csv, line 2: ",
    ],
    [
      "more empty values than are tolerated",
      {
        usage_agg_30d: {
          2: { watch_hours_30d: "" },
          3: { watch_hours_30d: "" },
          4: { watch_hours_30d: "" },
        },
      },
      "usage_agg_30d.csv, line 2, column watch_hours_30d: must not be empty, in at least 80 % of the values (not_null); 3 violations",
    ],
    [
      "a number outside its set",
      { usage_agg_30d: { 6: { unique_devices_30d: "4" } } },
      'usage_agg_30d.csv, line 6, column unique_devices_30d: value "4" must be one of 1, 2, 3 (in_set). Nothing',
    ],
  ])("fails on %s", async (_, cells, message) => {
    const { error } = await ingest(delivery(cells));
    expect(error!.code).toBe("VALIDATION_FAILED");
    expect(error!.message.slice(0, message.length)).toBe(message);
  });

  it("fails on a file with too few rows, and on keys another file does not have", async () => {
    const stranger = "X-1";
    const files = smallDelivery([...USERS, stranger]);
    files.usage_agg_30d = files.usage_agg_30d!.slice(0, -2);
    files.subscriptions = files.subscriptions!.slice(0, -1);
    const { unexpected } = await ingest(files);
    expect(unexpected.map((e) => [e.source, e.expectation, e.sample[0]])).toEqual([
      ["users", "matches_regex", { line: 12, userId: "X-1", value: "X-1" }],
      ["usage_agg_30d", "row_count_between", { line: 0, userId: null, value: "9 rows" }],
      ["usage_agg_30d", "between", expect.anything()],
      ["payments_agg_90d", "payer_has_a_subscription", { line: 12, userId: "X-1", value: "no subscription" }],
      ["payments_agg_90d", "foreign_key", { line: 12, userId: "X-1", value: "X-1" }],
    ]);
  });

  it("tolerates exactly the declared share, warns without failing, and publishes the values as they are", async () => {
    const run = await ingest(
      delivery({
        usage_agg_30d: { 3: { skips_7d: "999" }, 4: { watch_hours_30d: "" }, 5: { watch_hours_30d: "" } },
      }),
    );
    expect(run.error).toBeNull();
    expect(run.validation!.success).toBe(true);
    expect(
      run.unexpected.map((e) => [
        e.expectation,
        e.severity,
        e.success,
        e.unexpectedCount,
        e.unexpectedPercent,
      ]),
    ).toEqual([
      ["not_null", "ERROR", true, 2, 20],
      ["between", "ERROR", true, 1, 10],
      ["between", "WARNING", false, 2, 20],
    ]);
    const rows = await app.sql("select skips_7d from usage_agg_30d where user_id = $1", [USERS[1]]);
    expect(rows).toEqual([{ skips_7d: 999 }]);
  });

  it("leaves empty values out of the share", async () => {
    // 4 of 5 values are as expected, which is less than 0.9; of 10 rows 9 would be.
    const empty = Object.fromEntries([2, 3, 4, 5, 6].map((line) => [line, { skips_7d: "" }]));
    const { unexpected } = await ingest(delivery({ usage_agg_30d: { ...empty, 7: { skips_7d: "21" } } }));
    expect(unexpected[0]).toMatchObject({ success: false, unexpectedCount: 1, unexpectedPercent: 20 });
  });

  it("reports observed values, what was expected and mostly through GraphQL, and keeps the page as an artifact", async () => {
    const run = await ingest(delivery({ users: { 2: { signup_date: "1999-01-01" } } }));
    const { run: asked } = await app.client.query(
      `query($id: ID!) { run(id: $id) { status artifacts { name mediaType url }
         validation { expectations { expectation observed mostly rule } } } }`,
      { id: run.id },
    );
    expect(asked.status).toBe("FAILED");
    const of = (name: string) => asked.validation.expectations.find((e: any) => e.expectation === name);
    expect(of("mean_between")).toEqual({
      expectation: "mean_between",
      observed: { mean: 25, values: 10 },
      mostly: 1,
      rule: "must have a mean between 20 and 30",
    });
    expect(of("column_pair_greater").mostly).toBe(0.9);
    const page = asked.artifacts.find((a: any) => a.name === "validation_report.html");
    expect(page.mediaType).toBe("text/html; charset=utf-8");
    const response = await fetch(new URL(page.url, app.asof.address));
    expect(await response.text()).toContain("<code>1999-01-01</code>");
  });

  it("does not say of files that could not be read that they are as expected", async () => {
    const { id } = await ingest({ ...smallDelivery(USERS), subscriptions: ["user_id", "U-00000"] });
    const [run] = await app.sql("select validation from runs where id = $1", [id]);
    const of = (name: string) => run!.validation.expectations.find((e: any) => e.expectation === name);
    expect(of("mean_between").observed).toMatchObject({ skipped: true });
    expect(of("payer_has_a_subscription").observed).toMatchObject({ skipped: true });
    expect(of("row_count_between").observed).toEqual({ rows: 10 });
  });
});

describe("a declared query", () => {
  const RUN = "11111111-2222-4333-8444-555555555555";
  let database: TestDatabase;
  let pool: Pool;
  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.url, 2);
    await pool.query("create schema staging");
  });
  afterAll(async () => {
    await pool?.end();
    await database?.drop();
  });

  it.each([
    ["cannot be run", "select * from {batch} where no_such_column", 'column "no_such_column" does not exist'],
    ["would write", "delete from {batch} returning *", "at the top level|read-only transaction"],
    ["would write by a function", "select nextval('staging.counter') from {batch}", "read-only transaction"],
  ])("that %s fails with the database's words, whatever is tolerated", async (_, sql, words) => {
    const definitions = withExpectations({ users: [expectSql("own_query", sql, { mostly: 0.1 })] });
    const users = definitions.entities[0]!.source;
    await createStagingTable(pool, definitions, RUN, users);
    await pool.query(`insert into ${stagingTable(RUN, users)} (line, user_id) values (2, 'U-1')`);
    await pool.query("create sequence if not exists staging.counter");
    const tally = new ExpectationTally(definitions);
    tally.countRows("users", 1);
    await checkDeclaredRows(pool, definitions, RUN, users, tally);
    expect(failureInWords(tally)).toMatch(
      new RegExp(`^users.csv.*the query failed: .*(${words}).*\\(own_query\\)`),
    );
    expect(reportOf(tally).success).toBe(false);
  });

  it("and every other expectation leaves the content hash of a snapshot as it is", async () => {
    const relation = "(select 'U-1' as user_id, true as churn_label)";
    const hashOf = (definitions: Deployment) => {
      const source = definitions.sources.find(({ name }) => name === "labels")!;
      const hashed = { name: "labels", key: "user_id", columns: declaredColumns(source) };
      return contentHash(pool, hashed, relation);
    };
    const changed = withExpectations({
      labels: [expectColumn("churn_label").unique(), expectRowCount().between(1, 2)],
    });
    expect(await hashOf(changed)).toEqual(await hashOf(testing));
  });
});
