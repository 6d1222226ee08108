import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { AlertCollector } from "../../src/alerts/collector.js";
import { type AlertEvent, defineAlertEvent } from "../../src/alerts/events/alert-event.js";
import { alertEvents, builtInAlertEvents } from "../../src/alerts/events/registry.js";
import { AlertRuleStore } from "../../src/alerts/rule-store.js";
import { StateWatch } from "../../src/alerts/state-watch.js";
import { createPool, type Pool } from "../../src/db/pool.js";
import { createMigratedDatabase, type TestDatabase } from "../support/database.js";
import { testing } from "../support/deployment/testing.js";

let database: TestDatabase;
let pool: Pool;
let logged: { msg: string; rule?: string; event?: string; err?: { message: string } }[] = [];
const logger = pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) });

beforeAll(async () => {
  database = await createMigratedDatabase();
  pool = createPool(database.url, 4);
});
afterAll(async () => {
  alertEvents.use(builtInAlertEvents);
  await pool?.end();
  await database?.drop();
});
afterEach(async () => {
  logged = [];
  await pool.query("truncate alert_rules, alert_deliveries, alert_conditions, alert_cursors");
});

const rule = (name: string, events: readonly string[]) =>
  new AlertRuleStore(pool).set(
    { name, triggers: Object.fromEntries(events.map((event) => [event, {}])), channel: "EMAIL", options: {} },
    "tester",
  );
const deliveries = async () =>
  (
    await pool.query(`select rule, event, key, state, attempts, last_error as why,
      message->>'summary' as summary from alert_deliveries order by rule, event, key`)
  ).rows;
async function fail(): Promise<void> {
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
}

const TOLD = { subject: "run 1", summary: "a run ended", data: {}, page: "/runs/1" };
const circle: { self?: unknown } = {};
circle.self = circle;
const nested = (levels: number): unknown => (levels === 0 ? 0 : [nested(levels - 1)]);

/** An event whose record is written in JavaScript: it answers with whatever it likes. */
const ownRun = (read: () => unknown): AlertEvent =>
  defineAlertEvent({
    name: "OWN_EVENT",
    description: "A run ended.",
    options: z.strictObject({}),
    when: { of: "run", read: read as never },
  });
const ownState = (read: () => unknown): AlertEvent =>
  defineAlertEvent({
    name: "OWN_STATE",
    description: "Something lasts.",
    options: z.strictObject({}),
    when: { of: "state", read: read as never },
  });

describe("an event from outside that tells what cannot be sent is set aside, and all else is told", () => {
  it.each<[string, () => unknown, string]>([
    [
      "throws",
      () => {
        throw new Error("about u-17");
      },
      "it failed; the log says why",
    ],
    [
      "throws no error",
      () => {
        throw undefined;
      },
      "it failed; the log says why",
    ],
    ["is no object", () => "a run ended", "an object was expected"],
    ["is false", () => false, "an object was expected"],
    ["is a function", () => () => TOLD, "what it tells is no JSON"],
    ["has a circle", () => ({ ...TOLD, data: circle }), "what it tells is no JSON"],
    ["has a BigInt", () => ({ ...TOLD, data: { rows: 1n } }), "what it tells is no JSON"],
    [
      "has a part that throws",
      () => ({
        ...TOLD,
        get data(): unknown {
          throw new Error("no");
        },
      }),
      "what it tells is no JSON",
    ],
    [
      "is a promise that fails",
      () => Promise.reject(new Error("later")),
      "it answers with a promise where what is told was expected",
    ],
    ["lacks parts", () => ({ subject: "run 1", data: [] }), "summary: a text was expected; page: a text was"],
    ["has no subject", () => ({ ...TOLD, subject: "" }), "subject: at least 1 character was expected"],
    [
      "has a subject as long as a page",
      () => ({ ...TOLD, subject: "x".repeat(3_000) }),
      "subject: at most 500 characters was expected",
    ],
    [
      "links to elsewhere",
      () => ({ ...TOLD, page: "https://else.example" }),
      "page: a path of the console, such as /runs, was expected",
    ],
    [
      "is huge",
      () => ({ ...TOLD, data: { text: "x".repeat(1_000_000) } }),
      "it tells 1000079 bytes; at most 262144 are sent",
    ],
    ["is deep", () => ({ ...TOLD, data: { nested: nested(3_000) } }), "it tells more than 32 levels of JSON"],
  ])("where it %s", async (_, read, why) => {
    alertEvents.use([...builtInAlertEvents, ownRun(read)]);
    await rule("a", ["OWN_EVENT", "RUN_FAILED"]);
    await rule("b", ["RUN_FAILED"]);
    await fail();
    const collector = new AlertCollector(pool, testing, logger);
    expect(await collector.collect()).toBe(true);
    const told = { event: "RUN_FAILED", state: "PENDING", why: null };
    const found = await deliveries();
    expect(found).toMatchObject([
      { rule: "a", event: "OWN_EVENT", state: "DEAD", why: expect.stringContaining(why) },
      { rule: "a", ...told },
      { rule: "b", ...told },
    ]);
    expect(found[0]!.summary).toBe(`OWN_EVENT cannot be told: ${found[0]!.why}`);
    expect(found[0]!.summary).not.toContain("u-17");
    expect(logged).toMatchObject([
      { rule: "a", event: "OWN_EVENT", msg: expect.stringContaining("set aside") },
    ]);
    // It is behind them.
    expect(await collector.collect()).toBe(false);
    expect(await deliveries()).toHaveLength(3);
  });

  it("is told with another character in the place of one that no database holds", async () => {
    const summary = "a \0 and a half \ud83d";
    alertEvents.use([
      ...builtInAlertEvents,
      ownRun(() => ({ ...TOLD, summary, data: { "k\0": ["\0", "\udc00"] }, beside: () => {} })),
    ]);
    await rule("a", ["OWN_EVENT"]);
    await fail();
    await new AlertCollector(pool, testing, logger).collect();
    const { rows } = await pool.query("select state, message from alert_deliveries");
    expect(rows).toMatchObject([
      {
        state: "PENDING",
        message: { summary: "a \ufffd and a half \ufffd", data: { "k\ufffd": ["\ufffd", "\ufffd"] } },
      },
    ]);
    expect(rows[0].message).not.toHaveProperty("beside");
  });

  it("is not told where it answers nothing, and said once in the log where it is not known any more", async () => {
    alertEvents.use([...builtInAlertEvents, ownRun(() => undefined)]);
    await rule("a", ["OWN_EVENT", "GONE_EVENT"]);
    const collector = new AlertCollector(pool, testing, logger);
    for (const _ of [1, 2, 3]) {
      await fail();
      expect(await collector.collect()).toBe(true);
    }
    expect(await deliveries()).toEqual([]);
    expect(logged).toMatchObject([
      {
        rule: "a",
        event: "GONE_EVENT",
        msg: "alerts: the rule asks for what this deployment does not know",
      },
    ]);
  });

  it("is passed over where its options fail by something of their own", async () => {
    const options = z.strictObject({}).refine(async () => true) as never;
    alertEvents.use([...builtInAlertEvents, { ...ownRun(() => TOLD), options }]);
    await rule("a", ["OWN_EVENT", "RUN_FAILED"]);
    await fail();
    await new AlertCollector(pool, testing, logger).collect();
    expect(await deliveries()).toMatchObject([{ rule: "a", event: "RUN_FAILED", state: "PENDING" }]);
  });
});

describe("a state from outside", () => {
  const watching = async (read: () => unknown, readMs?: number) => {
    alertEvents.use([...builtInAlertEvents, ownState(read)]);
    await rule("a", ["OWN_STATE"]);
    await rule("b", ["PRODUCTION_UNSERVABLE"]);
    await new AlertCollector(pool, testing, logger).collect();
    const unservable = [{ model: "churn", version: 1, message: "its file is gone", remedy: "train again" }];
    const sources = { stale: async () => [], unservable: async () => unservable };
    return new StateWatch(pool, testing, sources, logger, readMs);
  };
  const other = { rule: "b", event: "PRODUCTION_UNSERVABLE", state: "PENDING" };

  it("whose parts are malformed has these set aside once a day, and says of nothing that it has ended", async () => {
    let told: unknown[] = [TOLD, { ...TOLD, subject: "run 2" }];
    const watch = await watching(async () => told);
    await watch.look(0);
    told = [TOLD, { ...TOLD, subject: 2 }];
    await watch.look(0);
    await watch.look(0);
    const began = { rule: "a", event: "OWN_STATE", state: "PENDING", summary: "a run ended" };
    const aside = { rule: "a", state: "DEAD", why: "subject: a text was expected" };
    const keyed = (await deliveries()).map(({ key, ...each }) => ({ ...each, key: key.split(" ")[1] }));
    expect(keyed).toMatchObject([
      { ...began, key: "began" },
      { ...began, key: "began" },
      { ...aside, key: "aside" },
      other,
    ]);
    told = [TOLD];
    await watch.look(0);
    expect((await deliveries()).filter(({ key }) => key.endsWith("ended"))).toHaveLength(1);
  });

  it("that is told twice at once begins once", async () => {
    const watch = await watching(async () => [TOLD, TOLD]);
    await watch.look(0);
    await watch.look(0);
    expect(await deliveries()).toMatchObject([{ rule: "a", event: "OWN_STATE", state: "PENDING" }, other]);
  });

  it("that is no list, or too long a one, is set aside as far as it cannot be told", async () => {
    const watch = await watching(async () => TOLD);
    await watch.look(0);
    expect(await deliveries()).toMatchObject([
      { rule: "a", state: "DEAD", why: "a list of what lasts was expected" },
      other,
    ]);
    await pool.query("truncate alert_rules, alert_deliveries, alert_conditions");
    const many = Array.from({ length: 1_001 }, (_, i) => ({ ...TOLD, subject: `run ${i}` }));
    await (await watching(async () => many)).look(0);
    const found = await deliveries();
    expect(found.filter(({ state }) => state === "DEAD")).toMatchObject([
      { rule: "a", why: "it tells of 1001 things; at most 1000 are sent" },
    ]);
    expect(found).toHaveLength(1_002);
  });

  it("is read for all rules at once: as many as hang take no longer than one", async () => {
    let asked = 0;
    let all = (): void => {};
    const isAsked = new Promise<void>((resolve) => {
      all = resolve;
    });
    const watch = await watching(async () => {
      if (++asked === 3) all();
      await isAsked;
      return [TOLD];
    }, 5_000);
    for (const name of ["c", "d"]) await rule(name, ["OWN_STATE"]);
    expect(await watch.look(0)).toBe(true);
    const own = (name: string) => ({ rule: name, event: "OWN_STATE", state: "PENDING" });
    expect(await deliveries()).toMatchObject([own("a"), other, own("c"), own("d")]);
    expect(logged).toEqual([]);
  });

  it("that is never read holds up no other", async () => {
    const watch = await watching(() => new Promise(() => {}), 50);
    expect(await watch.look(0)).toBe(true);
    expect(await deliveries()).toMatchObject([other]);
    expect(logged).toMatchObject([
      { rule: "a", event: "OWN_STATE", err: { message: "it was not read in 0.05 s" } },
    ]);
  });
});
