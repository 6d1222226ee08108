import { connect, type Socket } from "node:net";
import { createClient } from "graphql-ws";
import { expect, it, vi } from "vitest";
import WebSocket from "ws";
import { listen, startApp } from "../http/running-app.js";
import { fakeServices } from "../support/fake-services.js";
import { until } from "../support/until.js";

const logged = (lines: string[]) =>
  lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === "request");
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-/;

it("a request is one line with the id it came with, who asked, the operation's name and how it ended", async () => {
  const { app, lines } = await startApp();
  const response = await app.inject({
    method: "POST",
    url: "/graphql",
    headers: { "x-request-id": "trace-7", "x-asof-actor": "ann" },
    payload: {
      query: "query Hit($s: String) { featureStoreStatus { hitRate } }",
      variables: { s: "hunter2" },
    },
  });
  expect(response.headers["x-request-id"]).toBe("trace-7");
  expect(logged(lines)).toEqual([
    expect.objectContaining({
      reqId: "trace-7",
      actor: "ann",
      operation: "Hit",
      method: "POST",
      url: "/graphql",
      ms: expect.any(Number),
      status: response.statusCode,
    }),
  ]);
  expect(lines.join("")).not.toContain("hunter2");
});

it("an operation that is named beside several is told by that name, and REST has none", async () => {
  const { app, lines } = await startApp();
  const query = "query A { health { status } } query B { health { version } }";
  await app.inject({ method: "POST", url: "/graphql", payload: { query, operationName: "B" } });
  await app.inject({ url: "/features/u1" });
  expect(logged(lines).map(({ operation }) => operation)).toEqual(["B", undefined]);
});

it.each([["a b"], ["x".repeat(129)], ['","level":60'], [""]])(
  "the id %j is replaced by one that can be logged, which the answer tells",
  async (id) => {
    const { app, lines } = await startApp();
    const { headers } = await app.inject({ url: "/ready", headers: { "x-request-id": id } });
    expect(headers["x-request-id"]).toMatch(UUID);
    expect(logged(lines)).toEqual([expect.objectContaining({ reqId: headers["x-request-id"] })]);
  },
);

it("what is refused carries the id, too", async () => {
  const { app } = await startApp();
  const unknown = await app.inject({ url: "/nowhere", headers: { "x-request-id": "lost-1" } });
  expect([unknown.statusCode, unknown.headers["x-request-id"]]).toEqual([404, "lost-1"]);
});

it.each([
  ["GET", `/graphql?query=query Q($u:ID!){features(userId:$u){asOf}}&variables={"u":"hunter2"}`, "/graphql"],
  ["GET", "/graphql?query={health{status}}&access_token=hunter2", "/graphql"],
  ["GET", "/features/hunter2", "/features/:userId"],
  ["GET", "/features/hunter2?access_token=hunter2", "/features/:userId"],
  ["GET", "/health?token=hunter2", "/health"],
  ["POST", "/predict?api_key=hunter2", "/predict"],
  ["GET", "/user/hunter2/features?token=hunter2", "/user/…"],
  ["GET", "/nowhere?token=hunter2", "/nowhere"],
])("of %s %s neither variables nor ids nor tokens are logged", async (method, url, logs) => {
  const { app, lines } = await startApp();
  await app.inject({
    method: method as "GET",
    url: encodeURI(url),
    headers: { "apollo-require-preflight": "1" },
  });
  expect(logged(lines)).toEqual([expect.objectContaining({ method, url: logs })]);
  expect(lines.join("")).not.toContain("hunter2");
});

/** Sends the head and a part of the body, and goes away. */
function breakOff(url: string, path: string, type: string): void {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname, () => {
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${type}\r\ncontent-length: 1000\r\n\r\npart`,
    );
    setImmediate(() => socket.destroy());
  });
}

it.each([
  ["/runs/00000000-0000-4000-8000-000000000000/artifacts/a", "application/octet-stream"],
  ["/predict", "application/json"],
  ["/graphql", "application/json"],
])("an upload to %s that its client breaks off is one line, and no error", async (path, type) => {
  const { url, lines } = await listen();
  breakOff(url, path, type);
  await until("it is logged", () => logged(lines).length === 1);
  const [line] = logged(lines);
  expect(line).toMatchObject({ status: 499, url: path });
  expect(lines.map((text) => JSON.parse(text)).filter(({ level }) => level > 40)).toEqual([]);
});

it("an operation over WebSocket is one line, with the socket's id and its number, and no value of it", async () => {
  const services = fakeServices();
  const { url, lines } = await listen(services);
  const client = createClient({
    url: `${url.replace("http", "ws")}/graphql`,
    webSocketImpl: class extends WebSocket {
      constructor(address: string, protocol: string) {
        super(address, protocol, { headers: { "x-request-id": "socket-1" } });
      }
    },
    connectionParams: { actor: "ann" },
    lazy: false,
  });
  const ask = (query: string) =>
    client
      .iterate({ query })
      .next()
      .catch(() => {});
  await ask('query Hit { features(userId: "hunter2") { userId } }');
  await ask("{ nothing }");
  await client.dispose();
  const told = () =>
    lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === "operation over WebSocket");
  await until("both are logged", () => told().length === 2);
  const line = { level: 30, actor: "ann", ms: expect.any(Number) };
  expect(told()).toEqual([
    expect.objectContaining({
      ...line,
      reqId: "socket-1.1",
      operation: "Hit",
      type: "query",
      answers: 1,
      outcome: "ok",
    }),
    expect.objectContaining({
      ...line,
      reqId: "socket-1.2",
      type: "invalid",
      outcome: "GRAPHQL_VALIDATION_FAILED",
    }),
  ]);
  expect(lines.join("")).not.toContain("hunter2");
});

it("what is no WebSocket frame is a line of the log, and nothing on standard error", async () => {
  const { url, lines } = await listen();
  const written = vi.spyOn(console, "error").mockImplementation(() => {});
  const socket = new WebSocket(`${url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  await new Promise((resolve) => socket.once("open", resolve));
  socket.on("error", () => {});
  // A frame of a reserved kind.
  (socket as unknown as { _socket: Socket })._socket.write(Buffer.from([0x8f, 0x80, 0, 0, 0, 0]));
  await until("it is logged", () => lines.some((line) => line.includes("sent what is no frame")));
  expect(JSON.parse(lines.find((line) => line.includes("no frame"))!)).toMatchObject({ level: 40 });
  expect(written).not.toHaveBeenCalled();
  written.mockRestore();
});
