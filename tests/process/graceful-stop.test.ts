import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { PoolUse } from "../../src/jobs/operations.js";
import { type Cluster, startCluster, startTraining, waitsFor } from "../support/cluster.js";
import { writeDelivery } from "../support/delivery.js";
import { JANUARY, learnableMonth, STRONG, USERS } from "../support/months.js";
import type { TestProcess } from "../support/process.js";
import { followRun } from "../support/subscribe.js";
import { until } from "../support/until.js";

/** Long enough for a load balancer that asks every 50 ms, on a busy machine. */
const DRAIN_MS = "1500";
/** Between a client's answer and its next request: without it the clients alone take a processor. */
const PACE_MS = 5;

let cluster: Cluster;
let first: TestProcess;
let second: TestProcess;
beforeAll(async () => {
  cluster = await startCluster();
  writeDelivery(cluster.dataDir, "january", learnableMonth());
  first = await cluster.start("all", { SHUTDOWN_DRAIN_MS: DRAIN_MS });
  expect(await first.client.ingest("january", JANUARY)).toMatchObject({ error: null });
  expect(await first.client.train({ asOf: JANUARY, seed: 1, params: STRONG })).toMatchObject({ error: null });
  await first.client.query("mutation { promote(input: { version: 1 }) { version } }");
});
afterAll(() => cluster?.stop());

const isReady = ({ client }: TestProcess) =>
  fetch(`${client.address}/ready`).then(
    ({ status }) => status === 200,
    () => false,
  );
const listens = ({ client }: TestProcess) =>
  fetch(`${client.address}/health`).then(
    () => true,
    () => false,
  );
const post = ({ client }: TestProcess, path: string, body: unknown) =>
  fetch(`${client.address}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
const users = (process: TestProcess) =>
  post(process, "/graphql", { query: "{ users(first: 1) { nodes { userId } } }" });

/** The statements that wait for a lock. */
const waiting = async (): Promise<string[]> => {
  const rows = await cluster.sql(
    "select query from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );
  return rows.map(({ query }) => query);
};

/** What a load balancer does: it asks who is ready, and sends requests in turn to those who were. */
function balance(processes: TestProcess[]) {
  const answered = new Map<string, number>();
  let ready = [...processes];
  let going = true;
  const count = (outcome: string) => answered.set(outcome, (answered.get(outcome) ?? 0) + 1);
  const checks = (async () => {
    while (going) {
      const known = await Promise.all(processes.map(isReady));
      ready = processes.filter((_, index) => known[index]);
      await delay(50);
    }
  })();
  const clients = Array.from({ length: 6 }, async (_, client) => {
    for (let turn = client; going; turn++) {
      const process = ready[turn % ready.length];
      if (!process) {
        count("none is ready");
        await delay(50);
        continue;
      }
      await post(process, "/predict", { user_id: USERS[turn % USERS.length] }).then(
        async (response) => {
          await response.json();
          count(`${processes.indexOf(process)}: ${response.status}`);
        },
        (error: Error & { cause?: Error }) => count(`${processes.indexOf(process)}: ${error.cause ?? error}`),
      );
      await delay(PACE_MS);
    }
  });
  return {
    answered,
    stop: async () => {
      going = false;
      await Promise.all([checks, ...clients]);
    },
  };
}

it("a process that stops under load fails no request, hands its run over, ends subscriptions with 1001 and exits with 0", async () => {
  const blocker = await cluster.session();
  // Until then the run reads its rows, and the slow request waits.
  await blocker.query("begin; lock table users, usage_agg_30d_snapshots in access exclusive mode");
  const id = await startTraining(first.client, { asOf: JANUARY, seed: 2, params: STRONG });
  await waitsFor(cluster.sql, "usage_agg_30d_snapshots");
  second = await cluster.start("all");
  const follower = followRun(first.client.address, id);
  await until("the subscription is live", () => follower.received.length > 0);
  const load = balance([first, second]);
  try {
    await until(
      "both answer",
      () => load.answered.size === 2 && [...load.answered.values()].every((n) => n > 20),
    );

    const slow = users(first);
    await waitsFor(cluster.sql, "users");
    const stopped = first.stop();
    await until("it is not ready", async () => !(await isReady(first)));
    expect(first.child.exitCode).toBeNull();
    await until("it listens no more", async () => !(await listens(first)));
    await blocker.query("commit");
    expect(await slow.then((response) => response.json())).toEqual({
      data: { users: { nodes: [{ userId: expect.any(String) }] } },
    });
    expect(await stopped).toBe(0);
    await until("the subscription is closed", () => follower.closeCode === 1001);

    expect(await second.client.finished(id)).toMatchObject({ status: "SUCCEEDED", attempt: 1, error: null });
  } finally {
    await blocker.query("rollback");
    await load.stop();
  }
  expect([...load.answered.keys()].sort()).toEqual(["0: 200", "1: 200"]);
  expect(first.output().includes(`"runs":["${id}:1"],"msg":"stopping: handed over`)).toBe(true);
}, 90_000);

it("what is not answered in time is told so, cancelled and logged, and the process ends", async () => {
  const hurried = await cluster.start("api", { SHUTDOWN_TIMEOUT_MS: "2000", REQUEST_TIMEOUT_MS: "0" });
  const blocker = await cluster.session();
  await blocker.query("begin; lock table users in access exclusive mode");
  const stuck = users(hurried);
  await waitsFor(cluster.sql, "users");
  expect(await hurried.stop()).toBe(0);
  const response = await stuck;
  expect([response.status, await response.json()]).toEqual([
    503,
    {
      errors: [
        {
          message: "the process is stopping and could not finish the request; send it again",
          extensions: { code: "SERVICE_UNAVAILABLE" },
        },
      ],
    },
  ]);
  expect(hurried.output()).toMatch(
    /"what":"POST \/graphql","ms":\d+\}\],"msg":"stopping: these were not answered/,
  );
  expect(await waiting()).toEqual([]);
  await blocker.query("commit");
}, 60_000);

it("a stop that cannot be completed ends by itself with 1, and its last line says what is left", async () => {
  const process = await cluster.start("api", { SHUTDOWN_TIMEOUT_MS: "1500", REQUEST_TIMEOUT_MS: "0" });
  // Answers are logged before the connections are closed, and a commit is not cancelled: both wait for the test.
  await cluster.sql(`
    create function hold() returns trigger language plpgsql as 'begin perform pg_advisory_xact_lock_shared(4711); return null; end';
    create constraint trigger hold after insert on runs deferrable initially deferred for each row execute function hold()`);
  const blocker = await cluster.session();
  await blocker.query(
    "begin; lock table prediction_log in access exclusive mode; select pg_advisory_xact_lock(4711)",
  );
  await process.client.query(`{ predict(userId: "${USERS[0]}") { prediction } }`);
  await waitsFor(cluster.sql, "prediction_log");
  const committing = process.client.raw("mutation { createRun(input: {}) { id } }");
  await until("it commits", async () => (await waiting()).includes("commit"));

  expect(await process.stop()).toBe(1);
  expect((await committing).errors).toMatchObject([{ extensions: { code: "SERVICE_UNAVAILABLE" } }]);
  const { msg, requests, connections } = JSON.parse(process.output().split("\n").at(-1)!);
  expect(msg).toBe("stopping took too long: ended with this left");
  expect(requests).toMatchObject([{ what: "POST /graphql" }]);
  const inUse = connections.filter(({ total, idle }: PoolUse) => total > idle);
  expect(inUse.map(({ pool }: PoolUse) => pool)).toEqual(["requests", "runs"]);
  await blocker.query("rollback");
}, 60_000);

it("a second SIGTERM ends it at once with 1", async () => {
  const process = await cluster.start("api", { SHUTDOWN_DRAIN_MS: "60000", SHUTDOWN_TIMEOUT_MS: "90000" });
  const stopped = process.stop();
  await until("it is stopping", () => process.output().includes('"msg":"stopping"'));
  expect(process.child.exitCode).toBeNull();
  // One that comes at once is the first one again: a group is sent it twice.
  await until("a later one ends it", () => {
    process.child.kill("SIGTERM");
    return process.child.exitCode !== null;
  });
  expect(await stopped).toBe(1);
}, 60_000);

it("one Ctrl-C that comes twice, as it does under npm, answers what is under way", async () => {
  const process = await cluster.start("api");
  const blocker = await cluster.session();
  await blocker.query("begin; lock table users in access exclusive mode");
  const slow = users(process);
  await waitsFor(cluster.sql, "users");
  const ended = once(process.child, "exit");
  process.child.kill("SIGINT");
  await until("it is stopping", () => process.output().includes('"msg":"stopping"'));
  process.child.kill("SIGINT");
  await blocker.query("commit");
  expect((await slow).status).toBe(200);
  expect(await ended).toEqual([0, null]);
}, 60_000);

it("several processes on one port drain together, and all of them end", async () => {
  const several = await cluster.start("api", { ASOF_PROCESSES: "2", SHUTDOWN_DRAIN_MS: DRAIN_MS });
  await until("both listen", () => several.output().match(/Server listening/g)?.length === 2);
  const stopped = several.stop();
  await until("none is ready", async () => !(await isReady(several)));
  const answered = await Promise.all([1, 2, 3, 4].map(() => users(several)));
  expect(answered.map(({ status, headers }) => [status, headers.get("connection")])).toEqual(
    answered.map(() => [200, "close"]),
  );
  expect(await stopped).toBe(0);
}, 60_000);

it("a connection that was opened ahead of need does not hold up the end; one that asks at last is answered", async () => {
  // Left to themselves they would hold it up for 70 % of this.
  const patient = await cluster.start("api", {
    SHUTDOWN_TIMEOUT_MS: "600000",
    SHUTDOWN_DRAIN_MS: DRAIN_MS,
  });
  const port = Number(new URL(patient.client.address).port);
  const [silent, late] = await Promise.all([open(port), open(port)]);
  const closed = new Promise((resolve) => silent.once("close", resolve));
  const stopped = patient.stop();
  await until("it is not ready", async () => !(await isReady(patient)));
  const answer = new Promise<string>((resolve) => late.once("data", (bytes) => resolve(String(bytes))));
  late.write("GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
  expect(await answer).toMatch(/^HTTP\/1.1 200 [\s\S]*connection: close/i);
  await closed;
  expect(await stopped).toBe(0);
}, 60_000);

async function open(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}
