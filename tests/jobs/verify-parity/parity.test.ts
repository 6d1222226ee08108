import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../../support/app.js";
import { smallDelivery, userIds, writeDelivery } from "../../support/delivery.js";
import { hasRedis, startRedis, type TestRedis } from "../../support/redis.js";

let redis: TestRedis | undefined;
let app: TestApp;
beforeAll(async () => {
  redis = hasRedis ? await startRedis() : undefined;
  app = await startTestApp({ redisUrl: redis?.url });
  writeDelivery(app.dataDir, "january", smallDelivery(userIds(30)));
  writeDelivery(app.dataDir, "february", smallDelivery(userIds(20)));
  expect((await app.client.ingest("january", "2024-01-31")).error).toBeNull();
  expect((await app.client.ingest("february", "2024-02-29")).error).toBeNull();
});
afterAll(async () => {
  await app?.stop();
  await redis?.kill();
});

async function verify() {
  const { verifyParity } = await app.client.query("mutation { verifyParity { id kind } }");
  expect(verifyParity.kind).toBe("VERIFY_PARITY");
  const run = await app.client.finished(verifyParity.id);
  expect(run).toMatchObject({ status: "SUCCEEDED", error: null });
  const artifact = run.artifacts.find(({ name }) => name === "parity.json")!;
  const file = await fetch(new URL(artifact.url, app.client.address)).then((answer) => answer.json());
  return { result: run.result, file: file as any };
}

const clean = (store: string, view: string) => ({
  ...{ store, view, differences: 0, missing: 0, extra: 0, dropped: 0, features: {} },
});

it("finds nothing after two months: users of the first alone are served from it", async () => {
  const { result, file } = await verify();
  expect(result).toMatchObject({ identical: true, users: 30, differences: 0, sample: [] });
  expect(result.views).toContainEqual(clean("postgres", "subs_profile"));
  expect(file).toMatchObject({ identical: true, listed: [], truncated: false });
});

it("rows of a view are counted for Prometheus", async () => {
  const text = await fetch(`${app.client.address}/metrics`).then((answer) => answer.text());
  expect(text).toContain('asof_feature_view_rows{view="subs_profile"} 30\n');
  expect(text).toMatch(/^asof_feature_view_age_seconds\{view="usage_agg_30d"\} \d{8}/m);
});

it("names a forged value, a missing row and an extra one", async () => {
  await app.sql("update usage_agg_30d_online set skips_7d = 999 where user_id = 'U-00003'");
  await app.sql("delete from payments_agg_90d_online where user_id = 'U-00025'");
  await app.sql("insert into payments_agg_90d_online values ('nobody', '2024-02-29', 7)");

  const { result, file } = await verify();

  expect(result).toMatchObject({ identical: false, users: 31, differences: 3 });
  const ofPostgres = result.views.filter(({ store }: any) => store === "postgres");
  expect(ofPostgres).toEqual([
    clean("postgres", "subs_profile"),
    { ...clean("postgres", "usage_agg_30d"), differences: 1, features: { skips_7d: 1 } },
    { ...clean("postgres", "payments_agg_90d"), differences: 2, missing: 1, extra: 1 },
    clean("postgres", "support_agg_90d"),
  ]);
  const payments = { store: "postgres", view: "payments_agg_90d" };
  const listed = [
    {
      ...{ store: "postgres", view: "usage_agg_30d", userId: "U-00003", kind: "value" },
      features: { skips_7d: { expected: "3", served: "999" } },
    },
    {
      ...{ ...payments, userId: "U-00025", kind: "missing" },
      features: {
        as_of: { expected: "2024-01-31", served: null },
        failed_payments_90d: { expected: "1", served: null },
      },
    },
    {
      ...{ ...payments, userId: "nobody", kind: "extra" },
      features: {
        as_of: { expected: null, served: "2024-02-29" },
        failed_payments_90d: { expected: null, served: "7" },
      },
    },
  ];
  expect(result.sample).toEqual(listed);
  expect(file.listed).toEqual(listed);
});

it("tells an older event time and a null from the values they should be", async () => {
  await app.sql("truncate payments_agg_90d_online");
  await app.sql(`insert into payments_agg_90d_online select user_id, as_of, failed_payments_90d
    from payments_agg_90d_snapshots where as_of = '2024-01-31'`);
  await app.sql("update usage_agg_30d_online set skips_7d = null where user_id = 'U-00003'");
  const { result } = await verify();
  expect(result.differences).toBe(21);
  expect(result.sample).toHaveLength(20);
  expect(result.sample[0].features).toEqual({ skips_7d: { expected: "3", served: null } });
  expect(result.views.find(({ view }: any) => view === "payments_agg_90d").features).toEqual({ as_of: 20 });
});

describe.skipIf(!hasRedis)("with Redis (skipped without redis-server)", () => {
  it("compares what Redis holds with the snapshots too", async () => {
    // PostgreSQL stays forged: Redis is judged by the snapshots, not by it.
    const keyOf = async (user: string) => ((await redis!.command("KEYS", `asof:*{${user}}`)) as string[])[0]!;
    const forged = await keyOf("U-00001");
    const fields = (await redis!.command("HGETALL", forged)) as Record<string, string>;
    const field = Object.keys(fields).find((name) => name.startsWith("subs_profile:"))!;
    await redis!.command("HSET", forged, field, fields[field]!.replace('"21.5"', '"1.5"'));
    await redis!.command("DEL", await keyOf("U-00002"));
    await redis!.command("HSET", forged.replace("U-00001", "ghost"), field, fields[field]!);

    const { result } = await verify();

    const ofRedis = result.views.filter(({ store }: any) => store === "redis");
    expect(ofRedis).toEqual([
      {
        ...clean("redis", "subs_profile"),
        differences: 3,
        missing: 1,
        extra: 1,
        features: { monthly_fee: 1 },
      },
      ...["usage_agg_30d", "payments_agg_90d", "support_agg_90d"].map((view) => ({
        ...clean("redis", view),
        differences: 1,
        missing: 1,
      })),
    ]);
  });

  it("is identical once the tables are right and Redis is filled again", async () => {
    for (const view of ["usage_agg_30d", "payments_agg_90d"]) await app.sql(`truncate ${view}_online`);
    for (const asOf of ["2024-01-31", "2024-02-29"]) {
      const { materialize } = await app.client.query(
        "mutation($asOf: Date) { materialize(asOf: $asOf) { id } }",
        { asOf },
      );
      expect((await app.client.finished(materialize.id)).error).toBeNull();
    }
    expect((await verify()).result).toMatchObject({ identical: true, users: 30, differences: 0 });
  });
});
