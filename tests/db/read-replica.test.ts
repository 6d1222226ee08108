import { afterAll, beforeAll, expect, it } from "vitest";
import { lsnOf } from "../../src/db/replica-watch.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import { type Line, openLine } from "../support/line.js";
import { type Replicated, startReplicated } from "../support/replica.js";
import { until } from "../support/until.js";

const MAX_LAG_MS = 1_000;
const USERS = userIds(20);
const JANUARY = "2024-01-31";
const PUSH =
  'mutation($rows: [PushRowInput!]!) { push(input: { view: "support_agg_90d", rows: $rows }) { accepted } }';

let servers: Replicated;
let line: Line;
let app: TestApp;
beforeAll(async () => {
  servers = await startReplicated();
  line = await openLine(servers.replica);
  app = await startTestApp({
    databaseUrl: servers.primary,
    config: { readUrl: line.url, readMaxLagMs: MAX_LAG_MS },
  });
  writeDelivery(app.dataDir, JANUARY, smallDelivery(USERS));
  expect((await app.client.ingest(JANUARY, JANUARY)).error).toBeNull();
});
afterAll(async () => {
  await app?.stop();
  await line?.close();
  await servers?.stop();
});

const reads = () => ({ ...app.asof.services.operations.reads()! });
const tickets = async (user: string, more = ""): Promise<number> => {
  const { features } = await app.client.query(
    `query($user: ID!) { features(userId: $user${more}) { values { supportTickets90d } } }`,
    { user },
  );
  return features.values.supportTickets90d;
};
const push = (user: string, value: number) =>
  app.client.query(PUSH, {
    rows: [{ userId: user, asOf: "2024-02-10", values: { support_tickets_90d: value } }],
  });
const problems = async (): Promise<string[]> =>
  (await app.client.query("{ health { problems { subject message } } }")).health.problems
    .filter(({ subject }: any) => subject === "read replica")
    .map(({ message }: any) => message);
const replay = (verb: "pause" | "resume") => servers.sql(servers.replica, `select pg_wal_replay_${verb}()`);
const isUsed = () =>
  until("the replica is read from", async () => {
    const before = reads().replica;
    await tickets(USERS[0]!);
    return reads().replica > before;
  });

it("online features and features as of a date are read from the replica once it has what was written", async () => {
  await isUsed();
  const before = reads();
  for (const [n, user] of USERS.entries()) {
    expect(await tickets(user)).toBe(n % 5);
    expect(await tickets(user, `, asOf: "${JANUARY}"`)).toBe(n % 5);
  }
  expect(reads().replica - before.replica).toBeGreaterThanOrEqual(USERS.length);
  expect(await problems()).toEqual([]);
});

it("what was written is read by the very next request, however far behind the replica is", async () => {
  await isUsed();
  await replay("pause");
  const before = reads();
  for (let value = 100; value < 110; value++) {
    await push(USERS[1]!, value);
    expect(await tickets(USERS[1]!)).toBe(value);
  }
  expect(reads().primary - before.primary).toBeGreaterThanOrEqual(10);
  await replay("resume");
  await isUsed();
  expect(await tickets(USERS[1]!)).toBe(109);
});

it("writes and reads at once never see an older value than was acknowledged", async () => {
  await isUsed();
  const before = reads();
  let acknowledged = 0;
  let done = false;
  const writer = (async () => {
    for (let value = 1; value <= 60; value++) {
      await push(USERS[2]!, 1_000 + value);
      acknowledged = 1_000 + value;
    }
    done = true;
  })();
  const reader = async () => {
    while (!done) {
      const least = acknowledged;
      expect(await tickets(USERS[2]!)).toBeGreaterThanOrEqual(least);
    }
  };
  await Promise.all([writer, reader(), reader(), reader()]);
  expect(reads().replica).toBeGreaterThan(before.replica);
}, 60_000);

it("a replica that is too far behind is not used, which health says, until it has caught up", async () => {
  await replay("pause");
  await push(USERS[3]!, 7);
  await until("health says so", async () => (await problems()).length > 0, 10_000);
  expect(await problems()).toEqual([
    expect.stringMatching(
      /is not used: it is \d+ s behind, and 1000 ms are allowed \(DATABASE_READ_MAX_LAG_MS\)/,
    ),
  ]);
  const before = reads().replica;
  expect(await tickets(USERS[3]!)).toBe(7);
  expect(reads().replica).toBe(before);
  await replay("resume");
  await until("health is content", async () => (await problems()).length === 0, 10_000);
  await isUsed();
}, 40_000);

it("a replica that dies costs no answer, and is used again when it is back", async () => {
  await isUsed();
  await servers.stopReplica();
  for (const user of USERS.slice(4)) expect(await tickets(user)).toBe(USERS.indexOf(user) % 5);
  expect(await problems()).toEqual([expect.stringContaining("it cannot be reached")]);
  await servers.startReplica();
  await isUsed();
}, 60_000);

it("a replica that is cut off without a word costs no answer, and is used again when it is back", async () => {
  await isUsed();
  line.cut();
  const users = USERS.slice(4);
  const asked = [
    ...users.map((user) => tickets(user)),
    ...users.map((user) => tickets(user, `, asOf: "${JANUARY}"`)),
  ];
  const wanted = users.map((user) => USERS.indexOf(user) % 5);
  expect(await Promise.all(asked)).toEqual([...wanted, ...wanted]);
  expect(await problems()).toEqual([expect.stringContaining("it did not answer within 2000 ms")]);
  line.mend();
  await isUsed();
  expect(await problems()).toEqual([]);
}, 60_000);

it("a server that follows no other is not read from", async () => {
  const alone = await startTestApp({
    role: "api",
    databaseUrl: servers.primary,
    config: { readUrl: servers.primary },
  });
  const { health } = await alone.client.query("{ health { problems { message } } }");
  expect(health.problems).toContainEqual({ message: expect.stringContaining("it is no standby") });
  await alone.stop();
});

it("places in a log are compared as numbers", () => {
  expect(lsnOf("0/9") < lsnOf("0/10")).toBe(true);
  expect(lsnOf("1/0") > lsnOf("0/FFFFFFFF")).toBe(true);
  expect(lsnOf("16/B374D848")).toBe(0x16b374d848n);
});
