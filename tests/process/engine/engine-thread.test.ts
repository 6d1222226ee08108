import { readdirSync, readFileSync } from "node:fs";
import type { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EngineThread } from "../../../src/process/engine/engine-thread.js";
import type { EngineSetup } from "../../../src/process/engine/run-engine.js";
import { spawnWorker } from "../../../src/threads/spawn-worker.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import { startCluster, startIngest, stepIs, waitsFor } from "../../support/cluster.js";
import { createDatabase } from "../../support/database.js";
import { smallDelivery, userIds, writeDelivery } from "../../support/delivery.js";
import { until } from "../../support/until.js";

describe("an engine in a thread of its own", () => {
  const threads: Worker[] = [];
  const logged: string[] = [];
  let app: TestApp;

  const engine = (setup: EngineSetup) =>
    new EngineThread(
      setup,
      (lines) => logged.push(lines),
      (workerData) => {
        const thread = spawnWorker("process/engine/engine.worker", { workerData });
        threads.push(thread);
        return thread;
      },
    );
  const metric = async (name: string) => {
    const text = await (await fetch(`${app.asof.address}/metrics`)).text();
    const line = text.split("\n").find((line) => line.startsWith(`${name} `));
    return Number(line?.slice(name.length + 1));
  };

  beforeAll(async () => {
    app = await startTestApp({ makeEngine: engine });
    writeDelivery(app.dataDir, "month", smallDelivery(userIds(40)));
  });
  afterAll(() => app?.stop());

  it("executes runs, and the process counts them and its connections as its own", async () => {
    const id = await startIngest(app.client, "month", "2024-01-31");
    expect(await app.client.finished(id)).toMatchObject({ status: "SUCCEEDED", attempt: 1 });
    const ended = 'asof_run_duration_seconds_count{kind="INGEST",status="SUCCEEDED"}';
    await until("the run is counted", async () => (await metric(ended)) === 1);
    const idle = async () => metric('asof_db_pool_connections{pool="runs",state="idle"}');
    const own = () => app.asof.services.operations.pools().find(({ pool }) => pool === "runs")!;
    await until("its connections are told", async () => (await idle()) >= 1 && own().total >= 2);
    expect(await metric("asof_engine_restarts_total")).toBe(0);
  });

  it("that dies costs no request; it is started again and goes on with its run from the last finished step", async () => {
    const held = await app.hold("payments_agg_90d");
    writeDelivery(app.dataDir, "next", smallDelivery(userIds(41)));
    const id = await startIngest(app.client, "next", "2024-02-29");
    await waitsFor(app.sql, "payments_agg_90d");
    await threads.at(-1)!.terminate();
    const { features } = await app.client.query('{ features(userId: "U-00001") { values { monthlyFee } } }');
    expect(features.values).toEqual({ monthlyFee: 21.5 });
    await held.release();
    const run = await app.client.finished(id);
    expect(run).toMatchObject({ status: "SUCCEEDED", attempt: 1, error: null });
    expect(run.steps.find(({ name }) => name === "stage")).toMatchObject({ attempt: 1 });
    expect(threads).toHaveLength(2);
    expect(await metric("asof_engine_restarts_total")).toBe(1);
  });

  it("answers by the version that a run promoted as soon as the run has ended", async () => {
    const { trainAndCompare } = await app.client.query(
      'mutation { trainAndCompare(input: { asOf: "2024-01-31", algorithm: LOGISTIC_REGRESSION }, candidates: []) { id } }',
    );
    expect(await app.client.finished(trainAndCompare.id)).toMatchObject({ status: "SUCCEEDED" });
    const { predict } = await app.client.query('{ predict(userId: "U-00001") { modelVersion { version } } }');
    expect(predict.modelVersion.version).toBe(1);
  });
});

it("a thread that cannot start keeps the process from starting, with the reason", async () => {
  const database = await createDatabase();
  const unusable = (setup: EngineSetup) =>
    new EngineThread(
      { ...setup, database: { ...setup.database, url: database.url.replace(/@.*/, "@127.0.0.1:1/none") } },
      () => {},
      (workerData) => spawnWorker("process/engine/engine.worker", { workerData }),
    );
  await expect(startTestApp({ makeEngine: unusable })).rejects.toThrow(/ECONNREFUSED|cannot be reached/);
  await database.drop();
});

it.runIf(process.platform === "linux")(
  "in production it gives way to requests, and so do the server processes that work for it",
  async () => {
    const cluster = await startCluster();
    try {
      const { child, client } = await cluster.start("all", { NODE_ENV: "production" });
      writeDelivery(cluster.dataDir, "month", smallDelivery(userIds(40)));
      const id = await startIngest(client, "month", "2024-01-31");
      await client.finished(id);
      await stepIs(cluster.sql, id, "materialize", "SUCCEEDED");
      await client.query('{ features(userId: "U-00001") { values { monthlyFee } } }');
      const threads = readdirSync(`/proc/${child.pid}/task`).map((id) => niceOf(`${child.pid}/task/${id}`));
      expect(niceOf(child.pid!)).toBe(0);
      expect(threads).toContain(19);
      const backends = await cluster.sql<{ pid: number }>(
        "select pid from pg_stat_activity where datname = current_database() and application_name = 'asof'",
      );
      const nice = backends.map(({ pid }) => niceOf(pid));
      expect(new Set(nice)).toEqual(new Set([0, 19]));
    } finally {
      await cluster.stop();
    }
  },
);

/** Of a process or a thread, as /proc has it. */
function niceOf(id: number | string): number {
  const stat = readFileSync(`/proc/${id}/stat`, "latin1");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16]);
}
