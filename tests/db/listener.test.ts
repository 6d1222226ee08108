import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Listener } from "../../src/db/listener.js";
import { createPool } from "../../src/db/pool.js";
import { createDatabase, type TestDatabase } from "../support/database.js";
import { until } from "../support/until.js";

let database: TestDatabase;
let listener: Listener | undefined;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await listener?.close();
  await database.drop();
});

/** A way to the database that can be closed. */
async function startGate(url: string) {
  const target = new URL(url);
  const gate = { url: "", open: true, refused: 0, close: () => {}, end: () => {} };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    socket.on("error", () => {});
    if (!gate.open) {
      gate.refused++;
      socket.destroy();
      return;
    }
    sockets.add(socket);
    const through = connect(Number(target.port), target.hostname);
    through.on("error", () => {}).on("close", () => socket.destroy());
    socket.on("close", () => through.destroy());
    socket.pipe(through).pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const way = new URL(url);
  way.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  gate.url = way.href;
  gate.close = () => {
    gate.open = false;
    for (const socket of sockets) socket.destroy();
  };
  gate.end = () => server.close();
  return gate;
}

it("tries again several times a second however long the database is away, and listens at once when it is back", async () => {
  const gate = await startGate(database.url);
  listener = new Listener(gate.url);
  const heard: string[] = [];
  let reconnected = 0;
  listener.on("asof_test", (payload) => heard.push(payload));
  listener.onReconnect(() => reconnected++);
  await listener.start();
  gate.close();
  await until("it was refused ten times", () => gate.refused >= 10, 8_000);
  gate.open = true;
  await until("it listens again", () => reconnected === 1, 1_000);
  const pool = createPool(database.url, 1);
  await pool.query("notify asof_test, 'hello'");
  await pool.end();
  await until("it has heard", () => heard.length === 1);
  expect(heard).toEqual(["hello"]);
  await listener.close();
  gate.end();
}, 30_000);
