import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClient, createPool } from "../../src/db/pool.js";
import { OnlineCopyQueue } from "../../src/features/online/online-copy-queue.js";
import { PostgresOnlineStore } from "../../src/features/online/postgres/postgres-online-store.js";
import { PushService } from "../../src/ingest/push-service.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import { testing as definitions } from "../support/deployment/testing.js";
import type { GraphQLClient } from "../support/graphql.js";
import { startProcess } from "../support/process.js";
import { hasRedis, startRedis, type TestRedis } from "../support/redis.js";
import { until } from "../support/until.js";

const [A, B, C] = userIds(3) as [string, string, string];
const PUSH = `mutation($view: String!, $rows: [PushRowInput!]!) { push(input: { view: $view, rows: $rows }) { outcomes { outcome } } }`;

let redis: TestRedis | undefined;
let app: TestApp;
beforeAll(async () => {
  redis = hasRedis ? await startRedis() : undefined;
  app = await startTestApp({ redisUrl: redis?.url });
  writeDelivery(app.dataDir, "january", smallDelivery(userIds(3)));
  expect((await app.client.ingest("january", "2024-01-31")).error).toBeNull();
});
afterAll(async () => {
  await app?.stop();
  await redis?.kill();
});

const push = async (client: GraphQLClient, view: string, userId: string, asOf: string, values: unknown) => {
  const { push } = await client.query(PUSH, { view, rows: [{ userId, asOf, values }] });
  return push.outcomes[0].outcome as string;
};
const waiting = async () => (await app.sql("select keys from online_copy_queue")).map((row) => row.keys);
const health = async () => (await app.client.query("{ health { onlineStore } }")).health.onlineStore;
const blockedBy = async (pid: number): Promise<number | undefined> => {
  const [row] = await app.sql("select pid from pg_stat_activity where $1 = any(pg_blocking_pids(pid))", [
    pid,
  ]);
  return row?.pid;
};

/** What `sql` locks stays locked while `work` runs; it is given the process id of the session that holds it. */
async function holding<T>(sql: string, work: (pid: number) => Promise<T>): Promise<T> {
  const session = createClient(app.url);
  await session.connect();
  try {
    await session.query(`begin; ${sql}`);
    return await work((await session.query("select pg_backend_pid() as pid")).rows[0].pid);
  } finally {
    await session.end();
  }
}

describe.skipIf(!hasRedis)("a pushed value (skipped without redis-server)", () => {
  const tickets = async (user: string) => {
    const { features } = await app.client.query(
      `query($user: ID!) { features(userId: $user) { values { supportTickets90d } } }`,
      { user },
    );
    return features.values.supportTickets90d;
  };
  /** As served while PostgreSQL says something else: from Redis. */
  async function ticketsInRedis(user: string): Promise<number> {
    const set = "update support_agg_90d_online set support_tickets_90d = $2 where user_id = $1";
    const [row] = await app.sql(
      "select support_tickets_90d as n from support_agg_90d_online where user_id = $1",
      [user],
    );
    await app.sql(set, [user, -1]);
    return tickets(user).finally(() => app.sql(set, [user, row!.n]));
  }

  it("whose process was killed between the commit and Redis is brought there by another process", async () => {
    const victim = await startProcess({
      ...{ DATABASE_URL: app.url, REDIS_URL: redis!.url, ASOF_ROLE: "api" },
      ...{ ASOF_HOME: app.dataDir, DATA_DIR: app.dataDir },
    });
    // The push itself does not touch this table; bringing the user to Redis reads all views.
    await holding("lock table subs_profile_online in access exclusive mode", async (pid) => {
      const answer = push(victim.client, "support_agg_90d", A, "2024-02-10", {
        support_tickets_90d: 7,
      }).catch(() => "no answer");
      await until("the push is committed and on its way to Redis", () => blockedBy(pid));
      expect(await waiting()).toEqual([[A]]);
      await victim.kill();
      expect(await answer).toBe("no answer");
      expect(await tickets(A)).toBe(0);
      await until("it is told", async () => (await health()) === "DEGRADED");
    });
    await until("another process has brought it", async () => (await waiting()).length === 0);
    expect(await ticketsInRedis(A)).toBe(7);
    expect(await health()).toBe("OK");
  });

  it("is taken and served while Redis does not answer, and brought there when it does again", async () => {
    redis!.signal("SIGSTOP");
    try {
      const startedAt = performance.now();
      expect(await push(app.client, "support_agg_90d", B, "2024-02-10", { support_tickets_90d: 9 })).toBe(
        "SERVED",
      );
      expect(performance.now() - startedAt).toBeLessThan(10_000);
      expect(await waiting()).toEqual([[B]]);
      expect(await tickets(B)).toBe(9);
      expect(await health()).toBe("DEGRADED");
    } finally {
      redis!.signal("SIGCONT");
    }
    await until("the queue is empty", async () => (await waiting()).length === 0);
    await until("Redis is asked again", async () => (await health()) === "OK");
    expect(await ticketsInRedis(B)).toBe(9);
  });
});

describe("a push that meets a materialization", () => {
  /** `work` runs while the materialization of that month has written usage_agg_30d and not committed; it is given its process id. */
  async function whileMaterializing(asOf: string, skips: number, work: (pid: number) => Promise<unknown>) {
    const files = smallDelivery(userIds(3));
    files.usage_agg_30d = files.usage_agg_30d!.map((line, i) =>
      i === 0 ? line : line.replace(/\d+,\d+$/, `${skips},1`),
    );
    writeDelivery(app.dataDir, asOf, files);
    const ingest = holding(
      `select 1 from support_agg_90d_online where user_id = '${A}' for update`,
      async (pid) => {
        const run = app.client.ingest(asOf, asOf);
        await work(await until("it waits for the last view", () => blockedBy(pid)));
        return { run };
      },
    );
    expect((await (await ingest).run).error).toBeNull();
  }
  const usage = async (user: string) => {
    const [row] = await app.sql(
      "select as_of, watch_hours_30d as hours, skips_7d as skips from usage_agg_30d_online where user_id = $1",
      [user],
    );
    return `${row?.as_of}: ${row?.hours} ${row?.skips}`;
  };

  it("of the same users waits for it, and keeps its values where it names none", async () => {
    let pushed: Promise<string> | undefined;
    await whileMaterializing("2024-02-29", 6, async (pid) => {
      pushed = push(app.client, "usage_agg_30d", A, "2024-03-05", { watch_hours_30d: 42 });
      await until("the push waits for it", () => blockedBy(pid));
    });
    expect(await pushed).toBe("SERVED");
    expect(await usage(A)).toBe("2024-03-05: 42 6");
  });

  it("of the first row of a user gives up with CONFLICT and leaves nothing; pushed again it is served", async () => {
    await app.sql("delete from usage_agg_30d_online where user_id = $1", [C]);
    const pool = createPool(app.url, 2);
    const queue = new OnlineCopyQueue(pool, new PostgresOnlineStore(pool, definitions));
    const row = { key: C, asOf: "2024-04-05", values: { watch_hours_30d: 42 } };
    await whileMaterializing("2024-03-31", 8, async () => {
      const impatient = new PushService(pool, definitions, queue, undefined, 2);
      await expect(
        impatient.push({ view: "usage_agg_30d", rows: [row], actor: "tester" }),
      ).rejects.toMatchObject({
        code: "CONFLICT",
        message:
          "view usage_agg_30d: the rows are being written by a materialization; nothing was pushed, push again when it has ended",
      });
      expect(await app.sql("select 1 from usage_agg_30d_pushes where user_id = $1", [C])).toEqual([]);
    }).finally(() => pool.end());
    expect(await usage(C)).toBe("2024-03-31: 2.125 8");
    expect(await push(app.client, "usage_agg_30d", C, row.asOf, row.values)).toBe("SERVED");
    expect(await usage(C)).toBe("2024-04-05: 42 8");
  });
});
