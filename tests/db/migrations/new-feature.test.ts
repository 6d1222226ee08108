import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrationStatements, schemaState } from "../../../scripts/migration-statements.js";
import { createPool } from "../../../src/db/pool.js";
import { float, int, string } from "../../../src/definitions/language/column.js";
import {
  deployment,
  featureService,
  featureView,
  type Source,
  source,
} from "../../../src/definitions/language/deployment.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import { type Files, smallDelivery, userIds, writeDelivery } from "../../support/delivery.js";
import { testing } from "../../support/deployment/testing.js";
import type { FinishedRun } from "../../support/graphql.js";

const USERS = userIds(60);

/** The test deployment, one more column and feature in a view, and one more source and view. */
function extended() {
  const usage = testing.sources.find(({ name }) => name === "usage_agg_30d")!;
  const grown: Source = {
    ...usage,
    columns: { ...usage.columns, searches_7d: int({ min: 0, description: "Searches in the last 7 days." }) },
  };
  const devices = source("devices", {
    columns: { main_device: string({ oneOf: ["tv", "phone"] }), device_age_years: float({ min: 0 }) },
  });
  const views = [
    ...testing.views.map((view) =>
      view.source === usage
        ? featureView(view.name, { source: grown, features: [...view.features, "searches_7d"] })
        : view,
    ),
    featureView("device_profile", {
      source: devices,
      features: ["main_device", "device_age_years"],
      ttlDays: 36_500,
    }),
  ];
  return deployment({
    ...testing,
    sources: [...testing.sources.map((each) => (each === usage ? grown : each)), devices],
    views,
    services: testing.services.map(({ name, ...service }) => featureService(name, { ...service, views })),
  });
}

function delivery(searches: (i: number) => string = String): Files {
  const files = smallDelivery(USERS);
  const usage = files.usage_agg_30d!.map((line, i) =>
    i === 0 ? `${line},searches_7d` : `${line},${searches(i)}`,
  );
  const devices = USERS.map((user, i) => `${user},${i % 2 ? "phone" : "tv"},${i % 4 ? i / 4 : ""}`);
  return { ...files, usage_agg_30d: usage, devices: ["user_id,main_device,device_age_years", ...devices] };
}

describe("a column, a feature, a source and a view that are declared and migrated", () => {
  let app: TestApp;
  let ingested: FinishedRun;
  let statements: string[];

  beforeAll(async () => {
    const definitions = extended();
    statements = await migrationStatements(schemaState(testing), schemaState(definitions));
    app = await startTestApp({
      definitions,
      prepare: async (url) => {
        const pool = createPool(url, 1);
        for (const statement of statements) await pool.query(statement);
        await pool.end();
      },
    });
    writeDelivery(app.dataDir, "january", delivery());
    ingested = await app.client.ingest("january", "2024-01-31");
  });
  afterAll(() => app?.stop());

  it("need a column in four tables and four tables of their own", () => {
    expect(statements.map((sql) => sql.split(" (")[0]!.replaceAll(/\s+/g, " "))).toEqual([
      'CREATE TABLE "devices"',
      'CREATE TABLE "devices_snapshots"',
      'CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "devices_snapshots" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();',
      'CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "devices_snapshots" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();',
      'CREATE TRIGGER refuse_insert AFTER INSERT ON "devices_snapshots" REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_published();',
      'CREATE TABLE "device_profile_online"',
      'CREATE TABLE "device_profile_pushes"',
      'CREATE TRIGGER guard_push BEFORE INSERT OR UPDATE OR DELETE ON "device_profile_pushes" FOR EACH ROW EXECUTE FUNCTION asof_guard_push();',
      'CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "device_profile_pushes" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();',
      'ALTER TABLE "usage_agg_30d" ADD COLUMN "searches_7d" integer;',
      'ALTER TABLE "usage_agg_30d_snapshots" ADD COLUMN "searches_7d" integer;',
      'ALTER TABLE "usage_agg_30d_online" ADD COLUMN "searches_7d" integer;',
      'ALTER TABLE "usage_agg_30d_pushes" ADD COLUMN "searches_7d" integer;',
      'CREATE INDEX "device_profile_pushes_user" ON "device_profile_pushes" USING btree',
      'CREATE INDEX "device_profile_pushes_pending" ON "device_profile_pushes" USING btree',
    ]);
  });

  it("are in the live, the snapshot and the online table", async () => {
    expect(ingested).toMatchObject({ status: "SUCCEEDED", error: null });
    for (const table of ["usage_agg_30d", "usage_agg_30d_snapshots", "usage_agg_30d_online"]) {
      const rows = await app.sql(`select searches_7d from ${table} where user_id = $1`, [USERS[6]]);
      expect([table, rows]).toEqual([table, [{ searches_7d: 7 }]]);
    }
    for (const table of ["devices", "devices_snapshots", "device_profile_online"]) {
      const rows = await app.sql(`select main_device, device_age_years from ${table} where user_id = $1`, [
        USERS[6],
      ]);
      expect([table, rows]).toEqual([table, [{ main_device: "tv", device_age_years: 1.5 }]]);
    }
  });

  it("are partitioned by date and immutable like those that were there", async () => {
    const partitions = await app.sql(
      "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'devices_snapshots'::regclass",
    );
    expect(partitions).toEqual([{ name: "devices_snapshots_20240131" }]);
    for (const sql of [
      "update devices_snapshots set main_device = 'tv'",
      "delete from devices_snapshots_20240131",
      "truncate devices_snapshots_20240131",
      "truncate devices_snapshots",
    ]) {
      await expect(app.sql(sql), sql).rejects.toThrow(/is refused: its rows are immutable/);
    }
  });

  it("are part of the snapshot and its hash", async () => {
    const { snapshot } = await app.client.query(
      '{ snapshot(asOf: "2024-01-31") { views { name rowCount } } }',
    );
    expect(snapshot.views).toContainEqual({ name: "device_profile", rowCount: 60 });
  });

  it("are checked: expectations of each are in the report", () => {
    const added = ingested.validation!.expectations.filter(
      ({ source, column }) => source === "devices" || column === "searches_7d",
    );
    expect(added.map(({ column, expectation }) => `${column ?? ""} ${expectation}`)).toEqual([
      "searches_7d type",
      "searches_7d between",
      " readable",
      " column_set",
      " row_count",
      " row_shape",
      "user_id not_null",
      "user_id type",
      "user_id unique",
      "user_id known_entity",
      "main_device type",
      "main_device in_set",
      "device_age_years type",
      "device_age_years between",
    ]);
  });

  it.each([
    [
      "text in the new column",
      "usage_agg_30d",
      ["user_id,searches_7d", "many"],
      'usage_agg_30d.csv, line 2, column searches_7d: value "many" must be a whole number',
    ],
    [
      "a device of no known kind",
      "devices",
      ["user_id,main_device,device_age_years", `${USERS[0]},car,1`],
      'devices.csv, line 2, column main_device: value "car" must be one of "tv", "phone" (in_set)',
    ],
  ])("refuse %s, naming the column", async (_, file, [header, row], message) => {
    const files = file === "devices" ? { ...delivery(), devices: [header!, row!] } : delivery(() => row!);
    writeDelivery(app.dataDir, "broken", files);
    const { error } = await app.client.ingest("broken", "2024-02-29");
    expect(error).toMatchObject({ code: "VALIDATION_FAILED", message: expect.stringContaining(message) });
  });

  it("are fields of GraphQL's Features, described, and in the view's definition", async () => {
    const { __type, featureView, features } = await app.client.query(
      `query($id: ID!) { __type(name: "Features") { fields { name description type { name } } }
         featureView(name: "usage_agg_30d") { features { name field type description } }
         features(userId: $id, asOf: "2024-01-31") { json
           values { searches7d mainDevice deviceAgeYears } statuses { name status ttlSeconds } } }`,
      { id: USERS[6] },
    );
    expect(__type.fields).toContainEqual({
      name: "searches7d",
      description: "Searches in the last 7 days.",
      type: { name: "Int" },
    });
    expect(featureView.features.at(-1)).toEqual({
      name: "searches_7d",
      field: "searches7d",
      type: "int",
      description: "Searches in the last 7 days.",
    });
    expect(features.values).toEqual({ searches7d: 7, mainDevice: "tv", deviceAgeYears: 1.5 });
    expect(features.json).toMatchObject({ searches_7d: 7, main_device: "tv", device_age_years: 1.5 });
    expect(features.statuses).toContainEqual({
      name: "main_device",
      status: "PRESENT",
      ttlSeconds: 36_500 * 86_400,
    });
  });

  it("are in the REST answer", async () => {
    const response = await fetch(`${app.asof.address}/features/${USERS[0]}`);
    expect(await response.json()).toMatchObject({
      user_id: USERS[0],
      features: { searches_7d: 1, main_device: "tv", device_age_years: null },
    });
  });

  it("are inputs of a model that is trained from then on", async () => {
    const run = await app.client.train({ asOf: "2024-01-31", algorithm: "LOGISTIC_REGRESSION" });
    expect(run.error).toBeNull();
    const [version] = await app.sql("select signature from model_versions");
    expect(version!.signature.features.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(["searches_7d", "main_device", "device_age_years"]),
    );
  });
});
