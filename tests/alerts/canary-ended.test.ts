import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AlertCollector } from "../../src/alerts/collector.js";
import { parseAlertRule } from "../../src/alerts/declared.js";
import { AlertRuleStore } from "../../src/alerts/rule-store.js";
import { type Client, createPool, type Pool, withTransaction } from "../../src/db/pool.js";
import type { AlertTriggers } from "../../src/definitions/language/alerts.js";
import { endCanary } from "../../src/registry/canaries.js";
import { createMigratedDatabase, type TestDatabase } from "../support/database.js";
import { testing } from "../support/deployment/testing.js";
import { until } from "../support/until.js";

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createMigratedDatabase();
  pool = createPool(database.url, 4);
  for (const model of ["churn", "spend"]) {
    await pool.query("insert into models (name) values ($1) on conflict do nothing", [model]);
    await pool.query(
      `insert into model_versions (model, version, algorithm, source, stage)
       values ($1, 1, 'EXTERNAL', 'models:/a', 'PRODUCTION'), ($1, 2, 'EXTERNAL', 'models:/b', 'NONE')`,
      [model],
    );
  }
  // Before there is a rule: it is told to nobody.
  await ended("churn", "STOPPED", "too early");
  await rule("what nobody asked for", true);
  await rule("all", { outcomes: ["PROMOTED", "ENDED", "STOPPED", "SUPERSEDED"] });
  await rule("of spend", { models: ["spend"] });
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

const rule = (name: string, asked: AlertTriggers["CANARY_ENDED"]) => {
  const to = { channel: "EMAIL" as const, to: ["on-call@example.com"] };
  return new AlertRuleStore(pool).set(parseAlertRule({ name, on: { CANARY_ENDED: asked! }, to }), "tester");
};

async function started(model: string): Promise<number> {
  const { rows } = await pool.query(
    `insert into canaries (model, version, champion, share, stop_rule, started_by)
     values ($1, 2, 1, 0.25, '{}', 'ada') returning id`,
    [model],
  );
  return rows[0].id;
}

async function ended(
  model: string,
  outcome: "ENDED" | "STOPPED",
  reason: string,
  within?: Client,
): Promise<void> {
  const canary = { id: await started(model), model, version: 2 };
  const actor = outcome === "STOPPED" ? "stop rule" : "ada";
  const end = (tx: Client) => endCanary(tx, canary, { outcome, reason, actor });
  await (within ? end(within) : withTransaction(pool, end));
}

/** What comes to a stage ends a canary by a trigger. */
const move = async (model: string, version: number, stage: string, holder: string) =>
  withTransaction(pool, async (tx) => {
    await tx.query("select pg_advisory_xact_lock(hashtextextended('asof_stage_transitions', 0))");
    await tx.query(
      "update model_versions set stage = $2 where model = $1 and stage = 'PRODUCTION' and version <> $3",
      [model, holder, version],
    );
    await tx.query("update model_versions set stage = $2 where model = $1 and version = $3", [
      model,
      stage,
      version,
    ]);
    await tx.query(
      `insert into stage_transitions (model, version, from_stage, to_stage, actor, gates, forced)
       values ($1, $2, 'NONE', $3, 'bob', '[]', false)`,
      [model, version, stage],
    );
  });

async function told(): Promise<{ rule: string; message: Record<string, unknown> }[]> {
  await new AlertCollector(pool, testing, pino({ level: "silent" })).collect();
  const { rows } = await pool.query(
    "delete from alert_deliveries where event = 'CANARY_ENDED' returning rule, message",
  );
  return rows.toSorted((a, b) => (a.rule < b.rule ? -1 : 1));
}

describe("the end of a canary", () => {
  it("by its stop rule is told, with the reason that the rule gives", async () => {
    await ended("churn", "STOPPED", "both said the same on 0.8 of 500 requests; at least 0.9 was asked");
    const messages = await told();
    expect(messages.map(({ rule: of }) => of)).toEqual(["all", "what nobody asked for"]);
    for (const { message } of messages)
      expect(message).toMatchObject({
        ...{ type: "CANARY_ENDED", phase: "HAPPENED", subject: "canary of churn", page: "/models/churn" },
        summary:
          "the canary of version 2 of churn was stopped by its rule: both said the same on 0.8 of 500 requests; at least 0.9 was asked",
        data: {
          ...{ model: "churn", version: 2, champion: 1, share: 0.25, outcome: "STOPPED", actor: "stop rule" },
          reason: "both said the same on 0.8 of 500 requests; at least 0.9 was asked",
        },
      });
    expect(await told()).toEqual([]);
  });

  it("by hand is told where a rule asks for it, without what was written", async () => {
    await ended("churn", "ENDED", "user u-17 complained");
    const messages = await told();
    expect(messages).toMatchObject([
      {
        rule: "all",
        message: {
          summary: "the canary of version 2 of churn was ended by ada",
          data: { outcome: "ENDED", actor: "ada", reason: null },
        },
      },
    ]);
    expect(JSON.stringify(messages)).not.toContain("u-17");
  });

  it("by its own promotion is told where a rule asks for it, by an empty Production to whoever asks for the model", async () => {
    await started("spend");
    await move("spend", 2, "PRODUCTION", "ARCHIVED");
    expect(await told()).toMatchObject([
      {
        rule: "all",
        message: {
          summary: "the canary of version 2 of spend ended, because it came to Production, by bob",
          data: { outcome: "PROMOTED", actor: "bob", reason: "version 2 came to Production" },
        },
      },
    ]);
    await pool.query(
      "update model_versions set stage = case version when 1 then 'PRODUCTION' else 'NONE' end where model = 'spend' and version = 2",
    );
    await pool.query("update model_versions set stage = 'PRODUCTION' where model = 'spend' and version = 1");
    await started("spend");
    await move("spend", 1, "ARCHIVED", "ARCHIVED");
    const superseded = {
      message: {
        summary: "the canary of version 2 of spend ended, because nothing is in Production any more",
        data: { outcome: "SUPERSEDED" },
      },
    };
    const found = await told();
    expect(found.map((each) => each.rule)).toEqual(["all", "of spend", "what nobody asked for"]);
    for (const each of found) expect(each).toMatchObject(superseded);
  });

  it("is numbered in the order in which it becomes visible, so that none is missed", async () => {
    const first = await pool.connect();
    try {
      await first.query("begin");
      await ended("churn", "STOPPED", "first", first);
      const second = ended("spend", "STOPPED", "second");
      await until("the second waits for the first", async () => {
        const { rows } = await pool.query(
          `select from pg_locks where locktype = 'advisory' and not granted
             and database = (select oid from pg_database where datname = current_database())`,
        );
        return rows.length === 1;
      });
      expect(await told()).toEqual([]);
      await first.query("commit");
      await second;
    } finally {
      first.release();
    }
    const { rows } = await pool.query("select reason, end_no from canaries order by end_no desc limit 2");
    expect(rows.map(({ reason }) => reason)).toEqual(["second", "first"]);
    expect(Number(rows[0].end_no)).toBe(Number(rows[1].end_no) + 1);
    const all = (await told()).filter((each) => each.rule === "all");
    expect(all.map(({ message: { data } }) => (data as { reason: string }).reason).toSorted()).toEqual([
      "first",
      "second",
    ]);
  });
});
