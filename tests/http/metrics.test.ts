import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { startTestApp, type TestApp } from "../support/app.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import { nameOf, type Samples, scrape } from "../support/metrics.js";
import { until } from "../support/until.js";

let app: TestApp;
const scraped = () => scrape(app.asof.address);
const names = (samples: Samples) => new Set([...samples.keys()].map(nameOf));

beforeAll(async () => {
  app = await startTestApp();
  const { client } = app;
  const files = smallDelivery(userIds(200));
  writeDelivery(app.dataDir, "month_000", files);
  writeDelivery(app.dataDir, "broken", {
    ...files,
    payments_agg_90d: ["user_id,failed_payments_90d", "U-00000,-1"],
  });
  await client.ingest("month_000", "2024-01-31");
  await client.ingest("broken", "2024-02-29");
  await client.train({ asOf: "2024-01-31", algorithm: "LOGISTIC_REGRESSION" });
  await client.query('mutation { promote(input: { version: 1, force: true, reason: "first" }) { id } }');
  for (const id of ["U-00001", "U-00002"]) await client.query(`{ predict(userId: "${id}") { prediction } }`);
  await client.raw('{ predict(userId: "nobody") { prediction } }');
  const body = JSON.stringify({ user_id: "U-00003" });
  await fetch(`${app.asof.address}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  await client.query(`{ predictMany(userIds: ${JSON.stringify([...userIds(7), "nobody"])}) { userId } }`);
});
afterAll(() => app.stop());

describe("GET /metrics after real work", () => {
  it("counts predictions by version and outcome, times their calls, and knows how many users they were for", async () => {
    const samples = await scraped();
    const of = 'model="churn",version="1"';
    expect(samples.get(`asof_predictions_total{${of},outcome="ok"}`)).toBe(3 + 7);
    expect(samples.get('asof_predictions_total{model="churn",version="",outcome="FEATURES_MISSING"}')).toBe(
      2,
    );
    expect(samples.get(`asof_prediction_duration_seconds_count{${of}}`)).toBe(4);
    const seconds = samples.get(`asof_prediction_duration_seconds_sum{${of}}`)!;
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(
      samples.get('graphql_operation_duration_seconds_sum{operation="query"}')! + 10,
    );
    expect(samples.get('asof_prediction_batch_size_count{model="churn"}')).toBe(4);
    expect(samples.get('asof_prediction_batch_size_sum{model="churn"}')).toBe(1 + 1 + 1 + 8);
    expect(samples.get('asof_prediction_batch_size_bucket{le="5",model="churn"}')).toBe(3);
    expect(samples.get("asof_feature_read_batch_size_count")).toBe(5);
    expect(samples.get("asof_feature_read_batch_size_sum")).toBe(1 + 1 + 1 + 1 + 8);
  });

  it("counts and times the runs that ended, by kind and status", async () => {
    const samples = await until("every run is counted", async () => {
      const now = await scraped();
      const ended = [
        ["INGEST", "SUCCEEDED"],
        ["INGEST", "FAILED"],
        ["TRAIN", "SUCCEEDED"],
      ].map(([kind, status]) => `asof_run_duration_seconds_count{kind="${kind}",status="${status}"}`);
      return ended.every((series) => now.has(series)) ? now : null;
    });
    const count = (kind: string, status: string) =>
      samples.get(`asof_run_duration_seconds_count{kind="${kind}",status="${status}"}`);
    expect([count("INGEST", "SUCCEEDED"), count("INGEST", "FAILED"), count("TRAIN", "SUCCEEDED")]).toEqual([
      1, 1, 1,
    ]);
    const { runs } = await app.client.query("{ runs(where: { kind: TRAIN }) { nodes { durationMs } } }");
    expect(samples.get('asof_run_duration_seconds_sum{kind="TRAIN",status="SUCCEEDED"}')).toBeCloseTo(
      runs.nodes[0].durationMs / 1000,
      2, // a Date holds milliseconds, the database microseconds
    );
  });

  it("tells how many runs wait, since when, and how many are under way", async () => {
    await app.sql(
      `insert into runs (id, kind, status, params, actor, created_at, experiment_id)
       select gen_random_uuid(), kind, status, '{}', 'tester', now() - interval '90 s', (kind <> 'EXTERNAL')::int
       from (values ('TUNE', 'QUEUED'), ('TUNE', 'QUEUED'), ('TUNE', 'RUNNING'), ('EXTERNAL', 'RUNNING')) as r (kind, status)`,
    );
    const samples = await scraped();
    await app.sql("delete from runs where kind in ('TUNE', 'EXTERNAL')");
    expect(samples.get('asof_queue_depth{kind="TUNE"}')).toBe(2);
    expect(samples.get('asof_runs_running{kind="TUNE"}')).toBe(1);
    expect(samples.has('asof_runs_running{kind="EXTERNAL"}')).toBe(false);
    const age = samples.get('asof_queue_oldest_seconds{kind="TUNE"}')!;
    expect(age).toBeGreaterThanOrEqual(90);
    expect(age).toBeLessThan(150);
    expect((await scraped()).has('asof_queue_depth{kind="TUNE"}')).toBe(false);
  });

  it("tells what the pool has, the features' hit rate and age, and the event loop's lag", async () => {
    // A scrape forgets what was sampled, the instant of the last sample, too: one that comes at once tells of no lag.
    const samples = await until("a scrape tells that the loop did not turn for 200 ms", async () => {
      for (const end = Date.now() + 200; Date.now() < end; );
      const found = await scraped();
      return found.get("nodejs_eventloop_lag_p99_seconds")! > 0.1 && found;
    });
    for (const [pool, most] of [
      ["requests", 14],
      ["runs", 12],
    ] as const) {
      const used = samples.get(`asof_db_pool_connections{pool="${pool}",state="used"}`)!;
      const idle = samples.get(`asof_db_pool_connections{pool="${pool}",state="idle"}`)!;
      expect(used + idle).toBeGreaterThan(0);
      expect(used + idle).toBeLessThanOrEqual(most);
      expect(samples.get(`asof_db_pool_waiting{pool="${pool}"}`)).toBe(0);
    }
    const rate = samples.get("asof_feature_hit_rate")!;
    expect(rate).toBeGreaterThan(0.5);
    expect(rate).toBeLessThan(1);
    const rows = [...samples].filter(([key]) => key.startsWith("asof_feature_view_rows{"));
    const { featureViews } = await app.client.query("{ featureViews { name } }");
    expect(rows.map(([, value]) => value)).toEqual(featureViews.map(() => 200));
    expect(samples.get("process_cpu_seconds_total")).toBeGreaterThan(0);
  });
});

describe("what is made of the metrics", () => {
  const read = (path: string) => readFileSync(path, "utf8");

  it("is a dashboard that asks only for series there are, from the data source it is provisioned with", async () => {
    const dashboard = JSON.parse(read("ops/grafana/dashboards/asof.json"));
    const source = parse(read("ops/grafana/provisioning/datasources/prometheus.yml")).datasources[0];
    const there = names(await scraped());
    // Nothing is queued or under way now, and a gauge without values is not written.
    for (const name of ["asof_queue_depth", "asof_queue_oldest_seconds", "asof_runs_running"])
      there.add(name);
    for (const panel of dashboard.panels) {
      expect(panel.datasource.uid).toBe(source.uid);
      for (const { expr } of panel.targets) {
        const asked: string[] = expr.match(/\b(asof|http|graphql|nodejs|process)_\w+/g);
        expect(asked.filter((name) => !there.has(name))).toEqual([]);
      }
    }
  });

  it("is written down series by series", async () => {
    const text = await (await fetch(`${app.asof.address}/metrics`)).text();
    const documented = read("docs/metrics.md");
    const own = [...text.matchAll(/^# TYPE (\w+)/gm)]
      .map(([, name]) => name!)
      .filter((name) => !/^(nodejs|process)_/.test(name));
    expect(own.length).toBeGreaterThan(12);
    expect(own.filter((name) => !documented.includes(`\`${name}\``))).toEqual([]);
  });

  it("is scraped from every service of the compose file that serves", () => {
    const { services } = parse(read("docker-compose.yml"), { merge: true });
    const [job] = parse(read("ops/prometheus/prometheus.yml")).scrape_configs;
    const [{ names, port }] = job.dns_sd_configs;
    for (const name of names) expect(services[name].environment.PORT).toBe(String(port));
    expect(names).toEqual(Object.keys(services).filter((name) => services[name].environment?.ASOF_ROLE));
  });
});
