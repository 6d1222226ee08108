import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClient } from "../../../src/db/pool.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import {
  cancel,
  retry,
  startCluster,
  startIngest,
  startTraining,
  stepIs,
  waitsFor,
} from "../../support/cluster.js";
import { type Files, smallDelivery, userIds, writeDelivery } from "../../support/delivery.js";
import type { GraphQLClient } from "../../support/graphql.js";
import { startProcess, type TestProcess } from "../../support/process.js";
import { until } from "../../support/until.js";

let app: TestApp;
let client: GraphQLClient;
const processes: TestProcess[] = [];

const users = userIds(60);
const small = (): Files => smallDelivery(users);

beforeAll(async () => {
  app = await startTestApp();
  client = app.client;
  writeDelivery(app.dataDir, "month", small());
  await client.ingest("month", "2024-01-31");
});
afterAll(async () => {
  for (const { child } of processes) child.kill("SIGKILL");
  await app?.stop();
});

async function start(role: string): Promise<TestProcess> {
  const env = { DATABASE_URL: app.url, ASOF_HOME: app.dataDir, DATA_DIR: app.dataDir, ASOF_ROLE: role };
  const started = await startProcess(env);
  processes.push(started);
  return started;
}

/** Keeps every publication waiting until `release`. */
async function blockPublishing(): Promise<{ release(): Promise<void> }> {
  const blocker = createClient(app.url);
  await blocker.connect();
  await blocker.query("begin; lock table payments_agg_90d in access exclusive mode");
  return { release: () => blocker.end() };
}

const eventsOf = (id: string) =>
  app.sql<{ type: string; status: string; step: string | null; message: string }>(
    "select type, status, step, message from run_events where run_id = $1 order by id",
    [id],
  );

describe("two workers", () => {
  it("execute queued ingests one at a time, in the order they were asked for", async () => {
    const worker = await start("worker");
    const gate = await blockPublishing();
    const ids: string[] = [];
    for (let day = 1; day <= 6; day++) ids.push(await startIngest(client, "month", `2023-05-0${day}`));
    await waitsFor(app.sql, "payments_agg_90d");
    expect(await app.sql("select count(*)::int as n from runs where status = 'RUNNING'")).toEqual([{ n: 1 }]);
    await gate.release();
    for (const id of ids) expect(await client.finished(id)).toMatchObject({ status: "SUCCEEDED" });
    const order = await app.sql(
      `select id, started_at >= lag(finished_at) over (order by started_at) as alone
       from runs where id = any($1) order by started_at`,
      [ids],
    );
    expect(order.map(({ id }) => id)).toEqual(ids);
    expect(order.slice(1).map(({ alone }) => alone)).toEqual([true, true, true, true, true]);
    expect(await worker.stop()).toBe(0);
  }, 90_000);
});

describe("a run that was claimed, though the claim's answer was lost", () => {
  it("is executed all the same, and holds nobody up", async () => {
    const gate = await blockPublishing();
    const first = await startIngest(client, "month", "2023-05-11");
    const lost = await startIngest(client, "month", "2023-05-12");
    const last = await startIngest(client, "month", "2023-05-13");
    await waitsFor(app.sql, "payments_agg_90d");
    // What such a claim leaves behind: it is this living executor's, which does not know of it.
    await app.sql(
      `update dbos.workflow_status set status = 'PENDING', owner_xid = 'lost', executor_id = claimed.executor_id
       from (select executor_id from dbos.workflow_status where workflow_uuid = $1) claimed where workflow_uuid = $2`,
      [`${first}:1`, `${lost}:1`],
    );
    await gate.release();
    for (const id of [first, lost, last])
      expect(await client.finished(id)).toMatchObject({ status: "SUCCEEDED", attempt: 1 });
  });
});

describe("roles", () => {
  it("a worker answers /health and no GraphQL", async () => {
    const worker = await start("worker");
    const health = await fetch(`${worker.client.address}/health`);
    expect(health.status).toBe(200);
    const graphql = await fetch(`${worker.client.address}/graphql?query={health{status}}`);
    expect(graphql.status).toBe(404);
    expect(await worker.stop()).toBe(0);
  });

  it("an api process queues runs and executes none", async () => {
    const cluster = await startCluster();
    try {
      writeDelivery(cluster.dataDir, "month", small());
      const api = await cluster.start("api");
      const id = await startIngest(api.client, "month", "2024-01-31");
      const worker = await cluster.start("worker");
      expect(await api.client.finished(id)).toMatchObject({ status: "SUCCEEDED" });
      const executors = await cluster.sql(
        "select count(distinct executor_id)::int as n from dbos.workflow_status",
      );
      expect(executors).toEqual([{ n: 1 }]);
      await worker.stop();
      const left = await startIngest(api.client, "month", "2024-02-29");
      expect(await api.stop()).toBe(0);
      expect(await cluster.sql("select status from runs where id = $1", [left])).toEqual([
        { status: "QUEUED" },
      ]);
    } finally {
      await cluster.stop();
    }
  }, 90_000);
});

describe("cancelRun", () => {
  it("of a QUEUED run: it never starts", async () => {
    const gate = await blockPublishing();
    const first = await startIngest(client, "month", "2023-06-01");
    const queued = await startIngest(client, "month", "2023-06-02");
    const answer = await cancel(client, queued);
    expect(answer.cancelRun).toEqual({ id: queued, status: "CANCELLED" });
    await waitsFor(app.sql, "payments_agg_90d");
    await gate.release();
    await client.finished(first);
    // The queue has gone past it.
    await client.ingest("month", "2023-06-03");
    expect(await client.finished(queued)).toMatchObject({ status: "CANCELLED", steps: [], snapshot: null });
    expect((await eventsOf(queued)).map(({ message }) => message)).toEqual(["queued", "cancelled by tester"]);
  });

  it("of a RUNNING ingest: nothing is published and every table is as before", async () => {
    writeDelivery(app.dataDir, "large", smallDelivery(userIds(15_000)));
    const before = await tables();
    const id = await startIngest(client, "large", "2023-07-01");
    await stepIs(app.sql, id, "stage", "RUNNING");
    await cancel(client, id);
    await client.ingest("month", "2023-06-03");
    const run = await client.finished(id);
    expect(run).toMatchObject({ status: "CANCELLED", result: null, snapshot: null });
    expect(run.steps.at(-1)).toMatchObject({ name: "stage", status: "CANCELLED" });
    expect(await tables()).toEqual(before);
    expect(await app.sql("select 1 from pg_tables where schemaname = 'staging'")).toEqual([]);
  });

  it("of a RUNNING training: its thread ends and no version is registered", async () => {
    writeDelivery(app.dataDir, "train", smallDelivery(userIds(3_000)));
    await client.ingest("train", "2024-03-31");
    const input = { asOf: "2024-03-31", params: { trees: 5000, leaves: 31 } };
    const id = await startTraining(client, input);
    await until("it grows trees", async () =>
      (await eventsOf(id)).some(({ type, message }) => type === "PROGRESS" && message.includes("trees")),
    );
    await cancel(client, id);
    // One training at a time: this one only starts when that thread has ended.
    const next = await client.train({ asOf: "2024-03-31", params: { trees: 5 } });
    expect(next).toMatchObject({ status: "SUCCEEDED", modelVersion: { version: 1 } });
    expect(await client.finished(id)).toMatchObject({ status: "CANCELLED", modelVersion: null, metrics: [] });
    const late = await app.sql(
      `select 1 from run_events where run_id = $1 and id > (select max(id) from run_events where run_id = $1
         and type = 'STATUS')`,
      [id],
    );
    expect(late).toEqual([]);
  });

  it("of an ended run, and of none: says so", async () => {
    const done = await client.ingest("month", "2024-01-31");
    const mutation = "mutation($id: ID!) { cancelRun(id: $id) { id } }";
    expect(await client.error(mutation, { id: done.id })).toMatchObject({
      code: "RUN_NOT_CANCELLABLE",
      message: `run ${done.id} is SUCCEEDED; only QUEUED and RUNNING runs can be cancelled`,
    });
    for (const id of ["00000000-0000-4000-8000-000000000000", "nonsense"]) {
      expect(await client.error(mutation, { id })).toMatchObject({
        code: "RUN_NOT_FOUND",
        message: `no run has the id ${JSON.stringify(id)}; query { runs { nodes { id } } } lists them`,
      });
    }
  });
});

const tables = () =>
  app.sql(
    `select (select md5(string_agg(u::text, ',' order by user_id)) from users u) as users,
       (select md5(string_agg(l::text, ',' order by user_id)) from labels l) as labels,
       (select count(*)::int from snapshots where as_of = '2023-07-01') as snapshots`,
  );

describe("retryRun", () => {
  it("of a FAILED ingest whose file was mended: the same run, as its second attempt", async () => {
    const broken = small();
    broken.labels![3] = broken.labels![3]!.replace(/,.*/, ",maybe");
    writeDelivery(app.dataDir, "mended", broken);
    const failed = await client.ingest("mended", "2023-08-31");
    expect(failed).toMatchObject({
      status: "FAILED",
      attempt: 1,
      error: { code: "VALIDATION_FAILED", step: "validate" },
    });
    expect(failed.steps.at(-1)).toMatchObject({ name: "validate", status: "FAILED", attempt: 1 });
    writeDelivery(app.dataDir, "mended", small());
    const { retryRun } = await retry(client, failed.id);
    expect(retryRun).toMatchObject({ id: failed.id, attempt: 2 });
    const run = await client.finished(failed.id);
    expect(run).toMatchObject({ id: failed.id, status: "SUCCEEDED", attempt: 2, error: null });
    expect(run.validation!.success).toBe(true);
    expect(run.steps.map(({ status, attempt }) => `${status} ${attempt}`)).toEqual(
      Array(7).fill("SUCCEEDED 1"),
    );
    expect(run.snapshot).toMatchObject({ asOf: "2023-08-31", revision: 1 });
  });

  it("of a CANCELLED run: it runs", async () => {
    const gate = await blockPublishing();
    const first = await startIngest(client, "month", "2023-09-01");
    const id = await startIngest(client, "month", "2023-09-02");
    await cancel(client, id);
    await retry(client, id);
    await gate.release();
    await client.finished(first);
    expect(await client.finished(id)).toMatchObject({ status: "SUCCEEDED", attempt: 2 });
  });

  it("of a SUCCEEDED run: CONFLICT; of no run: RUN_NOT_FOUND", async () => {
    const done = await client.ingest("month", "2024-01-31");
    const mutation = "mutation($id: ID!) { retryRun(id: $id) { id } }";
    expect(await client.error(mutation, { id: done.id })).toMatchObject({
      code: "CONFLICT",
      message: `run ${done.id} is SUCCEEDED; only FAILED and CANCELLED runs can be retried`,
    });
    expect(await client.error(mutation, { id: "00000000-0000-4000-8000-000000000000" })).toMatchObject({
      code: "RUN_NOT_FOUND",
    });
  });
});

describe("a failure nobody foresaw", () => {
  it("is masked in the run, with its step, and leaves the tables alone", async () => {
    await app.sql("alter table payments_agg_90d rename to payments_gone");
    const run = await client.ingest("month", "2023-10-31");
    await app.sql("alter table payments_gone rename to payments_agg_90d");
    expect(run.status).toBe("FAILED");
    expect(run.error).toEqual({
      code: "INTERNAL_SERVER_ERROR",
      message: "internal error; see the worker's log",
      step: "publish",
    });
    const told = JSON.stringify([run, await eventsOf(run.id)]);
    for (const secret of ['payments_agg_90d\\" does not exist', "relation", "insert into", app.dataDir])
      expect(told).not.toContain(secret);
    expect(run.steps.at(-1)).toMatchObject({ name: "publish", status: "FAILED" });
    await retry(client, run.id);
    expect(await client.finished(run.id)).toMatchObject({ status: "SUCCEEDED", attempt: 2 });
  });
});
