import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkOnlineStore } from "../../../../src/cli/doctor/online-store.js";
import { slotOf } from "../../../../src/features/online/redis/redis-slots.js";
import { startTestApp, type TestApp } from "../../../support/app.js";
import { smallDelivery, userIds, writeDelivery } from "../../../support/delivery.js";
import { hasRedis } from "../../../support/redis.js";
import { startRedisCluster, type TestRedisCluster } from "../../../support/redis-cluster.js";
import { until } from "../../../support/until.js";

const USERS = userIds(60);
const PUSH = `mutation($rows: [PushRowInput!]!) { push(input: { view: "support_agg_90d", rows: $rows }) {
  outcomes { outcome } } }`;

describe.skipIf(!hasRedis)("asof on a Redis Cluster (skipped without redis-server)", () => {
  let redis: TestRedisCluster;
  let app: TestApp;
  beforeAll(async () => {
    redis = await startRedisCluster();
    // One of its nodes is enough: the others are found.
    app = await startTestApp({ redisUrl: (await redis.primaries())[0]!.url });
    writeDelivery(app.dataDir, "january", smallDelivery(USERS));
  });
  afterAll(async () => {
    redis?.signal("SIGCONT");
    await app?.stop();
    await redis?.kill();
  });

  const state = async () =>
    (await app.client.query("{ health { onlineStore } }")).health.onlineStore as string;
  const isOk = () => until("health says OK", async () => (await state()) === "OK", 60_000);
  const tickets = async (user: string) =>
    (await app.client.query(`{ features(userId: "${user}") { values { supportTickets90d } } }`)).features
      .values.supportTickets90d;
  const push = (user: string, asOf: string, value: number) =>
    app.client.query(PUSH, { rows: [{ userId: user, asOf, values: { support_tickets_90d: value } }] });
  const all = async () => {
    const fields = USERS.slice(0, 20).map(
      (user, i) => `u${i}: features(userId: "${user}") { values { monthlyFee supportTickets90d } }`,
    );
    return app.client.query(`{ ${fields.join(" ")} }`);
  };
  const parity = async () => {
    const { verifyParity } = await app.client.query("mutation { verifyParity { id } }");
    return (await app.client.finished(verifyParity.id)).result;
  };
  /** What `work` does is done while answers are compared with what they were before. */
  async function underLoad(work: () => Promise<unknown>): Promise<number> {
    const expected = await all();
    let [asking, answered] = [true, 0];
    const load = Array.from({ length: 2 }, async () => {
      while (asking) {
        expect(await all()).toEqual(expected);
        answered++;
      }
    });
    const done = work().finally(() => {
      asking = false;
    });
    await Promise.all([done, ...load]);
    return answered;
  }

  it("finds a key's slot as the servers do", async () => {
    const [node] = redis.nodes();
    for (const key of [
      "",
      "a",
      "{}",
      "{}x",
      "a{b}c",
      "a{b}{c}",
      "{a",
      "}{a}",
      "asof:0:{Ž 🐎}",
      "x".repeat(300),
    ])
      expect(slotOf(key), key).toBe(await node!.command("CLUSTER", "KEYSLOT", key));
  });

  it("is filled on every primary by an ingest, and is the same in every value", async () => {
    expect((await app.client.ingest("january", "2024-01-31")).error).toBeNull();
    expect(await state()).toBe("OK");
    const sizes = await Promise.all((await redis.primaries()).map((node) => node.command("DBSIZE")));
    expect(sizes.every((size) => Number(size) > 5)).toBe(true);
    expect(await parity()).toMatchObject({ identical: true, differences: 0 });
    // What PostgreSQL alone says now is not what is served.
    await app.sql("update subs_profile_online set monthly_fee = monthly_fee - 1");
    expect(
      (await app.client.query(`{ features(userId: "${USERS[0]}") { values { monthlyFee } } }`)).features,
    ).toEqual({
      values: { monthlyFee: 20.5 },
    });
    await app.sql("update subs_profile_online set monthly_fee = monthly_fee + 1");
  });

  it("is examined by doctor on every primary, by a write", async () => {
    expect(await checkOnlineStore(redis.url)).toMatchObject({
      status: "ok",
      message: expect.stringMatching(/^3 primaries take writes: (127\.0\.0\.1:\d+(, )?){3}$/),
    });
    const [replica] = await redis.replicasOf((await redis.primaries())[0]!);
    // A single URL of a replica finds the Cluster too.
    expect(await checkOnlineStore(replica!.url)).toMatchObject({ status: "ok" });
  });

  it("answers the same while 1 000 slots move to another primary", async () => {
    const [from, to] = await redis.primaries();
    const id = async (node: typeof from) => String(await node!.command("CLUSTER", "MYID"));
    const [fromId, toId] = [await id(from), await id(to)];
    await underLoad(async () => {
      const args = [
        ...["--cluster", "reshard", new URL(from!.url).host, "--cluster-from", fromId, "--cluster-to", toId],
        ...["--cluster-slots", "1000", "--cluster-yes"],
      ];
      expect(await once(spawn("redis-cli", args, { stdio: "ignore" }), "exit")).toEqual([0, null]);
    });
    await isOk();
    expect(await parity()).toMatchObject({ identical: true });
  }, 120_000);

  it("keeps a push waiting whose replica does not take it, and says so", async () => {
    const user = USERS[7]!;
    const [replica] = await redis.replicasOf(await redis.primaryOf(`{${user}}`));
    replica!.signal("SIGSTOP");
    await push(user, "2024-02-08", 61);
    await until("health says DEGRADED", async () => (await state()) === "DEGRADED");
    expect(await tickets(user)).toBe(61);
    replica!.signal("SIGCONT");
    await isOk();
    expect(await app.sql("select * from online_copy_queue")).toEqual([]);
  }, 90_000);

  it("serves an acknowledged push after a failover to a replica that never got it", async () => {
    const user = USERS[11]!;
    const primary = await redis.primaryOf(`{${user}}`);
    const [replica] = await redis.replicasOf(primary);
    replica!.signal("SIGSTOP");
    await primary.command("CLIENT", "KILL", "TYPE", "replica");
    await push(user, "2024-02-09", 88);
    expect(await tickets(user)).toBe(88);
    const taken = redis.killPrimary(primary);
    replica!.signal("SIGCONT");
    await taken;
    await until(
      "what was pushed is served, or health says that it may not be",
      async () => {
        const [health, value] = [await state(), await tickets(user)];
        if (health === "OK") expect(value).toBe(88);
        return health === "OK";
      },
      60_000,
    );
    expect(await parity()).toMatchObject({ identical: true });
  }, 120_000);

  it("answers the same without an error while the other primaries are killed one after the other", async () => {
    const withReplica = async () => {
      const found = [];
      for (const node of await redis.primaries())
        if ((await redis.replicasOf(node)).length > 0) found.push(node);
      return found;
    };
    const answered = await underLoad(async () => {
      for (const primary of await withReplica()) await redis.killPrimary(primary);
      await isOk();
    });
    expect(answered).toBeGreaterThan(10);
    expect(await parity()).toMatchObject({ identical: true });
  }, 180_000);

  it("answers from PostgreSQL for those of a primary that died without a replica, from Redis for the others", async () => {
    const user = USERS[11]!;
    const primary = await redis.primaryOf(`{${user}}`);
    let other = user;
    for (const each of USERS) {
      if ((await redis.primaryOf(`{${each}}`)) === primary) continue;
      other = each;
      break;
    }
    const answered = await underLoad(() =>
      primary.kill().then(() => until("DEGRADED", async () => (await state()) === "DEGRADED")),
    );
    expect(answered).toBeGreaterThan(0);
    await app.sql("update support_agg_90d_online set support_tickets_90d = -1 where user_id = any($1)", [
      [user, other],
    ]);
    expect(await tickets(user)).toBe(-1);
    expect(await tickets(other)).not.toBe(-1);
  }, 90_000);
});
