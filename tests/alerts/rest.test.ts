import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { AlertLoop } from "../../src/alerts/alert-loop.js";
import { Alerts } from "../../src/alerts/alerts.js";
import { AllowedHosts } from "../../src/alerts/channels/checked-addresses.js";
import { Listener } from "../../src/db/listener.js";
import { createPool, type Pool } from "../../src/db/pool.js";
import type { AlertRule } from "../../src/definitions/language/alerts.js";
import { createMigratedDatabase, type TestDatabase } from "../support/database.js";
import { testing } from "../support/deployment/testing.js";
import { until } from "../support/until.js";
import { AlertReceiver, SECRET } from "./receiver.js";

let database: TestDatabase;
let receiver: AlertReceiver;
let pool: Pool;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  database = await createMigratedDatabase();
  pool = createPool(database.url, 2);
  receiver = await new AlertReceiver().start();
});
afterAll(async () => {
  await receiver?.stop();
  await pool?.end();
  await database?.drop();
});
beforeEach(() => {
  receiver.received.length = 0;
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await pool.query("truncate alert_rules, alert_deliveries, alert_conditions, alert_cursors");
});

const channels = {
  variable: (name: string) => (name === "ALERT_SECRET" ? SECRET : undefined),
  allowed: new AllowedHosts(["127.0.0.1"]),
  ...{ consoleUrl: null, smtp: null, timeoutMs: 10_000 },
};
const rule = (name: string): AlertRule => ({
  name,
  on: { RUN_FAILED: true },
  to: { channel: "WEBHOOK", url: receiver.url, secret: "ALERT_SECRET" },
});

/** What alerts do in one process, and every statement that they send. */
async function started(alerts: AlertRule[] = []) {
  const own = createPool(database.url, 4);
  const statements: string[] = [];
  own.on("connect", (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    client.query = ((...args: [string | { text: string }]) => {
      statements.push(typeof args[0] === "string" ? args[0] : args[0].text);
      return query(...args);
    }) as typeof client.query;
  });
  const listener = new Listener(database.url);
  const states = { stale: async () => [], unservable: async () => [] };
  const definitions = { ...testing, alerts };
  const logger = pino({ level: "silent" });
  const loop = new AlertLoop({ pool: own, definitions, channels, states, logger }, listener);
  const heard: string[] = [];
  listener.on("asof_run_events", (payload) => heard.push(payload));
  await listener.start();
  await loop.start();
  closing.push(
    () => own.end(),
    () => listener.close(),
    () => loop.close(),
  );
  return { statements, heard, rules: new Alerts(pool, definitions, channels, loop.sender) };
}

/** @returns which run */
async function fail(): Promise<string> {
  const id = randomUUID();
  await pool.query(
    "insert into runs (id, kind, status, params, actor) values ($1, 'INGEST', 'FAILED', '{}', 'ada')",
    [id],
  );
  await pool.query(
    `insert into run_events (run_id, kind, at, type, status, message, data)
     values ($1, 'INGEST', clock_timestamp(), 'STATUS', 'FAILED', 'failed', '{}')`,
    [id],
  );
  await pool.query("select pg_notify('asof_run_events', '')");
  return id;
}

/** Statements: is there a rule, does something wait, what is old, and what has changed? */
const ASKS = /^select exists \(select from alert_rules\)/;
const CLAIMS = /for no key update of r skip locked/;
const FORGETS = /delete from alert_deliveries where state/;
const LOOKS = /from alert_cursors where|from run_events where|update alert_cursors/;

describe("where no rule exists", () => {
  it("nothing is asked for when runs end, and a rule that is set later is told by at once", async () => {
    const { statements, heard, rules } = await started();
    await until("old messages are forgotten", () => statements.some((each) => FORGETS.test(each)));
    const since = performance.now();
    await until("runs have ended for a second", async () => {
      await fail();
      return performance.now() - since > 1_000;
    });
    await until("they are heard of", () => heard.length > 0);
    // Once at the start, and once more where a run ended before that was answered; not each time a run ends.
    expect(statements.filter((each) => ASKS.test(each)).length).toBeLessThanOrEqual(2);
    expect(statements.filter((each) => CLAIMS.test(each))).toHaveLength(1);
    expect(statements.filter((each) => LOOKS.test(each))).toEqual([]);

    await rules.set(rule("later"), "tester");
    const failed = await fail();
    // Less than any pause.
    await until("it is told", () => receiver.received.length > 0, 4_000);
    expect(receiver.received.map(({ message }) => message.data.runId)).toEqual([failed]);
  });

  it("nothing is looked at, as before there was one, after the last one was deleted", async () => {
    const { statements, rules } = await started();
    await rules.set(rule("only"), "tester");
    await until("it looks", () => statements.some((each) => LOOKS.test(each)));
    await rules.delete("only");
    const asks = () => statements.filter((each) => ASKS.test(each)).length;
    const before = asks();
    await until("it has asked", () => asks() > before);
    const rested = statements.length;
    const since = performance.now();
    await until("runs have ended for a second", async () => {
      await fail();
      return performance.now() - since > 1_000;
    });
    const later = statements.slice(rested);
    expect(later.filter((each) => ASKS.test(each)).length).toBeLessThanOrEqual(1);
    expect(later.filter((each) => LOOKS.test(each))).toEqual([]);
  });
});

describe("rules that the definitions declare", () => {
  it("and no longer declare are gone at the next start, with what waits for them; those set by hand stay", async () => {
    const first = await started([rule("kept"), rule("gone")]);
    await first.rules.set(rule("by hand"), "tester");
    for (const close of closing.splice(0).reverse()) await close();
    await pool.query(`insert into alert_deliveries (rule, event, key, channel, message)
      select r, 'RUN_FAILED', '1', 'WEBHOOK', '{}' from unnest(array['gone']) r`);

    const second = await started([rule("kept")]);
    const names = (await second.rules.rules()).map(({ name, declared }) => ({ name, declared }));
    expect(names).toEqual([
      { name: "by hand", declared: false },
      { name: "kept", declared: true },
    ]);
    const { rows } = await pool.query("select rule, state, last_error from alert_deliveries");
    expect(rows).toEqual([{ rule: "gone", state: "DEAD", last_error: "the rule was deleted" }]);
    await fail();
    await until("both are told", () => receiver.received.length === 2);
    expect(receiver.received.map(({ message }) => message.rule).sort()).toEqual(["by hand", "kept"]);
  });
});
