import { pino } from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createPool, type Pool } from "../../src/db/pool.js";
import { createStores } from "../../src/jobs/stores.js";
import { type Canary, runningCanaries } from "../../src/registry/canaries.js";
import { armsOf } from "../../src/serving/arms.js";
import { isChallenged } from "../../src/serving/canary-arm.js";
import { ModelCache } from "../../src/serving/model-cache.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { testing } from "../support/deployment/testing.js";
import {
  GOOD,
  ingestMonth,
  JANUARY,
  learnableMonth,
  OTHER,
  promote,
  STRONG,
  trained,
  USERS,
} from "../support/months.js";
import { until } from "../support/until.js";

const THIRD = 3;
let app: TestApp;
let pool: Pool;
/** Files whose reading waits, or fails, by version. */
const held = new Map<number, Promise<void>>();
let caches: ModelCache[] = [];

beforeAll(async () => {
  app = await startTestApp({ predictionLog: { sample: 0, perSecond: 1, keepDays: 30 } });
  await ingestMonth(app, JANUARY, learnableMonth());
  for (const seed of [1, 2, 3]) await trained(app, { asOf: JANUARY, seed, params: STRONG });
  await promote(app, GOOD);
  pool = createPool(app.url, 4);
});
afterAll(async () => {
  for (const cache of caches) cache.close();
  await pool?.end();
  await app?.stop();
});

/** As another process has it, which hears of changes by being told. */
function cacheOf(canaryOf?: () => Promise<Canary | null>): ModelCache {
  const { models, artifacts } = createStores(pool);
  const read = artifacts.read.bind(artifacts);
  artifacts.read = async (sha256) => {
    const rows = await app.sql("select version from model_versions where sha256 = $1", [sha256]);
    for (const { version } of rows) await held.get(version);
    return read(sha256);
  };
  const running = async () => (await runningCanaries(pool, ["churn"]))[0] ?? null;
  const silent = pino({ level: "silent" });
  const cache = new ModelCache(models, artifacts, silent, undefined, undefined, canaryOf ?? running);
  caches = [...caches, cache];
  return cache;
}

const start = async (share = 0.5): Promise<number> => {
  const { startCanary } = await app.client.query(
    `mutation { startCanary(input: { version: ${OTHER}, share: ${share} }) { id } }`,
  );
  return Number(startCanary.id);
};
const end = () => app.client.query('mutation { endCanary(reason: "a test") { id } }');

/** Settled by whoever has it. */
function pending() {
  let [resolve, reject]: [() => void, (reason: Error) => void] = [() => {}, () => {}];
  const promise = new Promise<void>((done, fail) => {
    [resolve, reject] = [done, fail];
  });
  // It may be settled before anybody waits for it.
  promise.catch(() => {});
  return { promise, resolve: () => resolve(), reject: (reason: Error) => reject(reason) };
}

/** Who answers the challenger's first key. */
const armOf = (cache: ModelCache, id: number) => {
  const key = USERS.find((user) => isChallenged({ id, share: 0.5 }, user))!;
  return armsOf(cache, testing, { model: "churn" }, key).map((arm) => arm?.ofCanary);
};

it("while its challenger is loaded, keys are no canary's; where that fails, the champion is counted in its place", async () => {
  const id = await start();
  const loading = pending();
  held.set(OTHER, loading.promise);
  const cache = cacheOf();
  const refreshed = cache.refresh("churn");
  await until("Production is loaded", () => cache.production("churn"));
  expect(armOf(cache, id)).toEqual([]);
  loading.reject(new Error("the disk is gone"));
  await refreshed;
  expect(armOf(cache, id)).toEqual([{ canary: id, arm: "CHAMPION", isFallback: true }]);
  expect(cache.problems()).toMatchObject([{ subject: "canary of churn", message: "the disk is gone" }]);
  held.clear();
  await cache.refresh("churn");
  expect(armOf(cache, id)[0]).toEqual({ canary: id, arm: "CHALLENGER", isFallback: false });
  await end();
});

it("once ended it answers nothing more, though another version is still being loaded", async () => {
  const id = await start();
  const cache = cacheOf();
  await cache.refresh("churn");
  expect(armOf(cache, id)[0]).toMatchObject({ arm: "CHALLENGER" });
  const loading = pending();
  held.set(THIRD, loading.promise);
  await promote(app, THIRD);
  const refreshed = cache.refresh("churn");
  await until("it is dropped", () => cache.canary("churn") === null);
  expect(armOf(cache, id)).toEqual([]);
  expect(cache.production("churn")?.version.version).toBe(GOOD);
  loading.resolve();
  await refreshed;
  expect(cache.production("churn")?.version.version).toBe(THIRD);
});

it("is refused with a stop rule where nothing is logged, and said where one was taken before", async () => {
  await promote(app, GOOD);
  const refused = `mutation { startCanary(input: { version: ${OTHER}, share: 0.5, stopRule: { minAgreement: 0.9 } }) { id } }`;
  expect(await app.client.error(refused)).toMatchObject({
    code: "BAD_USER_INPUT",
    message: expect.stringContaining("stopRule: no predictions are logged (PREDICTION_LOG_SAMPLE is 0)"),
  });
  const id = await start();
  const problems = async () =>
    (await app.client.query("{ health { problems { subject message } } }")).health.problems.filter(
      ({ subject }: { subject: string }) => subject === "canary of churn",
    );
  expect(await problems()).toEqual([]);
  await app.sql("update canaries set stop_rule = stop_rule || '{\"minAgreement\": 0.9}' where id = $1", [id]);
  expect(await problems()).toMatchObject([
    { message: "its stop rule judges nothing: no predictions are logged (PREDICTION_LOG_SAMPLE is 0)" },
  ]);
  await end();
});

it("of a champion that is in Production no more, it answers nothing, before its end is heard of", async () => {
  const id = await start();
  const [running] = await runningCanaries(pool, ["churn"]);
  const cache = cacheOf(async () => running!);
  await cache.refresh("churn");
  expect(armOf(cache, id)[0]).toMatchObject({ arm: "CHALLENGER" });
  await promote(app, THIRD);
  await cache.refresh("churn");
  expect(cache.canary("churn")?.id).toBe(id);
  expect(armOf(cache, id)).toEqual([]);
});
