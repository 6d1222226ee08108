import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cluster, startCluster } from "../support/cluster.js";
import { writeDelivery } from "../support/delivery.js";
import type { GraphQLClient } from "../support/graphql.js";
import { learnableMonth, USERS } from "../support/months.js";
import { hasRedis, startRedis, type TestRedis } from "../support/redis.js";
import { until } from "../support/until.js";

const FEATURES = `{ features(userId: "${USERS[3]}") { values { monthlyFee skips7d watchHours30d } } }`;

describe.skipIf(!hasRedis)("asof under load, whose Redis is lost (skipped without redis-server)", () => {
  let redis: TestRedis;
  let cluster: Cluster;
  let api: GraphQLClient;
  beforeAll(async () => {
    redis = await startRedis();
    cluster = await startCluster();
    writeDelivery(cluster.dataDir, "january", learnableMonth());
    api = (await cluster.start("all", { REDIS_URL: redis.url })).client;
    expect(await api.ingest("january", "2024-01-31")).toMatchObject({ error: null });
  });
  afterAll(async () => {
    redis?.signal("SIGCONT");
    await cluster?.stop();
    await redis?.kill();
  });

  const health = async () =>
    (await api.query("{ health { status database onlineStore } }")).health as Record<string, string>;
  const is = (state: "OK" | "DEGRADED") =>
    until(`health says ${state}`, async () => {
      const { status, onlineStore } = await health();
      return status === state && onlineStore === state;
    });

  /** What `work` does is done while four clients ask; every answer is to be the same. */
  async function underLoad(work: (answered: () => number) => Promise<unknown>): Promise<void> {
    const expected = await api.query(FEATURES);
    let [asking, answered] = [true, 0];
    const load = Array.from({ length: 4 }, async () => {
      while (asking) {
        expect(await api.query(FEATURES)).toEqual(expected);
        answered++;
      }
    });
    const done = work(() => answered).finally(() => {
      asking = false;
    });
    await Promise.all([done, ...load]);
  }
  const answersGoOn = async (answered: () => number) => {
    const before = answered();
    await until("requests are answered", () => answered() > before + 20);
  };
  const runOf = async (field: string) => {
    const { run } = await api.query(`mutation { run: ${field} { id } }`);
    return api.finished(run.id);
  };

  it.each([
    ["killed", () => redis.kill(), () => redis.start()],
    ["frozen", async () => redis.signal("SIGSTOP"), async () => redis.signal("SIGCONT")],
  ])(
    "%s: PostgreSQL answers every request, health says DEGRADED; back, it is filled, OK, and the same in every value",
    async (_how, lose, bringBack) => {
      await is("OK");
      await underLoad(async (answered) => {
        await answersGoOn(answered);
        await lose();
        await is("DEGRADED");
        await answersGoOn(answered);
        await bringBack();
        await until(
          "a materialization fills it",
          async () => (await runOf("materialize")).status === "SUCCEEDED",
        );
        await is("OK");
        await answersGoOn(answered);
      });
      expect((await runOf("verifyParity")).result).toMatchObject({ identical: true, differences: 0 });
    },
    120_000,
  );
});
