import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import WebSocket from "ws";
import { startTestApp, type TestApp } from "../support/app.js";
import { followRun } from "../support/subscribe.js";
import { until } from "../support/until.js";

const EVENTS = 6_000;
/** Bytes of one event's message: all of them together are far more than any socket's buffers take. */
const MESSAGE_BYTES = 8_000;
const WHOLE = EVENTS * MESSAGE_BYTES;

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
}, 120_000);
afterAll(() => app?.stop());

/** A client that follows all runs, and reads nothing from when it is stopped. */
async function openSubscriber() {
  const socket = new WebSocket(`${app.asof.address.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  socket.on("error", () => {});
  const say = (message: object) => socket.send(JSON.stringify(message));
  socket.once("open", () => say({ type: "connection_init" }));
  await new Promise<void>((resolve) => {
    socket.on("message", (data) => {
      if (JSON.parse(String(data)).type === "connection_ack") resolve();
    });
  });
  say({
    id: "1",
    type: "subscribe",
    payload: { query: "subscription { runEvents { id message } }" },
  });
  return socket;
}

/** What the server holds for its clients beyond what the kernel took. */
const heldBytes = () =>
  [...app.asof.http.websocketServer.clients].reduce((sum, { bufferedAmount }) => sum + bufferedAmount, 0);

it("a subscriber that stops reading holds up nobody, costs a bounded buffer, and is disconnected", async () => {
  const runId = randomUUID();
  await app.sql(
    "insert into runs (id, kind, status, params, actor) values ($1, 'EXTERNAL', 'RUNNING', '{}', 'tester')",
    [runId],
  );
  const stuck = await openSubscriber();
  const reader = followRun(app.asof.address, runId);
  await until("both are connected", () => app.asof.http.websocketServer.clients.size === 2);
  stuck.pause();

  let held = 0;
  const watch = setInterval(() => {
    held = Math.max(held, heldBytes());
  }, 5);
  for (let written = 0; written < EVENTS; written += 500) {
    await app.sql(
      `insert into run_events (run_id, kind, at, type, status, message)
       select $1, 'EXTERNAL', now(), 'LOG', 'RUNNING', n || repeat('x', ${MESSAGE_BYTES}) from generate_series($2::int, $3) n`,
      [runId, written + 1, written + 500],
    );
    await app.sql("select pg_notify('asof_run_events', '')");
  }
  await until("the other subscriber has read everything", () => reader.received.length === EVENTS, 60_000);
  clearInterval(watch);
  expect(held).toBeLessThan(WHOLE / 10);

  await until("it is disconnected", () => app.asof.http.websocketServer.clients.size === 1, 60_000);
  expect(reader.ended).toBeNull();
  await reader.leave();
  stuck.terminate();
}, 180_000);
