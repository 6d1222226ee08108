import type pg from "pg";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import WebSocket from "ws";
import { type Cluster, startCluster, waitsFor } from "../support/cluster.js";
import type { TestProcess } from "../support/process.js";
import { until } from "../support/until.js";

let cluster: Cluster;
let blocker: pg.Client;
beforeAll(async () => {
  cluster = await startCluster();
  blocker = await cluster.session();
});
afterEach(() => blocker.query("rollback"));
afterAll(() => cluster?.stop());

const lock = (table: string) => blocker.query(`begin; lock table ${table} in access exclusive mode`);
const startApi = (env: Record<string, string>) => cluster.start("api", { REQUEST_TIMEOUT_MS: "0", ...env });

/** What is said on one socket of graphql-transport-ws, message by message, and at last the code it was closed with. */
async function openSocket({ client }: TestProcess) {
  const heard: unknown[] = [];
  const socket = new WebSocket(`${client.address.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  const say = (message: object) => socket.send(JSON.stringify(message));
  socket.on("message", (data) => heard.push(JSON.parse(String(data))));
  socket.on("close", (code) => heard.push(code));
  socket.once("open", () => say({ type: "connection_init" }));
  await until("it is acknowledged", () => heard.length === 1);
  heard.length = 0;
  return { heard, ask: (id: string, query: string) => say({ id, type: "subscribe", payload: { query } }) };
}
const QUERY = "{ users(first: 1) { totalCount } }";
const FOLLOW = "subscription { runEvents { id } }";
/** Until an event has come, nobody knows whether it is followed. */
async function follow(process: TestProcess) {
  const socket = await openSocket(process);
  socket.ask("events", FOLLOW);
  await until("it follows", async () => {
    await process.client.query("mutation { createRun(input: {}) { id } }");
    return socket.heard.length > 0;
  });
  return socket;
}

it("a query over WebSocket is answered during the stop, then its socket is closed with 1001; a subscription ends at once", async () => {
  const process = await startApi({});
  const follower = await follow(process);
  const { heard, ask } = await openSocket(process);
  await lock("users");
  ask("events", FOLLOW);
  ask("slow", QUERY);
  await waitsFor(cluster.sql, "users");

  const stopped = process.stop();
  await until("the subscription is closed", () => follower.heard.at(-1) === 1001);
  expect(heard).toEqual([]);
  await blocker.query("commit");
  await until("the socket is closed", () => typeof heard.at(-1) === "number");
  expect(heard).toEqual([
    { id: "slow", type: "next", payload: { data: { users: { totalCount: 0 } } } },
    { id: "slow", type: "complete" },
    1001,
  ]);
  expect(await stopped).toBe(0);
});

it("a query over WebSocket that is not answered in time is told so before its socket is closed", async () => {
  const process = await startApi({ SHUTDOWN_TIMEOUT_MS: "2000" });
  const { heard, ask } = await openSocket(process);
  await lock("users");
  ask("stuck", QUERY);
  await waitsFor(cluster.sql, "users");
  expect(await process.stop()).toBe(0);
  await until("the socket is closed", () => typeof heard.at(-1) === "number");
  const message = "the process is stopping and could not finish the request; send it again";
  expect(heard).toEqual([
    {
      id: "stuck",
      type: "next",
      payload: { errors: [{ message, extensions: { code: "SERVICE_UNAVAILABLE" } }] },
    },
    { id: "stuck", type: "complete" },
    1001,
  ]);
});
