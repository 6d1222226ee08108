import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUILD, TESTING } from "../../support/build.js";
import { asof as asofCli } from "../../support/cli.js";
import { type Cluster, startCluster } from "../../support/cluster.js";
import { smallDelivery, userIds } from "../../support/delivery.js";
import { testing } from "../../support/deployment/testing.js";
import type { TestProcess } from "../../support/process.js";
import { until } from "../../support/until.js";
import { startWarehouse, type TestWarehouse } from "../../support/warehouse.js";

/** Every source a query: there is no folder anywhere. */
const MODULE = `
  import { createAsof, sql } from ${JSON.stringify(pathToFileURL(resolve(BUILD, "process/front.js")).href)};
  import { definitions } from "${TESTING}";
  const sources = definitions.sources.map((source) => ({
    ...source, from: sql("WAREHOUSE_URL", "select * from " + source.name + " where {asOf} is not null"),
  }));
  const of = ({ name }) => sources.find((source) => source.name === name);
  const moved = (view) => ({ ...view, source: of(view.source) });
  export default createAsof({ definitions: {
    ...definitions, sources, views: definitions.views.map(moved),
    entities: definitions.entities.map(({ entity, source }) => ({ entity, source: of(source) })),
    services: definitions.services.map((service) => ({
      ...service, views: service.views.map(moved), label: { ...service.label, source: of(service.label.source) },
    })),
  } });`;

describe("an API process without access to any data", () => {
  const folder = mkdtempSync(join(tmpdir(), "asof-no-data-"));
  const module = join(folder, "queries.mjs");
  let cluster: Cluster;
  let warehouse: TestWarehouse;
  let api: TestProcess;
  let worker: TestProcess;
  let own: Record<string, string>;

  beforeAll(async () => {
    writeFileSync(module, MODULE);
    [cluster, warehouse] = await Promise.all([startCluster(), startWarehouse()]);
    const content = smallDelivery(userIds(40));
    for (const source of testing.sources) await warehouse.fill(source, "user_id", content[source.name]!);
    own = { ASOF_DEFINITIONS: module, DATA_DIR: join(folder, "nowhere"), WAREHOUSE_URL: "" };
    api = await cluster.start("api", own);
  });
  afterAll(async () => {
    await cluster?.stop();
    await warehouse?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("starts without a warning, serves, and is well", async () => {
    const health = await fetch(`${api.client.address}/health`);
    expect([health.status, (await health.json()).problems ?? []]).toEqual([200, []]);
    expect((await fetch(`${api.client.address}/ready`)).status).toBe(200);
    expect(api.output()).not.toMatch(/DATA_DIR|WAREHOUSE_URL/);
  });

  it("takes an ingest by its date alone, which a worker executes that has access", async () => {
    worker = await cluster.start("worker", { ...own, WAREHOUSE_URL: warehouse.url });
    const { ingest } = await api.client.query(
      `mutation { ingest(input: { asOf: "2024-01-31" }) { id params } }`,
    );
    expect(ingest.params).toMatchObject({ source: "2024-01-31", asOf: "2024-01-31" });
    const run = await api.client.finished(ingest.id);
    expect(run.error).toBeNull();
    expect(run.result.rows.labels).toMatchObject({ rows: 40, inserted: 40 });
  });

  it("has schedules that name no source", async () => {
    const { setSchedule } = await api.client.query(
      `mutation($input: ScheduleInput!) { setSchedule(input: $input) { name paused } }`,
      { input: { name: "nightly", cron: "0 3 * * *", kind: "INGEST", params: { asOf: "{date}" } } },
    );
    expect(setSchedule.name).toBe("nightly");
  });

  it("lists today, which can be ingested at any time", async () => {
    const { scanDeliveries } = await api.client.query("mutation { scanDeliveries }");
    await until("a worker has looked", async () => {
      const { deliveries } = await api.client.query("{ deliveries { scannedAt } }");
      return deliveries?.scannedAt >= scanDeliveries;
    });
    const { deliveries: list } = await api.client.query(
      "{ deliveries { scannedAt problem nodes { name files { name } } } }",
    );
    expect(list).toMatchObject({
      problem: null,
      nodes: [{ files: testing.sources.map(({ name }) => ({ name: `${name} (query)` })) }],
    });
    expect(list.nodes[0].name).toMatch(/^\d{4}-\d\d-\d\d$/);
  });

  it("starts it by the command line, too", async () => {
    const { out, code } = await asofCli(["ingest", "--as-of", "2024-02-29", "--follow"], {
      ASOF_URL: api.client.address,
    });
    expect([code, out]).toEqual([0, expect.stringContaining("SUCCEEDED")]);
  });

  it("has the run fail with what is wrong where the worker cannot read it either", async () => {
    await worker.stop();
    worker = await cluster.start("worker", own);
    expect(worker.output()).toContain("WAREHOUSE_URL is not set; no ingest will find the rows of users");
    const run = await api.client.ingest("march", "2024-03-31");
    expect(run.error).toMatchObject({
      code: "SOURCE_UNREADABLE",
      message: expect.stringContaining("WAREHOUSE_URL is not set"),
    });
  });

  it("never shows the password: not in its answers, not in any process's log, nor in the database", async () => {
    const { password } = new URL(warehouse.url);
    const wrong = warehouse.url.replace("127.0.0.1", "127.0.0.2").replace(/:\d+\/postgres$/, ":1/postgres");
    await worker.stop();
    const logs = [worker.output()];
    worker = await cluster.start("worker", { ...own, WAREHOUSE_URL: wrong, LOG_LEVEL: "trace" });
    const run = await api.client.ingest("march", "2024-03-31");
    expect(run.error).toMatchObject({ code: "SOURCE_UNREADABLE" });
    const stored = await cluster.sql(
      "select to_jsonb(r) as row from runs r union all select to_jsonb(e) from run_events e union all select to_jsonb(s) from snapshots s",
    );
    const everything = [...logs, worker.output(), api.output(), JSON.stringify([run, stored])].join("\n");
    expect(password.length).toBeGreaterThan(8);
    expect(everything).not.toContain(password);
  });

  it("is found fit by doctor, and a worker's variables are asked for", async () => {
    const database = { DATABASE_URL: cluster.url, PORT: "0", ASOF_HOME: cluster.dataDir };
    const asApi = await asofCli(["doctor"], { ...database, ...own, ASOF_ROLE: "api" });
    expect(asApi.out).toContain("WAREHOUSE_URL: not needed where ASOF_ROLE is api");
    const asWorker = await asofCli(["doctor"], { ...database, ...own, ASOF_ROLE: "worker" });
    expect(asWorker.out).toMatch(/FAILED +origin +WAREHOUSE_URL is not set/);
    const able = await asofCli(["doctor"], {
      ...database,
      ...own,
      ASOF_ROLE: "worker",
      WAREHOUSE_URL: warehouse.url,
    });
    expect(able.out).toMatch(/ok +origin +WAREHOUSE_URL answers; users, subscriptions, .* can be read/);
    expect(able.out).not.toContain("DATA_DIR");
  });
});
