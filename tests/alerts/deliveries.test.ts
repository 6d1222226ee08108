import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Alerts } from "../../src/alerts/alerts.js";
import type { ChannelParts } from "../../src/alerts/channels/alert-channel.js";
import { AllowedHosts } from "../../src/alerts/channels/checked-addresses.js";
import { addDelivery } from "../../src/alerts/delivery-store.js";
import { AlertOutbox, BACKOFF } from "../../src/alerts/outbox.js";
import { AlertSender } from "../../src/alerts/sender.js";
import { createPool, type Pool } from "../../src/db/pool.js";
import { createMigratedDatabase, type TestDatabase } from "../support/database.js";
import { testing } from "../support/deployment/testing.js";
import { until } from "../support/until.js";
import { AlertReceiver, SECRET } from "./receiver.js";

const FAST = { ...BACKOFF, firstMs: 10, factor: 1, attempts: 4 };
const channels: ChannelParts = {
  variable: (name) => (name === "ALERT_SECRET" ? SECRET : undefined),
  allowed: new AllowedHosts(["127.0.0.1"]),
  consoleUrl: null,
  smtp: null,
  timeoutMs: 10_000,
};

let database: TestDatabase;
let pool: Pool;
let receiver: AlertReceiver;
let other: AlertReceiver;
let alerts: Alerts;
const senders: AlertSender[] = [];

beforeAll(async () => {
  database = await createMigratedDatabase();
  pool = createPool(database.url, 8);
  receiver = await new AlertReceiver().start();
  other = await new AlertReceiver().start();
  alerts = new Alerts(pool, testing, channels, senderOf());
});
afterAll(async () => {
  await receiver?.stop();
  await other?.stop();
  await pool?.end();
  await database?.drop();
});
beforeEach(async () => {
  for (const { name } of await alerts.rules()) await alerts.delete(name);
  await pool.query("delete from alert_deliveries");
  for (const each of [receiver, other]) {
    each.mood = 204;
    for (const list of [each.received, each.refused, each.paths]) list.length = 0;
  }
  await rule("first", receiver);
});
afterEach(async () => {
  await Promise.all(senders.splice(0).map((sender) => sender.close()));
});

const rule = (name: string, { url }: AlertReceiver) =>
  alerts.set(
    { name, on: { RUN_FAILED: true }, to: { channel: "WEBHOOK", url, secret: "ALERT_SECRET" } },
    "tester",
  );

const senderOf = (backoff = FAST, parts = channels) =>
  new AlertSender(new AlertOutbox(pool, backoff), parts, pino({ level: "silent" }));

function started(backoff = FAST, parts = channels): AlertSender {
  const sender = senderOf(backoff, parts);
  senders.push(sender);
  sender.start();
  return sender;
}

const add = async (key: string, of = "first"): Promise<string> =>
  (await addDelivery(pool, {
    ...{ rule: of, event: "RUN_FAILED", key, channel: "WEBHOOK" },
    message: {
      ...{
        type: "RUN_FAILED",
        phase: "HAPPENED",
        timestamp: "2024-02-01T03:00:00.000Z",
        deployment: "tests",
      },
      ...{ rule: of, subject: `run ${key}`, summary: "a run failed", page: `/runs/${key}`, data: {} },
    },
  }))!;

const of = async (id: string) => (await alerts.deliveries({}, 100)).find((each) => each.id === id)!;
const isIn = (id: string, state: string) =>
  until(`${id} is ${state}`, async () => ((await of(id)).state === state ? await of(id) : null));

describe("a message", () => {
  it("that is not taken is sent again after a pause, with the same id, until it is", async () => {
    receiver.mood = 500;
    const id = await add("1");
    const sender = started({ ...FAST, attempts: 1_000 });
    const waiting = await until("it was refused", async () => {
      const delivery = await of(id);
      return delivery.lastError === null ? null : delivery;
    });
    expect(waiting).toMatchObject({
      state: "PENDING",
      lastError: "it answers 500",
      nextAt: expect.any(Date),
    });
    receiver.mood = 200;
    sender.wake();
    const { attempts, lastError, deliveredAt, nextAt } = await isIn(id, "DELIVERED");
    expect([lastError, nextAt, deliveredAt instanceof Date]).toEqual([null, null, true]);
    expect(attempts).toBe(receiver.refused.length + 1);
    expect(receiver.received.map((each) => each.id)).toEqual([id]);
  });

  it("that is never taken is dead after so many attempts, and a retry sends it again", async () => {
    receiver.mood = 503;
    const id = await add("1");
    started();
    expect(await isIn(id, "DEAD")).toMatchObject({ attempts: 4, lastError: "it answers 503", nextAt: null });
    expect(await alerts.deliveries({ state: "DEAD", rule: "first" }, 10)).toHaveLength(1);
    receiver.mood = 204;
    expect(await alerts.retry(id)).toMatchObject({ state: "PENDING", attempts: 0 });
    await isIn(id, "DELIVERED");
    expect(receiver.received.map((each) => each.id)).toEqual([id]);
    await expect(alerts.retry(id)).rejects.toMatchObject({
      code: "CONFLICT",
      message: `delivery ${id} was taken by its receiver: there is nothing to send again`,
    });
  });

  it("is dead at once where its receiver is gone for good", async () => {
    receiver.mood = 410;
    const id = await add("1");
    started();
    expect(await isIn(id, "DEAD")).toMatchObject({ attempts: 1, lastError: "it answers 410" });
  });

  it("waits as long as its receiver asks, and no longer than an hour", async () => {
    receiver.mood = { status: 429, headers: { "retry-after": "86400" } };
    const id = await add("1");
    started();
    await until("it was refused", async () => (await of(id)).lastError);
    const { rows } = await pool.query<{ seconds: number }>(
      "select extract(epoch from next_at - clock_timestamp())::float8 as seconds from alert_deliveries",
    );
    expect(rows[0]!.seconds).toBeGreaterThan(3_500);
    expect(rows[0]!.seconds).toBeLessThanOrEqual(3_600);
  });

  it("to a receiver that hangs holds up no other receiver", async () => {
    receiver.mood = "hangs";
    const hanging = await Promise.all(Array.from({ length: 20 }, (_, i) => add(`hangs ${i}`)));
    await rule("second", other);
    const id = await add("1", "second");
    started(FAST, { ...channels, timeoutMs: 60_000 });
    await isIn(id, "DELIVERED");
    await until("one is under way", () => receiver.refused.length > 0);
    expect(receiver.refused).toHaveLength(1);
    expect(await alerts.deliveries({ state: "PENDING" }, 100)).toHaveLength(hanging.length);
  });

  it("is sent once, however many processes send", async () => {
    await rule("second", other);
    const ids = await Promise.all(
      Array.from({ length: 40 }, (_, i) => add(String(i), i % 2 === 0 ? "first" : "second")),
    );
    for (let i = 0; i < 4; i++) started();
    await until(
      "all are delivered",
      async () => (await alerts.deliveries({ state: "DELIVERED" }, 100)).length === 40,
    );
    const received = [...receiver.received, ...other.received].map(({ id }) => id);
    expect(received.sort()).toEqual([...ids].sort());
  });

  it("of a rule is under way alone, however many processes claim at the same moment", async () => {
    await Promise.all(Array.from({ length: 40 }, (_, i) => add(String(i))));
    const outboxes = Array.from({ length: 4 }, () => new AlertOutbox(pool, FAST));
    for (let round = 0; round < 40; round++) {
      const claimed = (await Promise.all(outboxes.map((outbox) => outbox.claim(8)))).flat();
      expect(claimed).toHaveLength(1);
      await outboxes[0]!.delivered(claimed[0]!);
    }
    expect(await alerts.deliveries({ state: "DELIVERED" }, 100)).toHaveLength(40);
  });

  it("under way that is to be sent again is not sent beside it: what becomes of it counts", async () => {
    const [outbox, second] = [new AlertOutbox(pool, FAST), new AlertOutbox(pool, FAST)];
    const id = await add("1");
    const [first] = await outbox.claim(1);
    await alerts.retry(id);
    expect(await second.claim(1)).toEqual([]);
    await outbox.delivered(first!);
    expect(await of(id)).toMatchObject({ state: "DELIVERED", lastError: null });
    expect(await second.claim(1)).toEqual([]);
  });

  it("under way for the last time that is to be sent again is, once it was not taken", async () => {
    const outbox = new AlertOutbox(pool, { ...FAST, firstMs: 60_000, attempts: 1 });
    const id = await add("1");
    const [first] = await outbox.claim(1);
    await alerts.retry(id);
    expect(await outbox.failed(first!, "it answers 500", 0)).toBe(false);
    expect(await of(id)).toMatchObject({ state: "PENDING", attempts: 0, lastError: "it answers 500" });
    const [again] = await outbox.claim(1);
    expect(again).toMatchObject({ id, attempts: 1 });
    expect(await outbox.failed(again!, "it answers 500", 0)).toBe(true);
  });

  it("that another process took after the lease was over is not written by the former", async () => {
    const outbox = new AlertOutbox(pool, FAST);
    const id = await add("1");
    const [former] = await outbox.claim(1);
    await pool.query("update alert_deliveries set leased_until = clock_timestamp(), attempts = 0");
    const [latter] = await outbox.claim(1);
    expect(latter).toMatchObject({ id, attempts: former!.attempts });
    await outbox.delivered(former!);
    await outbox.failed(former!, "late", 0);
    await outbox.giveBack(former!);
    expect(await of(id)).toMatchObject({ state: "PENDING", attempts: 1, lastError: null });
    await outbox.delivered(latter!);
    expect(await of(id)).toMatchObject({ state: "DELIVERED" });
  });

  it("that a stopping process had under way is sent by another, and does not count as tried", async () => {
    receiver.mood = "hangs";
    const id = await add("1");
    started();
    await until("it is under way", () => receiver.refused.length === 1);
    await senders.pop()!.close();
    expect(await of(id)).toMatchObject({ state: "PENDING", attempts: 0, lastError: null });
    receiver.mood = 204;
    started();
    expect(await isIn(id, "DELIVERED")).toMatchObject({ attempts: 1 });
  });

  it("to a rule that is deleted is dead, and cannot be retried", async () => {
    const id = await add("1");
    await alerts.delete("first");
    expect(await of(id)).toMatchObject({ state: "DEAD", lastError: "the rule was deleted" });
    await expect(alerts.retry(id)).rejects.toMatchObject({
      message: `delivery ${id} cannot be sent: there is no alert rule "first" any more`,
    });
    started();
    await rule("second", other);
    await isIn(await add("2", "second"), "DELIVERED");
    expect(receiver.paths).toEqual([]);
  });
});

describe("a clock that jumps", () => {
  it("back by a year: what was to be tried again, or was under way, is sent all the same", async () => {
    const [waiting, underWay] = [await add("1"), await add("2")];
    await pool.query(
      "update alert_deliveries set attempts = 1, next_at = clock_timestamp() + interval '1 year' where id = $1",
      [waiting],
    );
    await pool.query(
      "update alert_deliveries set attempts = 1, leased_until = clock_timestamp() + interval '1 year' where id = $1",
      [underWay],
    );
    started();
    for (const id of [waiting, underWay]) await isIn(id, "DELIVERED");
  });

  it("forward by a year: each is tried once more, and none is given up or forgotten for its age", async () => {
    receiver.mood = 500;
    const ids = await Promise.all(Array.from({ length: 5 }, (_, i) => add(String(i))));
    await pool.query(
      `update alert_deliveries set attempts = 3, created_at = created_at - interval '1 year',
         next_at = clock_timestamp() - interval '1 year'`,
    );
    started({ ...FAST, firstMs: 60_000, attempts: 15 });
    await until("each was tried", () => receiver.refused.length === ids.length);
    await until("each is written", async () =>
      (await alerts.deliveries({}, 10)).every(({ lastError }) => lastError),
    );
    const after = await alerts.deliveries({}, 10);
    expect(after.map(({ state, attempts }) => `${state} ${attempts}`)).toEqual(Array(5).fill("PENDING 4"));
  });
});

describe("a test of a rule", () => {
  it("sends once, at once, and answers with what became of it", async () => {
    expect(await alerts.test("first", "tester")).toMatchObject({
      state: "DELIVERED",
      event: "TEST",
      attempts: 1,
    });
    expect(receiver.received[0]!.message).toMatchObject({
      ...{ type: "TEST", phase: "TEST", rule: "first", data: { actor: "tester" } },
      summary: "tester asked for a test of the alert rule first",
    });
    receiver.mood = 500;
    expect(await alerts.test("first", "tester")).toMatchObject({
      ...{ state: "DEAD", attempts: 1, lastError: "it answers 500" },
    });
    await expect(alerts.test("none", "tester")).rejects.toMatchObject({
      code: "ALERT_NOT_FOUND",
      message: 'no alert rule is named "none"; query { alertRules { name } } lists them',
    });
  });
});
