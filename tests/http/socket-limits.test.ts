import { expect, it } from "vitest";
import WebSocket from "ws";
import { defaultGraphQLLimits } from "../../src/services/graphql-limits.js";
import { defaultSocketLimits, type SocketLimits } from "../../src/services/socket-limits.js";
import { testConfig } from "../support/config.js";
import { fakeServices } from "../support/fake-services.js";
import { until } from "../support/until.js";
import { startApp } from "./running-app.js";

const EVENTS = "subscription { runEvents { id } }";

/** The app on a port, with these limits; everybody who sends a token is who it names. */
async function limited(socketLimits: Partial<SocketLimits>, graphqlLimits = {}) {
  const services = fakeServices();
  services.config = testConfig({
    socketLimits: { ...defaultSocketLimits, ...socketLimits },
    graphqlLimits: { ...defaultGraphQLLimits, ...graphqlLimits },
  });
  services.auth = {
    open: false,
    authenticate: (authorization = "Bearer nobody") => {
      const id = authorization.slice("Bearer ".length);
      return {
        actor: id,
        role: "admin",
        modelRoles: {},
        protocolRoles: {},
        seesPersonal: false,
        kind: "token",
        id,
        expiresAt: null,
      };
    },
    watch: () => () => {},
  };
  const started = await startApp({}, services);
  const address = await started.app.listen({ host: "127.0.0.1", port: 0 });
  return { ...started, services, address };
}

/** A socket that speaks the protocol by hand, so that it can ask for more than a client of good manners. */
async function connect(address: string, token: string) {
  const socket = new WebSocket(`${address.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  const answers: { id?: string; type: string; payload?: any }[] = [];
  let closed: number | null = null;
  socket.on("message", (data) => answers.push(JSON.parse(String(data))));
  socket.on("close", (code) => {
    closed = code;
  });
  await new Promise((resolve) => socket.once("open", resolve));
  socket.send(JSON.stringify({ type: "connection_init", payload: { token } }));
  await until("it is let in", () => answers.some(({ type }) => type === "connection_ack"));
  let asked = 0;
  return {
    answers,
    ask: (query: string) => {
      socket.send(JSON.stringify({ id: String(++asked), type: "subscribe", payload: { query } }));
      return String(asked);
    },
    complete: (id: string) => socket.send(JSON.stringify({ id, type: "complete" })),
    answer: (id: string) => until(`${id} is answered`, () => answers.find((each) => each.id === id)),
    errors: () => answers.filter(({ type }) => type === "error").map(({ payload }) => payload[0]),
    closed: () => closed,
    close: () => socket.terminate(),
  };
}

it("one socket has so many operations open; what is refused is not even read, and leaves room as it ends", async () => {
  const { address, lines } = await limited({ operationsPerSocket: 3 });
  const socket = await connect(address, "a");
  const ids = Array.from({ length: 3 }, () => socket.ask(EVENTS));
  // No document at all: whoever read it would say so.
  for (let n = 0; n < 500; n++) socket.ask("{{{ no document");
  await until("all are refused", () => socket.errors().length === 500);
  expect(new Set(socket.errors().map(({ message, extensions }) => `${extensions.code}: ${message}`))).toEqual(
    new Set([
      "RATE_LIMITED: at most 3 operations may be open over one socket at once; complete some first, or ask for several things in one operation",
    ]),
  );
  expect(lines.filter((line) => line.includes("operation over WebSocket"))).toEqual([]);
  for (const id of ids) socket.complete(id);
  await until(
    "there is room",
    () => lines.filter((line) => line.includes("operation over WebSocket")).length === 3,
  );
  expect((await socket.answer(socket.ask("{ health { status } }"))).payload.data.health.status).toBe("OK");
  socket.close();
});

it("a socket that goes on asking is closed with 4429", async () => {
  const { address } = await limited({ operationsPerSocket: 1 });
  const socket = await connect(address, "a");
  for (let n = 0; n < 1_100; n++) socket.ask(EVENTS);
  await until("it is closed", () => socket.closed() !== null);
  expect(socket.closed()).toBe(4429);
});

it("one token has so many over all its sockets, and the process so many of everybody's", async () => {
  const { address } = await limited({ operationsPerCaller: 2, operations: 3 });
  const sockets = await Promise.all(["a", "a", "b", "c"].map((token) => connect(address, token)));
  const [a, again, b, c] = sockets as [(typeof sockets)[0], ...typeof sockets];
  a.ask(EVENTS);
  again!.ask(EVENTS);
  const health = "{ health { status } }";
  await until("both are open", async () => {
    const { type } = await again!.answer(again!.ask(health));
    return type === "error";
  });
  expect(again!.errors()[0].message).toContain(
    "at most 2 operations may be open over the sockets of one token",
  );
  b!.ask(EVENTS);
  await until("three are open", async () => (await c!.answer(c!.ask(health))).type === "error");
  expect(c!.errors()[0]).toMatchObject({
    message: expect.stringContaining("busy: 3 operations over WebSocket are open in this process"),
    extensions: { code: "SERVICE_BUSY", retryAfterSeconds: 10 },
  });
  // A socket that goes away takes its operations with it.
  a.close();
  await until("there is room again", async () => (await c!.answer(c!.ask(health))).type === "next");
  for (const socket of sockets) socket.close();
});

/** How a socket that is asked for comes to its end: closed, or refused before it was one. */
function refusedSocket(address: string, token: string) {
  const socket = new WebSocket(`${address.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  return new Promise<{ code: number; reason: string; retryAfter?: string | undefined }>((resolve) => {
    socket.on("open", () => socket.send(JSON.stringify({ type: "connection_init", payload: { token } })));
    socket.on("close", (code, reason) => resolve({ code, reason: String(reason) }));
    socket.on("error", () => {});
    socket.on("unexpected-response", (_, response) => {
      let body = "";
      response.on("data", (part) => {
        body += part;
      });
      response.on("end", () =>
        resolve({ code: response.statusCode!, reason: body, retryAfter: response.headers["retry-after"] }),
      );
    });
  });
}

it("one token has so many sockets: one more is closed with 4429, others' are let in, and one that closes leaves room", async () => {
  const { app, address } = await limited({ socketsPerCaller: 2 });
  const first = await connect(address, "a");
  const second = await connect(address, "a");
  for (let n = 0; n < 20; n++) {
    const { code, reason } = await refusedSocket(address, "a");
    expect([code, reason]).toEqual([
      4429,
      "RATE_LIMITED: at most 2 WebSockets of one token may be open at once; close some, or ask over those",
    ]);
  }
  const other = await connect(address, "b");
  first.close();
  await until("it is gone", () => app.websocketServer.clients.size === 2);
  const again = await connect(address, "a");
  expect((await again.answer(again.ask("{ health { status } }"))).type).toBe("next");
  for (const socket of [second, other, again]) socket.close();
});

it("one process has so many sockets: one more is refused before it is one, with when to come again", async () => {
  const { app, address } = await limited({ sockets: 2 });
  const sockets = [await connect(address, "a"), await connect(address, "b")];
  const { code, reason, retryAfter } = await refusedSocket(address, "c");
  expect([code, retryAfter]).toEqual([503, "10"]);
  expect(JSON.parse(reason).errors[0]).toEqual({
    message: "busy: 2 WebSockets are open in this process; nothing was done, try again in 10 s",
    extensions: { code: "SERVICE_BUSY", retryAfterSeconds: 10 },
  });
  expect(app.websocketServer.clients.size).toBe(2);
  sockets[0]!.close();
  await until("it is gone", () => app.websocketServer.clients.size === 1);
  sockets.push(await connect(address, "c"));
  for (const socket of sockets) socket.close();
});

it("a socket that goes while it is asked who it is takes no place", async () => {
  const { app, address, services } = await limited({ socketsPerCaller: 1 });
  const { authenticate } = services.auth;
  let goOn = () => {};
  const asked = new Promise<void>((resolve) => {
    services.auth.authenticate = async (...of) => {
      resolve();
      await new Promise<void>((go) => {
        goOn = go;
      });
      return authenticate(...of);
    };
  });
  const gone = new WebSocket(`${address.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  gone.on("open", () => gone.send(JSON.stringify({ type: "connection_init", payload: { token: "a" } })));
  await asked;
  gone.terminate();
  await until("it is gone", () => app.websocketServer.clients.size === 0);
  goOn();
  services.auth.authenticate = authenticate;
  (await connect(address, "a")).close();
});

it("an id that is taken again before its first operation has ended does not hide operations", async () => {
  const { address } = await limited({ operationsPerSocket: 3 });
  const socket = await connect(address, "a");
  const raw = socket as unknown as { ask(query: string): string };
  for (let n = 0; n < 3; n++) {
    const id = raw.ask(EVENTS);
    if (n < 2) socket.complete(id);
  }
  const refused = async () => (await socket.answer(socket.ask(EVENTS))).type === "error";
  socket.ask(EVENTS);
  socket.ask(EVENTS);
  expect(await refused()).toBe(true);
  socket.close();
});

it("an event's selection is bounded for itself, as it is paid for as often as something happens", async () => {
  const { address } = await limited({}, { eventCost: 20 });
  const socket = await connect(address, "a");
  socket.ask("subscription { runEvents { id run { metrics { name } } } }");
  await until("it is refused", () => socket.errors().length === 1);
  expect(socket.errors()[0]).toMatchObject({
    message: expect.stringMatching(
      /^event cost: at most 20 was expected; got \d+; select less of each event, and ask for the rest with a query$/,
    ),
    extensions: { code: "QUERY_TOO_COMPLEX", limit: "event cost", max: 20 },
  });
  socket.close();
});
