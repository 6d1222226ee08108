import { afterAll, beforeAll, expect, it } from "vitest";
import { createPool, type Pool } from "../../src/db/pool.js";
import { prepareParts } from "../../src/ingest/prepared-parts.js";
import { createStagingTable, dropStaging, stagingTable, sweepStaging } from "../../src/ingest/staging.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { smallDelivery, writeDelivery } from "../support/delivery.js";
import { testing as definitions } from "../support/deployment/testing.js";
import { stagingTables } from "../support/store-dump.js";

const RUN = "11111111-2222-4333-8444-555555555555";
const JANUARY = "2024-01-31";
const FEBRUARY = "2024-02-29";
const USAGE = definitions.sources.find(({ name }) => name === "usage_agg_30d")!;

let app: TestApp;
let pool: Pool;
beforeAll(async () => {
  app = await startTestApp();
  writeDelivery(app.dataDir, "delivery", smallDelivery(["U-1", "U-2"]));
  expect((await app.client.ingest("delivery", JANUARY)).error).toBeNull();
  pool = createPool(app.url, 3);
  for (const source of definitions.sources) await createStagingTable(pool, definitions, RUN, source);
  await pool.query(
    `insert into ${stagingTable(RUN, USAGE)} (line, user_id, skips_7d) values (2, 'U-2', 7), (3, 'U-1', 5)`,
  );
});
afterAll(async () => {
  await pool?.end();
  await app?.stop();
});

const attach = (table: string, asOf: string) =>
  app.sql(`select asof_attach_prepared('${table}', 'usage_agg_30d_snapshots', '${asOf}') as attached`);

it("a date's partitions are prepared with rows, key and statistics, and nobody reads them yet", async () => {
  const prepared = await prepareParts(pool, definitions, { runId: RUN, asOf: FEBRUARY });
  expect([...prepared.tables.keys()].sort()).toEqual([
    "labels",
    "payments_agg_90d",
    "subscriptions",
    "support_agg_90d",
    "usage_agg_30d",
    "users",
  ]);
  const table = prepared.tables.get("usage_agg_30d")!;
  expect(await app.sql(`select snapshot_id, as_of, user_id, skips_7d from staging.${table}`)).toEqual([
    { snapshot_id: prepared.snapshotId, as_of: FEBRUARY, user_id: "U-1", skips_7d: 5 },
    { snapshot_id: prepared.snapshotId, as_of: FEBRUARY, user_id: "U-2", skips_7d: 7 },
  ]);
  expect(await app.sql(`select reltuples::int as rows from pg_class where relname = '${table}'`)).toEqual([
    { rows: 2 },
  ]);
  expect(await app.sql("select distinct as_of from usage_agg_30d_snapshots")).toEqual([{ as_of: JANUARY }]);
  await dropStaging(pool, RUN);
  expect(await stagingTables(app)).toEqual([]);
});

it("one that is attached is a partition like any other, and a second for its date is refused", async () => {
  for (const source of definitions.sources) await createStagingTable(pool, definitions, RUN, source);
  const [first, second] = [
    await prepareParts(pool, definitions, { runId: RUN, asOf: FEBRUARY }),
    await prepareParts(pool, definitions, { runId: RUN, asOf: FEBRUARY }),
  ].map(({ tables }) => tables.get("usage_agg_30d")!) as [string, string];
  expect(await attach(first, FEBRUARY)).toEqual([{ attached: true }]);
  expect(await attach(second, FEBRUARY)).toEqual([{ attached: false }]);
  const shapeOf = (date: string) =>
    app.sql(
      `select c.relname as relation, c.reloptions as options,
         array(select tgname::text from pg_trigger where tgrelid = c.oid order by 1) as triggers,
         array(select conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
               where conrelid = c.oid and contype <> 'n' order by 1) as constraints
       from pg_class c where relname = 'usage_agg_30d_snapshots_' || '${date}'`,
    );
  const [made] = await shapeOf("20240229");
  expect(made).toEqual({
    relation: "usage_agg_30d_snapshots_20240229",
    options: null,
    triggers: ["refuse_change", "refuse_insert", "refuse_truncate"],
    constraints: ["usage_agg_30d_snapshots_20240229_pkey PRIMARY KEY (snapshot_id, user_id, as_of)"],
  });
  const [published] = await shapeOf("20240131");
  expect(JSON.stringify(published)).toBe(JSON.stringify(made).replaceAll("20240229", "20240131"));
});

it("of a date that has its partitions nothing is prepared", async () => {
  const prepared = await prepareParts(pool, definitions, { runId: RUN, asOf: JANUARY });
  expect(prepared.tables.size).toBe(0);
});

it("what a run prepared and never attached is swept away with its staging", async () => {
  await createStagingTable(pool, definitions, RUN, USAGE);
  expect((await stagingTables(app)).length).toBeGreaterThan(0);
  await sweepStaging(pool);
  expect(await stagingTables(app)).toEqual([]);
});
