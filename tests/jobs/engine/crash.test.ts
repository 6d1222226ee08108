import { afterAll, beforeAll, expect, it } from "vitest";
import {
  type Cluster,
  startCluster,
  startIngest,
  startTraining,
  stepIs,
  waitsFor,
} from "../../support/cluster.js";
import { smallDelivery, userIds, writeDelivery } from "../../support/delivery.js";
import type { TestProcess } from "../../support/process.js";
import { until } from "../../support/until.js";

// What is left by a process that is killed at any step of any kind of run: tests/faults/killed-at-each-step.test.ts.

const TRAINING = {
  asOf: "2024-01-31",
  algorithm: "GRADIENT_BOOSTING",
  seed: 7,
  params: { trees: 200, leaves: 31 },
};

let cluster: Cluster;
let first: TestProcess;
beforeAll(async () => {
  cluster = await startCluster();
  writeDelivery(cluster.dataDir, "month", smallDelivery(userIds(3_000)));
  first = await cluster.start("all");
});
afterAll(() => cluster?.stop());

it("a worker that is killed while it waits to publish leaves nothing, though its session goes on; the next one publishes", async () => {
  const blocker = await cluster.session();
  await blocker.query("begin; lock table payments_agg_90d in access exclusive mode");
  const id = await startIngest(first.client, "month", "2024-01-31");
  await waitsFor(cluster.sql, "payments_agg_90d");
  await first.kill();
  first = await cluster.start("all");
  // The dead worker's backend does not know yet that nobody listens: it goes on once the table is free.
  await until("the other worker publishes, too", async () => {
    const rows = await cluster.sql(
      "select 1 from pg_stat_activity where datname = current_database() and query like '%asof_publish%' and wait_event_type = 'Lock'",
    );
    return rows.length > 0;
  });
  await blocker.query("commit");
  const run = await first.client.finished(id);
  expect(run).toMatchObject({ status: "SUCCEEDED", attempt: 1, error: null });
  expect(run.snapshot).toMatchObject({ asOf: "2024-01-31", revision: 1 });
  expect(run.steps.map(({ name, attempt }) => [name, attempt])).toEqual(
    ["fingerprint", "compare", "stage", "validate", "hash", "publish", "materialize"].map((name) => [
      name,
      name === "publish" ? 2 : 1,
    ]),
  );
  expect(await cluster.sql("select as_of, revision from snapshots")).toEqual([
    { as_of: "2024-01-31", revision: 1 },
  ]);
});

it("the only process is killed while it trains, and one that is started later makes the same model", async () => {
  const id = await startTraining(first.client, TRAINING);
  await stepIs(cluster.sql, id, "fit", "RUNNING");
  await first.kill();
  first = await cluster.start("all");
  const run = await first.client.finished(id);
  expect(run).toMatchObject({ status: "SUCCEEDED", attempt: 1 });
  expect(run.steps.map(({ name, attempt }) => [name, attempt])).toEqual([
    ["fit", 2],
    ["register", 1],
  ]);
  const again = await first.client.train(TRAINING);
  expect(again.modelVersion).toMatchObject({ version: 2, sha256: run.modelVersion!.sha256 });
});

it("a step that five processes died of is given up; one that stopped in good order is no death", async () => {
  writeDelivery(cluster.dataDir, "next", smallDelivery(userIds(40)));
  const blocker = await cluster.session();
  await blocker.query("begin; lock table payments_agg_90d in access exclusive mode");
  const id = await startIngest(first.client, "next", "2024-02-29");
  const executed = (times: number) =>
    until(`it is executed for the ${times}. time`, async () => {
      const rows = await cluster.sql(
        "select 1 from run_steps where run_id = $1 and name = 'publish' and attempt = $2",
        [id, times],
      );
      return rows.length > 0;
    });
  const restart = async (end: "kill" | "stop") => {
    await first[end]();
    first = await cluster.start("all");
  };
  for (const [i, end] of (["kill", "kill", "stop", "kill", "kill", "kill"] as const).entries()) {
    await executed(i + 1);
    await restart(end);
  }
  // What the dead began waits for the table, and holds the run's row.
  await blocker.query("rollback");
  const run = await first.client.finished(id);
  expect(run).toMatchObject({
    status: "FAILED",
    error: { code: "PROCESS_DIED", step: "publish" },
  });
  expect(run.error!.message).toContain(`5 processes died while they executed step publish of run ${id}`);
  const { retryRun } = await first.client.query("mutation($id: ID!) { retryRun(id: $id) { id } }", { id });
  expect(await first.client.finished(retryRun.id)).toMatchObject({ status: "SUCCEEDED", attempt: 2 });
}, 240_000);
