import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { createPool, type Pool, withTransaction } from "../../../src/db/pool.js";
import { connectClient } from "../../../src/jobs/engine/dispatcher.js";
import {
  APPLICATION,
  APPLICATION_VERSION,
  Engine,
  WORKFLOW,
  workflowId,
} from "../../../src/jobs/engine/engine.js";
import {
  nothingToCleanUp,
  type QueueName,
  type Resources,
  runKind,
  trainsNothing,
} from "../../../src/jobs/run-kind.js";
import { createStores } from "../../../src/jobs/stores.js";
import type { RunEngine } from "../../../src/process/engine/run-engine.js";
import { RunTracker } from "../../../src/registry/run-tracker.js";
import { Registry } from "../../../src/values/registry.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import { type Cluster, startCluster, startIngest } from "../../support/cluster.js";
import { smallDelivery, userIds, writeDelivery } from "../../support/delivery.js";
import type { TestProcess } from "../../support/process.js";
import { until } from "../../support/until.js";

/** A kind of a release to come. */
const FUTURE = "PROPHESY";

let cluster: Cluster;
let pool: Pool;
let older: TestProcess;
let newer: TestApp | undefined;
beforeAll(async () => {
  cluster = await startCluster();
  pool = createPool(cluster.url, 2);
  older = await cluster.start("all");
  writeDelivery(cluster.dataDir, "month", smallDelivery(userIds(20)));
});
afterAll(async () => {
  await newer?.stop();
  await pool.end();
  await cluster.stop();
});

/** As the newer release queues it. */
async function start(queueName: string): Promise<string> {
  const id = randomUUID();
  const client = await connectClient(cluster.url);
  await withTransaction(pool, async (tx) => {
    await new RunTracker(tx).create({ id, kind: FUTURE, params: {}, actor: "tester" });
    await client.enqueueInTransaction(
      tx,
      {
        queueName,
        workflowName: WORKFLOW,
        workflowID: workflowId(id, 1),
        appVersion: APPLICATION_VERSION,
        applicationName: APPLICATION,
      },
      ...[id, FUTURE, 1],
    );
  });
  await client.destroy();
  return id;
}

const statusOf = async (id: string) =>
  (await cluster.sql("select status, error from runs where id = $1", [id]))[0];
const isLeft = (id: string) =>
  until(`run ${id} is left`, async () =>
    older
      .output()
      .split("\n")
      .some((line) => line.includes(id) && line.includes("left to a release that knows its kind")),
  );

it("runs of a kind that a process does not know wait for one that does, and hold nothing else up", async () => {
  const future = [await start("asof_data"), await start("asof_training")];
  for (const id of future) await isLeft(id);
  for (const asOf of ["2024-01-31", "2024-02-29"]) {
    const known = await startIngest(older.client, "month", asOf);
    expect(await older.client.finished(known)).toMatchObject({ status: "SUCCEEDED" });
  }
  for (const id of future) expect(await statusOf(id)).toEqual({ status: "QUEUED", error: null });
  const states = await cluster.sql("select status from dbos.workflow_status where workflow_uuid = any($1)", [
    future.map((id) => workflowId(id, 1)),
  ]);
  expect(states.every(({ status }) => ["ENQUEUED", "PENDING"].includes(status))).toBe(true);

  const kindIn = (queue: QueueName) =>
    runKind({
      name: FUTURE,
      description: "Says what is to come.",
      queue,
      schedulable: false,
      fillsOnlineStore: false,
      holds: "nothing",
      mutation: { name: "prophesy", description: "", role: "operator", input: null, beside: [] },
      request: () => z.strictObject({}),
      params: z.object({}),
      pin: async () => ({}),
      execute: ({ step }) => step("look", async () => ({ seen: true })),
      cleanUp: nothingToCleanUp,
      trainedBy: trainsNothing,
    });
  newer = await startTestApp({
    databaseUrl: cluster.url,
    makeEngine: ({ config, database, listener, client, logger }): RunEngine =>
      new Engine({
        url: config.databaseUrl!,
        listener,
        client,
        logger,
        store: createStores(database.pool).runs,
        tracker: new RunTracker(database.pool),
        environment: { recorded: {} as never, gitCommit: null },
        adoptSchedules: async () => {},
        schedules: { start: () => {}, stop: async () => {} },
        takeOverAfterMs: config.takeOverAfterMs,
        kinds: new Registry("run kind", [kindIn("asof_data")]),
        // Its step needs none.
        resources: { pool: database.pool } as Resources,
      }),
  });
  for (const id of future)
    await until(`run ${id} succeeds`, async () => (await statusOf(id))!.status === "SUCCEEDED", 60_000);
  expect(await older.stop()).toBe(0);
}, 180_000);
