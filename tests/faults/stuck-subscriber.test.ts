import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import WebSocket from "ws";
import { startTestApp, type TestApp } from "../support/app.js";
import { subscribe } from "../support/subscribe.js";
import { until } from "../support/until.js";

const EVENTS = 6_000;
/** Bytes of one event's message: all of them together are far more than any socket's buffers take. */
const MESSAGE_BYTES = 8_000;
/** Long enough for those that read, on a busy machine. */
const KEEP_ALIVE_MS = 3_000;
const WHOLE = EVENTS * MESSAGE_BYTES;

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ keepAliveMs: KEEP_ALIVE_MS });
});
afterAll(() => app?.stop());

interface Followed {
  field: string;
  query: string;
  /** Whom the rows are of, if that must be there first; its id is $1 of `insert`. */
  owner: string | null;
  /** The numbers from $2 to $3, each with a long message. */
  insert: string;
}

const FOLLOWED: Followed[] = [
  {
    field: "runEvents",
    query: "subscription { runEvents { id message } }",
    owner:
      "insert into runs (id, kind, status, params, actor, experiment_id) values ($1, 'EXTERNAL', 'RUNNING', '{}', 'tester', 0)",
    insert: `insert into run_events (run_id, kind, at, type, status, message)
       select $1::uuid, 'EXTERNAL', now(), 'LOG', 'RUNNING', n || repeat('x', ${MESSAGE_BYTES}) from generate_series($2::int, $3) n`,
  },
  {
    field: "modelTransitions",
    query: "subscription { modelTransitions { id reason } }",
    owner: null,
    insert: `insert into stage_transitions (model, version, from_stage, to_stage, actor, reason)
       select 'churn', 1, 'NONE', 'STAGING', $1, n || repeat('x', ${MESSAGE_BYTES}) from generate_series($2::int, $3) n`,
  },
];

/** A client that follows, and reads nothing from when it is stopped. */
async function openSubscriber(query: string) {
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
    payload: { query },
  });
  return socket;
}

/** What the server holds for its clients beyond what the kernel took. */
const heldBytes = () =>
  [...app.asof.http.websocketServer.clients].reduce((sum, { bufferedAmount }) => sum + bufferedAmount, 0);

const connected = () => app.asof.http.websocketServer.clients.size;

/** One that stops reading, and one beside it that reads on until it has all. */
async function followBoth({ field, query, owner, insert }: Followed) {
  const id = randomUUID();
  if (owner) await app.sql(owner, [id]);
  const stuck = await openSubscriber(query);
  const reader = subscribe<{ id: string }>(app.asof.address, field, query);
  let sent = 0;
  const send = async (count: number) => {
    await app.sql(insert, [id, sent + 1, sent + count]);
    sent += count;
    if (owner) await app.sql("select pg_notify('asof_run_events', '')");
  };
  await until("the reader follows", async () => {
    await send(1);
    return reader.received.length > 0;
  });
  stuck.pause();
  return { send, reader, stuck };
}

it("subscribers that stop reading hold up nobody, cost a bounded buffer, and are disconnected", async () => {
  const follows = [];
  for (const followed of FOLLOWED) follows.push(await followBoth(followed));
  expect(connected()).toBe(2 * FOLLOWED.length);

  let held = 0;
  const watch = setInterval(() => {
    held = Math.max(held, heldBytes());
  }, 5);
  for (let written = 0; written < EVENTS; written += 500) for (const { send } of follows) await send(500);
  for (const { reader } of follows)
    await until("the one beside it has read everything", () => reader.received.length > EVENTS, 60_000);
  clearInterval(watch);
  expect(held).toBeLessThan((WHOLE * FOLLOWED.length) / 10);
  for (const { reader } of follows) {
    const ids = reader.received.map((each) => BigInt(each.id));
    for (let i = 1; i < ids.length; i++) expect(ids[i]! > ids[i - 1]!).toBe(true);
  }

  await until("they are disconnected", () => connected() === FOLLOWED.length, 60_000);
  for (const { reader, stuck } of follows) {
    expect(reader.ended).toBeNull();
    await reader.leave();
    stuck.terminate();
  }
}, 180_000);
