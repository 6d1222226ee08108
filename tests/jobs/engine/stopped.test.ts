import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Cluster,
  cancel,
  startCluster,
  startIngest,
  startTraining,
  stepIs,
  TAKE_OVER_AFTER_MS,
  waitsFor,
} from "../../support/cluster.js";
import { smallDelivery, userIds, writeDelivery } from "../../support/delivery.js";
import type { GraphQLClient } from "../../support/graphql.js";
import type { TestProcess } from "../../support/process.js";
import { until } from "../../support/until.js";

const TRAINING = { asOf: "2024-01-31", seed: 3, params: { trees: 100, leaves: 31 } };

let cluster: Cluster;
let api: GraphQLClient;

let worker: TestProcess;

beforeAll(async () => {
  cluster = await startCluster();
  writeDelivery(cluster.dataDir, "small", smallDelivery(userIds(3_000)));
  writeDelivery(cluster.dataDir, "large", smallDelivery(userIds(10_000)));
  const started = await Promise.all([cluster.start("api"), cluster.start("worker")]);
  api = started[0].client;
  worker = started[1];
  expect(await api.ingest("small", "2024-01-31")).toMatchObject({ error: null });
});
afterAll(() => cluster?.stop());

const executorOf = async (runId: string): Promise<string> => {
  const rows = await cluster.sql(
    "select executor_id as id from dbos.workflow_status where workflow_uuid = $1",
    [`${runId}:1`],
  );
  return rows[0]!.id;
};

const isEndOf = (runId: string, line: string): boolean =>
  line.includes('"msg":"run ended"') && line.includes(`"runId":"${runId}"`);

/** Longer than a free lock is watched before its holder counts as dead. */
async function longEnoughForTakeOver(): Promise<void> {
  const since = Date.now();
  await until("a dead worker would have been replaced", () => Date.now() - since > 5 * TAKE_OVER_AFTER_MS);
}

describe("a worker that is asked to stop (SIGTERM)", () => {
  it("while it publishes exits with 0 in bounded time, and another one publishes", async () => {
    const blocker = await cluster.session();
    await blocker.query("begin; lock table payments_agg_90d in access exclusive mode");
    const id = await startIngest(api, "small", "2024-02-29");
    await waitsFor(cluster.sql, "payments_agg_90d");
    const since = Date.now();
    expect(await worker.stop()).toBe(0);
    expect(Date.now() - since).toBeLessThan(15_000);
    expect(await cluster.sql("select status, error from runs where id = $1", [id])).toEqual([
      { status: "RUNNING", error: null },
    ]);
    worker = await cluster.start("worker");
    await blocker.query("commit");
    const run = await api.finished(id);
    expect(run).toMatchObject({ status: "SUCCEEDED", attempt: 1, error: null });
    expect(run.steps.map(({ name, attempt }) => `${name} ${attempt}`)).toEqual([
      "fingerprint 1",
      "compare 1",
      "stage 1",
      "validate 1",
      "hash 1",
      "publish 2",
      "materialize 1",
    ]);
  }, 240_000);

  it("while it trains exits with 0, and another one trains the same model", async () => {
    const id = await startTraining(api, TRAINING);
    await stepIs(cluster.sql, id, "fit", "RUNNING");
    expect(await worker.stop()).toBe(0);
    worker = await cluster.start("worker");
    const run = await api.finished(id);
    expect(run).toMatchObject({ status: "SUCCEEDED", attempt: 1, error: null });
    const again = await api.train(TRAINING);
    expect(again.modelVersion!.sha256).toBe(run.modelVersion!.sha256);
  }, 240_000);
});

describe("a worker that is stopped (SIGSTOP) and stays connected", () => {
  let other: TestProcess;

  it("keeps its run, however long, and finishes it when it goes on", async () => {
    const id = await startIngest(api, "large", "2024-03-31");
    await stepIs(cluster.sql, id, "stage", "RUNNING");
    worker.child.kill("SIGSTOP");
    const executor = await executorOf(id);
    other = await cluster.start("worker");
    await longEnoughForTakeOver();
    expect(await executorOf(id)).toBe(executor);
    worker.child.kill("SIGCONT");
    const run = await api.finished(id);
    expect(run).toMatchObject({ status: "SUCCEEDED", attempt: 1 });
    expect(run.steps.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1, 1, 1, 1]);
  }, 240_000);

  it("whose run was cancelled holds nobody up, and publishes nothing when it goes on", async () => {
    expect(await other.stop()).toBe(0);
    const id = await startIngest(api, "large", "2024-04-30");
    await stepIs(cluster.sql, id, "stage", "RUNNING");
    worker.child.kill("SIGSTOP");
    const { cancelRun } = await cancel(api, id);
    expect(cancelRun.status).toBe("CANCELLED");
    await cluster.start("worker");
    // Its half-filled staging table is still locked.
    for (const asOf of ["2024-05-31", "2024-06-30"])
      expect(await api.ingest("small", asOf)).toMatchObject({ status: "SUCCEEDED" });
    worker.child.kill("SIGCONT");
    await until("its staging tables are dropped", async () => {
      const rows = await cluster.sql("select 1 from pg_tables where schemaname = 'staging'");
      return rows.length === 0;
    });
    expect(await cluster.sql("select as_of from snapshots where as_of > '2024-03-31' order by 1")).toEqual([
      { as_of: "2024-05-31" },
      { as_of: "2024-06-30" },
    ]);
    const run = await api.finished(id);
    expect(run).toMatchObject({ status: "CANCELLED", result: null, snapshot: null, error: null });
    const events = await cluster.sql(
      "select message from run_events where run_id = $1 and type in ('STATUS', 'STEP') order by id desc limit 1",
      [id],
    );
    expect(events).toEqual([{ message: "cancelled by tester" }]);
  }, 240_000);
});

describe("a worker that is frozen and cut off from the database", () => {
  it("in the steps stage and fit is replaced, and disturbs nothing when it wakes", async () => {
    const own = await startCluster();
    try {
      writeDelivery(own.dataDir, "month", smallDelivery(userIds(6_000)));
      let first = await own.start("all");
      for (const step of ["stage", "fit"]) {
        const id =
          step === "fit"
            ? await startTraining(first.client, TRAINING)
            : await startIngest(first.client, "month", "2024-01-31");
        await stepIs(own.sql, id, step, "RUNNING");
        first.child.kill("SIGSTOP");
        // What the server does when the machine is unreachable for long.
        await own.sql(
          "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
        );
        const second = await own.start("all");
        await until("the run is taken over", async () => {
          const rows = await own.sql(
            "select 1 from run_steps where run_id = $1 and name = $2 and attempt = 2",
            [id, step],
          );
          return rows.length > 0;
        });
        // While the other one works, and when it has finished.
        if (step === "stage") first.child.kill("SIGCONT");
        const run = await second.client.finished(id);
        first.child.kill("SIGCONT");
        expect(run).toMatchObject({ status: "SUCCEEDED", attempt: 1, error: null });
        expect(run.steps.map(({ name, attempt }) => [name, attempt])).toEqual(
          run.steps.map(({ name }) => [name, name === step ? 2 : 1]),
        );
        expect(await own.sql("select count(*)::int as n from model_versions")).toEqual([
          { n: step === "fit" ? 1 : 0 },
        ]);
        expect(await own.sql("select as_of, revision from snapshots where as_of = '2024-01-31'")).toEqual([
          { as_of: "2024-01-31", revision: 1 },
        ]);
        // It lives, and works.
        const asOf = step === "fit" ? "2024-03-31" : "2024-02-29";
        expect(await first.client.ingest("month", asOf)).toMatchObject({ status: "SUCCEEDED" });
        expect(await first.stop()).toBe(0);
        // So it is in the metrics, too.
        const told = [first, second]
          .flatMap(({ output }) => output().split("\n"))
          .filter((line) => isEndOf(id, line));
        expect(told).toHaveLength(1);
        first = second;
      }
    } finally {
      await own.stop();
    }
  }, 180_000);
});
