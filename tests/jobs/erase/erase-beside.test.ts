import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool } from "../../../src/db/pool.js";
import { PostgresOnlineStore } from "../../../src/features/online/postgres/postgres-online-store.js";
import { RedisLink } from "../../../src/features/online/redis/redis-link.js";
import { RedisOnlineStore } from "../../../src/features/online/redis/redis-online-store.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import { waitsFor } from "../../support/cluster.js";
import { smallDelivery, userIds, writeDelivery } from "../../support/delivery.js";
import { testing as definitions } from "../../support/deployment/testing.js";
import { hasRedis, startRedis, type TestRedis } from "../../support/redis.js";
import { redisDump, tracesIn } from "../../support/traces.js";
import { until } from "../../support/until.js";

const KNOWN = userIds(20);
/** One is erased in each test. */
const PERSON = { push: "VICTIM-PUSH", pushed: "VICTIM-LATER", first: "VICTIM-FIRST", last: "VICTIM-LAST" };
const COPIED = "VICTIM-COPIED";
const EVERYBODY = [...KNOWN, ...Object.values(PERSON), COPIED];
const [JANUARY, FEBRUARY, MARCH] = ["2024-01-31", "2024-02-29", "2024-03-31"];
/** As no other row has it. */
const TICKETS = 765432;

describe("an erasure beside what brings the person's rows", () => {
  let app: TestApp;
  let redis: TestRedis | null = null;

  beforeAll(async () => {
    redis = hasRedis ? await startRedis() : null;
    app = await startTestApp({ ...(redis && { redisUrl: redis.url }) });
    writeDelivery(app.dataDir, "everybody", smallDelivery(EVERYBODY));
    expect((await app.client.ingest("everybody", JANUARY)).error).toBeNull();
  });
  afterAll(async () => {
    await app?.stop();
    await redis?.kill();
  });

  const begin = async (mutation: string): Promise<string> =>
    (await app.client.query(`mutation { run: ${mutation} { id } }`)).run.id;
  const erase = (id: string) => begin(`eraseUser(userId: "${id}", reason: "they asked for it")`);
  const ingest = (asOf: string) => begin(`ingest(input: { source: "everybody", asOf: "${asOf}" })`);
  const push = async (userId: string): Promise<string> => {
    const { push } = await app.client.query(
      `mutation ($rows: [PushRowInput!]!) { push(input: { view: "support_agg_90d", rows: $rows }) { outcomes { outcome } } }`,
      { rows: [{ userId, asOf: "2024-02-10", values: { support_tickets_90d: TICKETS } }] },
    );
    return push.outcomes[0].outcome;
  };
  const succeeded = async (id: string) => {
    const run = await app.client.finished(id);
    expect(run.error).toBeNull();
    return run;
  };
  const statusOf = async (id: string): Promise<string> =>
    (await app.sql("select status from runs where id = $1", [id]))[0]!.status;
  const nothingOf = async (id: string, ...texts: string[]) => {
    expect(await tracesIn(app, [id, ...texts])).toEqual([]);
    if (redis) expect(await redisDump(redis)).not.toContain(id);
  };

  it("comes after a push that is under way, and takes what was pushed", async () => {
    const table = await app.hold("support_agg_90d_pushes");
    const pushing = push(PERSON.push);
    await waitsFor(app.sql, "support_agg_90d_pushes");
    const erasing = await erase(PERSON.push);
    await waitsFor(app.sql, "erasures");
    await table.release();
    expect(await pushing).toBe("SERVED");
    const run = await succeeded(erasing);
    expect(run.result.places).toContainEqual({ place: "support_agg_90d_pushes", rows: 1 });
    await nothingOf(PERSON.push, String(TICKETS));
  });

  it("keeps out a push that comes while rows are still being deleted", async () => {
    const table = await app.hold("users_snapshots");
    const erasing = await erase(PERSON.pushed);
    await waitsFor(app.sql, "users_snapshots");
    expect(await push(PERSON.pushed)).toBe("ERASED");
    await table.release();
    await succeeded(erasing);
    await nothingOf(PERSON.pushed, String(TICKETS));
  });

  it("comes after an ingest that is under way, and takes what was published", async () => {
    const table = await app.hold("usage_agg_30d");
    const ingesting = await ingest(FEBRUARY);
    await waitsFor(app.sql, "usage_agg_30d");
    const erasing = await erase(PERSON.first);
    expect(await statusOf(erasing)).toBe("QUEUED");
    await table.release();
    const published = await succeeded(ingesting);
    expect(published.result.erased).toMatchObject({ users: 2 });
    const run = await succeeded(erasing);
    expect(run.result.places).toContainEqual({ place: "users_snapshots", rows: 2 });
    await nothingOf(PERSON.first);
  });

  it("keeps out the rows of an ingest that was asked for while they are still being deleted", async () => {
    const table = await app.hold("users_snapshots");
    const erasing = await erase(PERSON.last);
    await waitsFor(app.sql, "users_snapshots");
    const ingesting = await ingest(MARCH);
    expect(await statusOf(ingesting)).toBe("QUEUED");
    await table.release();
    await succeeded(erasing);
    expect((await succeeded(ingesting)).result.erased).toMatchObject({ users: 4 });
    await nothingOf(PERSON.last);
  });

  it.skipIf(!hasRedis)("waits for what is on its way to Redis, and takes it out again", async () => {
    const pool = createPool(app.url, 1);
    const link = await RedisLink.open(redis!.url);
    const write = link.runScript.bind(link);
    let letGo = () => {};
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let isOnItsWay = false;
    link.runScript = async (...args) => {
      isOnItsWay = true;
      await gate;
      return write(...args);
    };
    try {
      const truth = new PostgresOnlineStore(pool, definitions);
      const store = await RedisOnlineStore.open(pool, definitions, truth, { reads: link, writes: link });
      const refreshing = store.refresh([COPIED]);
      await until("the rows are read", () => isOnItsWay);
      const erasing = await erase(COPIED);
      await waitsFor(app.sql, "erased_rows");
      expect(await statusOf(erasing)).toBe("RUNNING");
      letGo();
      await refreshing;
      await succeeded(erasing);
      await nothingOf(COPIED);
    } finally {
      letGo();
      link.close();
      await pool.end();
    }
  });
});
