import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { onlineTableName } from "../../src/db/tables/derived.js";
import type { ProcessRole } from "../../src/process/config.js";
import { Balancer } from "../support/balancer.js";
import { startIngest, startTraining } from "../support/cluster.js";
import { dashboard } from "../support/dashboard.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import { testing as definitions } from "../support/deployment/testing.js";
import { labelsOf, nameOf, type Samples, total } from "../support/metrics.js";
import { JANUARY, learnableMonth, STRONG, USERS } from "../support/months.js";
import { type Outcome, PredictLoad } from "../support/predict-load.js";
import { startProcess, type TestProcess } from "../support/process.js";
import { Scrapes } from "../support/scrapes.js";
import { startServer, type TestServer } from "../support/server.js";
import { followRun, hasEnded } from "../support/subscribe.js";
import { until } from "../support/until.js";

const [FEBRUARY, MARCH] = ["2024-02-29", "2024-03-31"];
/** Long enough to be killed, or to lose its database, in the middle of its fit. */
const LONG = { ...STRONG, trees: 1_500 };
const CLIENTS = 6;
/** A second is promised (bench/results/promotion.md); beside other tests, on two cores, one request alone may take a third of it. */
const PROMOTED_WITHIN_MS = 5_000;

let home: string;
let server: TestServer;
/** Two that execute runs and one that only answers; the one that is killed stays in the list. */
const processes: TestProcess[] = [];
let engines: TestProcess[];
let api: TestProcess;
let killed: TestProcess;
let replacement: TestProcess;
let balancer: Balancer;
let load: PredictLoad;
let events: ReturnType<typeof followRun>;
let scrapes: Scrapes;

const living = () => processes.filter((each) => each !== killed);

async function start(role: ProcessRole): Promise<TestProcess> {
  const env = {
    ...{ DATABASE_URL: server.url, ASOF_HOME: home, DATA_DIR: home, ASOF_ROLE: role },
    // What the database says is read at each scrape.
    METRICS_CACHE_MS: "0",
  };
  const started = await startProcess(env);
  processes.push(started);
  return started;
}

/** Runs that a process took on, as its log says. */
const tookOn = (one: TestProcess): string[] =>
  one
    .output()
    .split("\n")
    .filter((line) => line.includes('"run goes on in this process"'))
    .map((line) => JSON.parse(line).runId);

const outcomesSince = (from: number) => [...new Set(load.since(from).map(({ outcome }) => outcome))].sort();

/** Whoever promoted answers with it at once, the others within a second, nobody goes back, and no request fails. */
async function promoteUnderLoad(version: number, by: TestProcess): Promise<void> {
  const startedAt = performance.now();
  await by.client.query(
    'mutation($version: Int!) { promote(input: { version: $version, force: true, reason: "so" }) { version } }',
    { version },
  );
  const promotedAt = performance.now();
  expect((await load.ask("rest", by)).version).toBe(version);
  const since = (one: TestProcess, from: number) => load.of(one).filter(({ sentAt }) => sentAt >= from);
  await until("each process has answered a while longer", () =>
    living().every((each) => since(each, promotedAt + PROMOTED_WITHIN_MS).length > 10),
  );
  for (const each of living()) {
    const [first] = since(each, startedAt).filter((outcome) => outcome.version === version);
    expect(first!.answeredAt - promotedAt).toBeLessThan(PROMOTED_WITHIN_MS);
    const after = since(each, first!.answeredAt).map((outcome) => outcome.version);
    expect(new Set(after)).toEqual(new Set([version]));
  }
  expect(outcomesSince(startedAt)).toEqual(["ok"]);
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "asof-trial-"));
  server = await startServer(home);
  writeDelivery(home, "january", learnableMonth());
  writeDelivery(home, "february", smallDelivery(userIds(8_000)));
  engines = await Promise.all([start("all"), start("all")]);
  api = await start("api");
  expect(await api.client.ingest("january", JANUARY)).toMatchObject({ error: null });
  for (const seed of [1, 2])
    expect(await api.client.train({ asOf: JANUARY, seed, params: STRONG })).toMatchObject({ error: null });
  await api.client.query("mutation { promote(input: { version: 1 }) { version } }");
  scrapes = new Scrapes(living);
  balancer = new Balancer(processes);
  await until("all three are ready", () => balancer.ready().length === 3);
  load = new PredictLoad(balancer, USERS[4]!, CLIENTS);
  events = followRun(api.client.address, null);
  await until("each process answers predictions", () => processes.every((each) => load.of(each).length > 20));
}, 180_000);

afterAll(async () => {
  balancer?.close();
  await load?.stop();
  await scrapes?.stop();
  await events?.leave();
  await Promise.all(processes.filter((each) => each !== killed).map((each) => each.kill()));
  await server?.stop();
  rmSync(home, { recursive: true, force: true });
});

describe("three processes over one PostgreSQL, under load through a balancer", () => {
  let answeredBeforeItsEnd: number;
  let scrapedBeforeItsEnd: Samples;
  let sentBeforeItsEnd: number;

  it("lose the busiest: another goes on with its runs, no request fails, and a new one takes its place", async () => {
    const startedAt = performance.now();
    const training = await startTraining(api.client, { asOf: JANUARY, seed: 3, params: LONG });
    const ingest = await startIngest(api.client, "february", FEBRUARY);
    const queued = await startIngest(api.client, "january", MARCH);
    await scrapes.of(api);
    for (const [runId, step] of [
      [training, "fit"],
      [ingest, "stage"],
    ] as const)
      await events.gets(`${step} begins`, (event) => event.runId === runId && event.step === step);
    killed = engines.find((each) => tookOn(each).includes(training))!;
    const [other] = engines.filter((each) => each !== killed) as [TestProcess];

    answeredBeforeItsEnd = load.of(killed).length;
    scrapedBeforeItsEnd = await scrapes.of(killed);
    sentBeforeItsEnd = balancer.sentTo(killed);
    await killed.kill();
    balancer.remove(killed);
    await until("the other one goes on with the training", () => tookOn(other).includes(training));
    replacement = await start("all");
    balancer.add(replacement);
    await until("the new one is ready", () => balancer.ready().includes(replacement));
    await until("the new one gets requests", () => load.of(replacement).length > 20);

    for (const id of [training, ingest, queued])
      expect(await api.client.finished(id)).toMatchObject({ status: "SUCCEEDED", attempt: 1, error: null });
    expect(load.since(startedAt).some(({ broken }) => broken.includes(killed))).toBe(true);
    expect(outcomesSince(startedAt)).toEqual(["ok"]);
  }, 120_000);

  it.each([
    [2, "the one without runs", () => api],
    [3, "the new one", () => replacement],
  ])(
    "are promoted to version %i by %s: each answers with it soon, never again with the former",
    async (version, _, by) => {
      await promoteUnderLoad(version, by());
    },
    60_000,
  );

  it("lose their database: requests are told so, and all goes on by itself when it is back", async () => {
    const startedAt = performance.now();
    const training = await startTraining(api.client, { asOf: JANUARY, seed: 4, params: LONG });
    await events.gets("the fit", ({ runId, step }) => runId === training && step === "fit");
    await server.signal("SIGQUIT");
    const refused = (one: TestProcess, via: Outcome["via"]) =>
      load.of(one).some((outcome) => outcome.via === via && outcome.outcome === "SERVICE_UNAVAILABLE");
    await until("each process refuses requests", () =>
      living().every((each) => refused(each, "graphql") && refused(each, "rest")),
    );
    await until("none is ready", () => balancer.ready().length === 0);
    for (const each of living()) {
      const names = new Set([...(await scrapes.of(each)).keys()].map(nameOf));
      expect(names).toContain("asof_predictions_total");
      expect(names).not.toContain("asof_feature_view_age_seconds");
    }

    await server.start();
    await until("all are ready", () => balancer.ready().length === 3);
    const backAt = performance.now();
    await promoteUnderLoad(1, replacement);
    expect(await api.client.finished(training)).toMatchObject({
      status: "SUCCEEDED",
      attempt: 1,
      error: null,
    });
    expect(outcomesSince(startedAt)).toEqual(["SERVICE_UNAVAILABLE", "ok"]);
    expect(outcomesSince(backAt)).toEqual(["ok"]);
    for (const { child, output } of living()) {
      expect(child.exitCode).toBeNull();
      expect(output()).not.toContain("its client was not told");
    }
    expect(load.unanswered).toEqual([]);
  }, 120_000);

  it("kept a subscription that was open all the while, which missed nothing", async () => {
    const rows = await server.sql<{ id: string }>(
      "select id::text from run_events where run_events.id >= $1 order by run_events.id",
      [events.received[0]!.id],
    );
    await until("it has heard all", () => events.received.length >= rows.length);
    expect(events.received.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    expect(events.received.filter(hasEnded)).toHaveLength(4);
    expect([events.errors, events.ended]).toEqual([[], null]);
  });

  describe("whose dashboard", () => {
    beforeAll(async () => {
      await load.stop();
      await scrapes.stop();
      for (const each of living()) await scrapes.of(each);
    });

    it("finds every series it asks for, with the labels it sums by", () => {
      for (const { expr, names, labels } of dashboard()) {
        for (const name of names) {
          const found = [...scrapes.seen].filter((series) => nameOf(series) === name);
          expect([expr, name, found.length > 0]).toEqual([expr, name, true]);
          for (const series of found)
            expect(Object.keys(labelsOf(series))).toEqual(expect.arrayContaining(labels));
        }
      }
    });

    it("calls every line by what tells it from the others", () => {
      for (const { expr, names, by, legend } of dashboard()) {
        const seen = [...scrapes.seen].filter((series) => names.includes(nameOf(series)));
        const differBy = by ?? ["instance", ...seen.flatMap((series) => Object.keys(labelsOf(series)))];
        for (const label of differBy)
          if (label !== "le") expect([expr, legend]).toEqual([expr, expect.stringContaining(`{{${label}}}`)]);
      }
    });

    it("counts the predictions that the clients got, of each process, version and failure", () => {
      for (const each of living()) {
        const samples = scrapes.last.get(each)!;
        const got = load.of(each);
        const answered = got.filter(({ outcome }) => outcome === "ok");
        for (const version of [1, 2, 3]) {
          const labels = { model: "churn", version: String(version) };
          const count = answered.filter((outcome) => outcome.version === version).length;
          expect(total(samples, "asof_predictions_total", { ...labels, outcome: "ok" })).toBe(count);
          expect(total(samples, "asof_prediction_duration_seconds_count", labels)).toBe(count);
        }
        expect(
          total(samples, "asof_predictions_total", { outcome: "SERVICE_UNAVAILABLE", version: "" }),
        ).toBe(got.length - answered.length);
        expect(total(samples, "asof_predictions_total")).toBe(got.length);
        expect(total(samples, "asof_prediction_batch_size_sum")).toBe(answered.length);
      }
      const counted = total(scrapedBeforeItsEnd, "asof_predictions_total", { outcome: "ok" });
      expect(counted).toBeGreaterThanOrEqual(answeredBeforeItsEnd);
      expect(counted).toBeLessThanOrEqual(sentBeforeItsEnd);
    });

    it("counts requests by route and status, and takes no longer for them than the clients waited", async () => {
      for (const each of living()) {
        const got = load.of(each).filter(({ via }) => via === "rest");
        for (const [status, wanted] of [
          ["200", "ok"],
          ["503", "SERVICE_UNAVAILABLE"],
        ] as const) {
          const labels = { route: "/predict", method: "POST", status };
          expect(total(scrapes.last.get(each)!, "http_request_duration_seconds_count", labels)).toBe(
            got.filter(({ outcome }) => outcome === wanted).length,
          );
        }
        const waited = got.reduce((ms, { sentAt, answeredAt }) => ms + answeredAt - sentAt, 0) / 1000;
        const took = total(scrapes.last.get(each)!, "http_request_duration_seconds_sum", {
          route: "/predict",
        });
        expect(took).toBeGreaterThan(0);
        expect(took).toBeLessThan(waited);
      }
    });

    it("counts the runs that ended, each once, with what they took", async () => {
      const runs = await server.sql<{ kind: string; status: string; count: number; seconds: number }>(
        `select kind, status, count(*)::int, sum(extract(epoch from finished_at - started_at))::float8 as seconds
         from runs group by kind, status order by kind`,
      );
      expect(runs.map(({ kind, status, count }) => [kind, status, count])).toEqual([
        ["INGEST", "SUCCEEDED", 3],
        ["TRAIN", "SUCCEEDED", 4],
      ]);
      const all = [scrapedBeforeItsEnd, ...living().map((each) => scrapes.last.get(each)!)];
      for (const { kind, status, count, seconds } of runs) {
        const of = (part: string) => total(all, `asof_run_duration_seconds_${part}`, { kind, status });
        expect(of("count")).toBe(count);
        expect(of("sum")).toBeCloseTo(seconds, 1);
      }
    });

    it("shows what is in the database the same from every process", async () => {
      const shown = (name: string, view: string) =>
        living().map((each) => total(scrapes.last.get(each)!, name, { view }));
      for (const view of definitions.views) {
        const [online] = await server.sql<{ rows: number; age: number }>(
          `select count(*)::int as rows, extract(epoch from now() - max(as_of)::timestamp at time zone 'UTC')::float8 as age
           from ${onlineTableName(view)}`,
        );
        expect(shown("asof_feature_view_rows", view.name)).toEqual(Array(3).fill(online!.rows));
        for (const age of shown("asof_feature_view_age_seconds", view.name))
          expect(Math.abs(age - online!.age)).toBeLessThan(60);
      }
      for (const name of ["asof_queue_depth", "asof_queue_oldest_seconds", "asof_runs_running"])
        for (const each of living()) expect(total(scrapes.last.get(each)!, name)).toBe(0);
    });

    it("shows processes at rest: nobody waits for a connection, the event loop turns", () => {
      for (const each of living()) {
        const samples = scrapes.last.get(each)!;
        expect(total(samples, "asof_db_pool_connections")).toBeGreaterThan(0);
        for (const [pool, most] of [
          ["requests", 2],
          ["runs", 12],
        ] as const)
          expect(total(samples, "asof_db_pool_connections", { pool })).toBeLessThanOrEqual(most);
        expect(total(samples, "asof_db_pool_waiting")).toBe(0);
        expect(total(samples, "asof_websocket_connections")).toBe(each === api ? 1 : 0);
        expect(total(samples, "asof_feature_hit_rate")).toBeGreaterThan(0.5);
        expect(total(samples, "asof_feature_hit_rate")).toBeLessThanOrEqual(1);
        const lag = total(samples, "nodejs_eventloop_lag_p99_seconds");
        expect(lag).toBeGreaterThan(0);
        expect(lag).toBeLessThan(1);
      }
    });
  });
});
