import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import type pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Lanes, openLanes } from "../../src/db/lanes-of-process.js";
import { createClient, createPool, type Pool } from "../../src/db/pool.js";
import { systemDatabaseUrl } from "../../src/jobs/engine/engine.js";
import { createDatabase, type TestDatabase } from "../support/database.js";
import { until } from "../support/until.js";

const ON_SERVER =
  "select current_setting('tcp_keepalives_idle') as idle, current_setting('tcp_keepalives_interval') as interval, current_setting('tcp_keepalives_count') as count, current_setting('tcp_user_timeout') as unanswered";
const isLinux = process.platform === "linux";

let database: TestDatabase;
let lanes: Lanes & { end(): Promise<void> };
let pool: Pool;
let engine: Pool;
let listener: pg.Client;
beforeAll(async () => {
  database = await createDatabase();
  lanes = openLanes(
    { url: database.url, pooled: false },
    { connections: 4, runs: 2, timeoutMs: 1_000, endGraceMs: 0 },
  );
  pool = createPool(database.url, 1);
  engine = createPool(systemDatabaseUrl(database.url), 1);
  listener = createClient(database.url, "listen");
  await listener.connect();
});
afterAll(async () => {
  await Promise.all([lanes?.end(), pool?.end(), engine?.end(), listener?.end()]);
  await database?.drop();
});

const each = (): [string, Pick<pg.Pool, "query">][] => [
  ["requests", lanes.requests],
  ["runs", lanes.background],
  ["a pool", pool],
  ["the engine", engine],
  ["LISTEN", listener as unknown as Pool],
];

it("the server misses a client that vanished within half a minute, whether it waits for it or sends to it", async () => {
  for (const [name, connection] of each()) {
    const { rows } = await connection.query(ON_SERVER);
    expect([name, rows[0]]).toEqual([
      name,
      { idle: "10", interval: "5", count: "3", unanswered: isLinux ? "25000" : "0" },
    ]);
  }
});

/** When the kernel asks the other side next whether it is there, in s; null: it does not. */
function asksIn({ localPort }: Socket): number | null {
  const port = localPort!.toString(16).toUpperCase().padStart(4, "0");
  const line = readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .find((each) => each.split(/\s+/)[2]?.endsWith(`:${port}`));
  if (line === undefined) return null; // the list is not read at one moment: connections that end can hide another
  const [timer, ticks] = line.trim().split(/\s+/)[5]!.split(":");
  return timer === "02" ? Number.parseInt(ticks!, 16) / 100 : null;
}

it.skipIf(!isLinux)("a client that waits asks every ten seconds whether the server is there", async () => {
  const socketOf = (client: unknown) => (client as { connection: { stream: Socket } }).connection.stream;
  const lent = await Promise.all([lanes.requests.connect(), lanes.background.connect(), pool.connect()]);
  try {
    for (const client of [...lent, listener]) {
      const seconds = await until("all is acknowledged", () => asksIn(socketOf(client)));
      expect(seconds).toBeLessThanOrEqual(11);
    }
  } finally {
    for (const client of lent) client.release();
  }
});
