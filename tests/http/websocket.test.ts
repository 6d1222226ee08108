import { createClient } from "graphql-ws";
import { expect, test } from "vitest";
import WebSocket from "ws";
import { BadUserInputError, RunNotFoundError } from "../../src/errors/errors.js";
import type { RunEvent } from "../../src/registry/run.js";
import { endless, fakeEvent, fakeRun, fakeServices } from "../support/fake-services.js";
import { listen } from "./running-app.js";

async function connect(services = fakeServices(), connectionParams: Record<string, unknown> = {}) {
  const started = await listen(services);
  const client = createClient({
    url: `${started.url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams,
    retryAttempts: 0,
  });
  return { ...started, client };
}

function followed() {
  const services = fakeServices();
  const events = endless<RunEvent>();
  const asked: unknown[] = [];
  services.runs.follow = (...args) => {
    asked.push(args);
    return events.iterator;
  };
  return { services, events, asked };
}

test("events arrive as they happen, and the follower is let go when the client stops", async () => {
  const { services, events, asked } = followed();
  const { client } = await connect(services);
  const query = `subscription { runEvents(runId: "${fakeRun.id}", after: "7") { id message } }`;
  const stream = client.iterate({ query });
  for (const id of [8, 9]) {
    events.push(fakeEvent(id));
    const { value } = await stream.next();
    expect(value.data).toEqual({ runEvents: { id: String(id), message: `event ${id}` } });
  }
  await stream.return?.();
  await events.whenReturned;
  expect(asked).toEqual([[fakeRun.id, "7"]]);
  await client.dispose();
});

test("the follower is let go when the connection breaks", async () => {
  const { services, events } = followed();
  const { client } = await connect(services);
  const stream = client.iterate({ query: "subscription { runEvents { id } }" });
  events.push(fakeEvent(1));
  await stream.next();
  client.terminate();
  await events.whenReturned;
});

test("closing the app ends open sockets with 1001 and lets followers go", async () => {
  const { services, events } = followed();
  const { app, client } = await connect(services);
  const closed = new Promise<{ code: number }>((resolve) => {
    client.on("closed", (event) => resolve(event as { code: number }));
  });
  const stream = client.iterate({ query: "subscription { runEvents { id } }" });
  events.push(fakeEvent(1));
  await stream.next();
  await app.close();
  expect((await closed).code).toBe(1001);
  await events.whenReturned;
});

test("a client that never answers the close does not hold up the app", async () => {
  const { app, url } = await listen();
  const socket = new WebSocket(`${url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  await new Promise((resolve) => socket.once("open", resolve));
  socket.pause();
  await app.close();
  socket.terminate();
});

test("each event is resolved afresh", async () => {
  const { services, events } = followed();
  let read = 0;
  services.runs.findByIds = async (ids) => ids.map((id) => ({ ...fakeRun, id, attempt: ++read }));
  const { client } = await connect(services);
  const stream = client.iterate({ query: "subscription { runEvents { run { attempt } } }" });
  for (const attempt of [1, 2]) {
    events.push(fakeEvent(attempt));
    expect((await stream.next()).value.data).toEqual({ runEvents: { run: { attempt } } });
  }
  await client.dispose();
});

test("queries and mutations run over the socket too, as the actor it named", async () => {
  for (const [params, actor] of [
    [{ actor: "ana" }, "ana"],
    [{ "x-asof-actor": "bob" }, "bob"],
    [{ actor: { name: "ana" } }, "anonymous"],
    [{}, "anonymous"],
  ] as const) {
    const { client } = await connect(fakeServices(), params);
    const stream = client.iterate({
      query: `mutation { ingest(input: { source: "m", asOf: "2024-01-31" }) { actor } }`,
    });
    expect((await stream.next()).value).toEqual({ data: { ingest: { actor } } });
    await client.dispose();
  }
});

test.each([
  ["a cursor that is none", `subscription { runEvents(after: "x1") { id } }`, "BAD_USER_INPUT"],
  ["a run id that is none", `subscription { runEvents(runId: "17") { id } }`, "RUN_NOT_FOUND"],
  ["a run nobody knows", `subscription { runEvents(runId: "${fakeRun.id}") { id } }`, "RUN_NOT_FOUND"],
  [
    "a variable that is none",
    "query ($first: Int!) { users(first: $first) { totalCount } }",
    "BAD_USER_INPUT",
  ],
  ["a date that does not exist", `{ snapshot(asOf: "2024-02-30") { id } }`, "BAD_USER_INPUT"],
  ["an unknown field", "{ nothing }", "GRAPHQL_VALIDATION_FAILED"],
  ["no GraphQL at all", "{", "GRAPHQL_PARSE_FAILED"],
])("%s is refused as over HTTP, and the socket stays open", async (_what, query, code) => {
  const services = fakeServices();
  services.runs.follow = (runId) => {
    throw new RunNotFoundError(runId!);
  };
  const { client } = await connect(services);
  expect(await errorsOf(client, query)).toMatchObject([{ extensions: { code } }]);
  const stream = client.iterate({ query: "{ health { status } }" });
  expect((await stream.next()).value).toEqual({ data: { health: { status: "OK" } } });
  await client.dispose();
});

test("a stream that breaks is an error of its subscription: masked and logged, or typed", async () => {
  const services = fakeServices();
  let failure = new Error("password=hunter2");
  services.runs.follow = () => ({
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => Promise.reject(failure),
  });
  const { client, lines } = await connect(services);
  const query = "subscription { runEvents { id } }";
  expect(await errorsOf(client, query)).toEqual([
    { message: "internal error; see the server's log", extensions: { code: "INTERNAL_SERVER_ERROR" } },
  ]);
  expect(lines.filter((line) => line.includes("hunter2"))).toHaveLength(1);
  failure = new BadUserInputError("that cursor is gone");
  expect(await errorsOf(client, query)).toEqual([
    { message: "that cursor is gone", extensions: { code: "BAD_USER_INPUT" } },
  ]);
  await client.dispose();
});

test("a page of another site cannot open a socket", async () => {
  const { url } = await listen();
  const statusOf = (origin: string) =>
    new Promise<number>((resolve) => {
      const socket = new WebSocket(`${url.replace("http", "ws")}/graphql`, "graphql-transport-ws", {
        origin,
      });
      socket.once("open", () => {
        socket.close();
        resolve(101);
      });
      socket.once("unexpected-response", (_request, response) => resolve(response.statusCode!));
    });
  expect(await statusOf("https://elsewhere.example")).toBe(403);
  expect(await statusOf("null")).toBe(403);
  expect(await statusOf(url)).toBe(101);
});

test("another sub-protocol is refused", async () => {
  const { url } = await listen();
  const socket = new WebSocket(`${url.replace("http", "ws")}/graphql`, "graphql-ws");
  const failed = await new Promise<string>((resolve) => {
    socket.once("close", (code) => resolve(String(code)));
    socket.once("error", (error) => resolve(error.message));
  });
  expect(failed).toMatch(/4406|subprotocol/i);
});

/** What came instead of data, whether as an error message or as a result with errors. */
function errorsOf(client: ReturnType<typeof createClient>, query: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    client.subscribe(
      { query },
      {
        next: ({ errors }) => errors && resolve(errors),
        error: resolve,
        complete: () => reject(new Error("completed without an error")),
      },
    );
  });
}
