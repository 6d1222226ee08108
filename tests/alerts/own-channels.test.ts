import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { ChannelParts } from "../../src/alerts/channels/alert-channel.js";
import { AllowedHosts } from "../../src/alerts/channels/checked-addresses.js";
import { NotTakenError } from "../../src/alerts/channels/not-taken.js";
import { alertChannels, builtInAlertChannels, sendingProblem } from "../../src/alerts/channels/registry.js";
import { addDelivery } from "../../src/alerts/delivery-store.js";
import type { AlertMessage } from "../../src/alerts/message.js";
import { AlertOutbox, BACKOFF } from "../../src/alerts/outbox.js";
import { AlertRuleStore } from "../../src/alerts/rule-store.js";
import { AlertSender } from "../../src/alerts/sender.js";
import { createPool, type Pool } from "../../src/db/pool.js";
import { createMigratedDatabase, type TestDatabase } from "../support/database.js";
import { until } from "../support/until.js";

let database: TestDatabase;
let pool: Pool;
const logger = pino({ level: "silent" });

beforeAll(async () => {
  database = await createMigratedDatabase();
  pool = createPool(database.url, 4);
});
afterAll(async () => {
  alertChannels.use(builtInAlertChannels);
  await pool?.end();
  await database?.drop();
});
afterEach(() => pool.query("truncate alert_rules, alert_deliveries, alert_conditions, alert_cursors"));

const rule = (name: string) =>
  new AlertRuleStore(pool).set(
    { name, triggers: { RUN_FAILED: {} }, channel: "OWN_CHANNEL", options: {} },
    "tester",
  );
const deliveries = async () =>
  (await pool.query("select rule, state, attempts, last_error as why from alert_deliveries order by rule"))
    .rows;

describe("a channel from outside", () => {
  const parts: ChannelParts = {
    variable: () => undefined,
    allowed: new AllowedHosts(),
    ...{ consoleUrl: null, smtp: null, timeoutMs: 20 },
  };
  const own = (send: () => unknown, problem: () => unknown = async () => null) =>
    alertChannels.use([
      ...builtInAlertChannels,
      {
        name: "OWN_CHANNEL",
        description: "Sends nothing.",
        options: z.strictObject({}),
        ...{ send: send as never, problem: problem as never },
      },
    ]);
  const message: AlertMessage = {
    ...{ type: "RUN_FAILED", phase: "HAPPENED", timestamp: "2024-02-01T03:00:00.000Z", deployment: "tests" },
    ...{ rule: "a", subject: "run 1", summary: "a run failed", page: "/runs/1", data: {} },
  };
  const add = () =>
    addDelivery(pool, { rule: "a", event: "RUN_FAILED", key: "1", channel: "OWN_CHANNEL", message });
  async function sentUntil(state: string) {
    const backoff = { ...BACKOFF, firstMs: 10, factor: 1, attempts: 2, leaseMs: 200 };
    const sender = new AlertSender(new AlertOutbox(pool, backoff), parts, logger, () => 20);
    sender.start();
    try {
      return await until(`it is ${state}`, async () => {
        const [found] = await deliveries();
        return found!.state === state ? found : null;
      });
    } finally {
      await sender.close();
    }
  }

  it.each<[string, () => unknown, string]>([
    ["hangs", () => new Promise(() => {}), "the channel did not end in 0.15 s"],
    [
      "says what no database holds, and asks for no pause that there is",
      () => Promise.reject(new NotTakenError(`no \0${"x".repeat(5_000)}`, Number.NaN)),
      `no ${"x".repeat(997)}`,
    ],
    [
      "throws no error",
      () => {
        throw undefined;
      },
      "it could not be sent; the log says why",
    ],
  ])("that %s is tried as often as any other, then dead, and lets the process stop", async (_, send, why) => {
    own(send);
    await rule("a");
    await add();
    expect(await sentUntil("DEAD")).toMatchObject({ attempts: 2, why });
  });

  it("is not given a stored message that is none, which is dead at once and holds up no other", async () => {
    own(async () => {});
    await rule("a");
    await rule("b");
    await pool.query(`insert into alert_deliveries (rule, event, key, channel, message, next_at) values
      ('a', 'RUN_FAILED', '1', 'OWN_CHANNEL', '{"summary": 1}', clock_timestamp() - interval '1 hour'),
      ('b', 'RUN_FAILED', '1', 'OWN_CHANNEL', '${JSON.stringify({ ...message, rule: "b" })}', clock_timestamp())`);
    expect(await sentUntil("DEAD")).toMatchObject({
      attempts: 1,
      why: "what is stored is no message of an alert",
    });
    expect((await deliveries())[1]).toMatchObject({ rule: "b", state: "DELIVERED" });
  });

  it.each<[string, () => unknown, string]>([
    [
      "throws",
      () => {
        throw new Error("no key");
      },
      "the channel OWN_CHANNEL failed: no key",
    ],
    [
      "never answers",
      () => new Promise(() => {}),
      "the channel OWN_CHANNEL failed: it does not say in 0.06 s whether it can send",
    ],
  ])("that %s when it is asked whether it can send is said to", async (_, problem, said) => {
    own(async () => {}, problem);
    expect(await sendingProblem("OWN_CHANNEL", {}, parts)).toBe(said);
  });

  it("that there is no more is said so", async () => {
    alertChannels.use(builtInAlertChannels);
    expect(await sendingProblem("OWN_CHANNEL", {}, parts)).toBe(
      "there is no channel OWN_CHANNEL here that takes its options",
    );
  });
});
