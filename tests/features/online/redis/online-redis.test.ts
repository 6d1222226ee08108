import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../../../support/app.js";
import { smallDelivery, writeDelivery } from "../../../support/delivery.js";
import { hasRedis, startRedis, type TestRedis } from "../../../support/redis.js";
import { until } from "../../../support/until.js";

describe.skipIf(!hasRedis)("asof with REDIS_URL (skipped without redis-server)", () => {
  let redis: TestRedis;
  let app: TestApp;
  beforeAll(async () => {
    redis = await startRedis();
    app = await startTestApp({ redisUrl: redis.url });
  });
  afterAll(async () => {
    await app?.stop();
    await redis?.kill();
  });

  const health = async () =>
    (await app.client.query("{ health { status database onlineStore } }")).health as Record<string, string>;
  const fee = async (user: string) => {
    const { features } = await app.client.query(`{ features(userId: "${user}") { values { monthlyFee } } }`);
    return features.values.monthlyFee;
  };
  const materialize = async () => {
    const { materialize } = await app.client.query("mutation { materialize { id } }");
    return app.client.finished(materialize.id);
  };

  it("serves from Redis what an ingest wrote", async () => {
    writeDelivery(app.dataDir, "january", smallDelivery(["U-1", "U-2"]));
    expect((await app.client.ingest("january", "2024-01-31")).error).toBeNull();
    expect(await health()).toEqual({ status: "OK", database: "OK", onlineStore: "OK" });
    // What PostgreSQL alone says now is not what is served.
    await app.sql("update subs_profile_online set monthly_fee = -1");
    expect([await fee("U-1"), await fee("U-2")]).toEqual([20.5, 21.5]);
    await app.sql("update subs_profile_online set monthly_fee = 20.5 where user_id = 'U-1'");
    await app.sql("update subs_profile_online set monthly_fee = 21.5 where user_id = 'U-2'");
  });

  it("publishes a month while Redis is gone, says that the copy is behind, and is whole from PostgreSQL", async () => {
    await redis.kill();
    const february = smallDelivery(["U-1", "U-2"]);
    february.subscriptions![1] = february.subscriptions![1]!.replace("20.5", "99.5");
    writeDelivery(app.dataDir, "february", february);

    const run = await app.client.ingest("february", "2024-02-29");

    expect(run.error).toMatchObject({ code: "SERVICE_UNAVAILABLE", step: "materialize" });
    expect(run.error!.message).toContain("check REDIS_URL");
    expect(await fee("U-1")).toBe(99.5);
    expect(await health()).toEqual({ status: "DEGRADED", database: "OK", onlineStore: "DEGRADED" });
  });

  it("is repaired by the next materialize", async () => {
    await redis.start();
    await until("materialize succeeds", async () => (await materialize()).status === "SUCCEEDED");
    await until("reads are back too", async () => (await health()).status === "OK");
    expect(await health()).toEqual({ status: "OK", database: "OK", onlineStore: "OK" });
    await app.sql("update subs_profile_online set monthly_fee = -1");
    expect(await fee("U-1")).toBe(99.5);
  });
});
