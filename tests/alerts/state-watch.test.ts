import { pino } from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";
import { AlertCollector } from "../../src/alerts/collector.js";
import { AlertRuleStore } from "../../src/alerts/rule-store.js";
import { StateWatch } from "../../src/alerts/state-watch.js";
import { createPool, type Pool } from "../../src/db/pool.js";
import { createMigratedDatabase, type TestDatabase } from "../support/database.js";
import { testing } from "../support/deployment/testing.js";

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createMigratedDatabase();
  pool = createPool(database.url, 2);
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

it("a state that cannot be read keeps no other from being told, and is said in the log", async () => {
  const logged: { rule?: string; event?: string; msg: string; err?: { message: string } }[] = [];
  const logger = pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) });
  // The order in which they are looked at: the failing one first, within a rule and among them.
  for (const [name, events] of [
    ["a", ["VIEW_STALE", "PRODUCTION_UNSERVABLE"]],
    ["b", ["PRODUCTION_UNSERVABLE"]],
  ] as const)
    await new AlertRuleStore(pool).set(
      {
        name,
        triggers: Object.fromEntries(events.map((event) => [event, {}])),
        channel: "EMAIL",
        options: {},
      },
      "tester",
    );
  await new AlertCollector(pool, testing, logger).collect();
  const watch = new StateWatch(
    pool,
    testing,
    {
      stale: () => Promise.reject(new Error("the view has no table")),
      unservable: async () => [
        ...[{ model: "churn", version: 1, message: "its file is gone", remedy: "train again" }],
      ],
    },
    logger,
  );
  expect(await watch.look(0)).toBe(true);
  const told = await pool.query(
    "select rule, event, message->>'summary' as summary from alert_deliveries order by 1",
  );
  const summary = "Production of churn: its file is gone";
  expect(told.rows).toEqual([
    { rule: "a", event: "PRODUCTION_UNSERVABLE", summary },
    { rule: "b", event: "PRODUCTION_UNSERVABLE", summary },
  ]);
  expect(logged).toMatchObject([
    { rule: "a", event: "VIEW_STALE", err: { message: "the view has no table" } },
  ]);
});
