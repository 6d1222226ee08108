import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createPool, type Pool } from "../../src/db/pool.js";
import { createStores } from "../../src/jobs/stores.js";
import { PromotionChecks } from "../../src/registry/promotion-check.js";
import { ModelCache } from "../../src/serving/model-cache.js";
import { openPromotion } from "../../src/serving/open-promotion.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { testing } from "../support/deployment/testing.js";
import {
  GOOD,
  ingestMonth,
  learnableMonth,
  NOISE,
  OTHER,
  PROMOTE,
  promote,
  registryState,
  trainFour,
  WORSE,
} from "../support/months.js";

const CHECK = `query($version: Int!, $stage: Stage! = PRODUCTION) {
  promotionCheck(model: "churn", version: $version, stage: $stage) {
    passed forcible replaces { version }
    gates { name passed message value limit details }
    heldOut { asOf labelAsOf rows metric difference lower upper confidence metrics { name candidate production } }
  } }`;

let app: TestApp;
let pool: Pool;
let cache: ModelCache;
/** Of this process: what it judged, in order. */
let judged: number[];
let atOnce: number;
let mostAtOnce: number;
let checks: PromotionChecks;

beforeAll(async () => {
  app = await startTestApp();
  await trainFour(app);
  await promote(app, GOOD, { reason: "first" });
  pool = createPool(app.url, 4);
  const { models, artifacts } = createStores(pool);
  cache = new ModelCache(models, artifacts, pino({ level: "silent" }));
});
afterAll(async () => {
  cache?.close();
  await pool?.end();
  await app?.stop();
});
beforeEach(() => {
  [judged, atOnce, mostAtOnce] = [[], 0, 0];
  const promotion = openPromotion(pool, testing, cache);
  checks = new PromotionChecks(pool, {
    check: (candidate, stage) => {
      judged.push(candidate.version);
      mostAtOnce = Math.max(mostAtOnce, ++atOnce);
      return promotion.check(candidate, stage).finally(() => atOnce--);
    },
  });
});

const check = async (version: number, stage = "PRODUCTION") =>
  (await app.client.query(CHECK, { version, stage })).promotionCheck;

describe("a promotion check", () => {
  it.each([
    ["worse than Production", WORSE],
    ["below the least auc", NOISE],
  ])(
    "of a version that is %s has the gates of the promotion that it foretells, and changes nothing",
    async (_, version) => {
      const before = await registryState(app);
      const checked = await check(version);
      expect(checked).toMatchObject({ passed: false, forcible: true, replaces: { version: GOOD } });
      expect(await registryState(app)).toEqual(before);
      const refused = (await app.client.error(PROMOTE, { input: { version } })) as any;
      expect(refused.code).toBe("GATE_FAILED");
      expect(checked.gates.map(withoutNulls)).toEqual(refused.gates);
      expect(await registryState(app)).toEqual(before);
    },
  );

  it("of a version that passes has the gates that its promotion writes, and both sides' metrics on the same rows", async () => {
    const before = await registryState(app);
    const checked = await check(OTHER);
    expect(checked).toMatchObject({ passed: true, replaces: { version: GOOD } });
    expect(await registryState(app)).toEqual(before);
    const { details } = checked.gates.find(({ name }: any) => name === "not_worse_than_production");
    const { heldOut } = checked;
    expect(heldOut).toMatchObject({
      asOf: details.asOf,
      rows: details.rows,
      metric: "auc",
      difference: details.difference.observed,
      lower: details.difference.lower,
    });
    expect(heldOut.metrics).toContainEqual({
      name: "auc",
      candidate: details.candidate.auc,
      production: details.production.auc,
    });
    await promote(app, OTHER);
    const { model } = await app.client.query(
      '{ model(name: "churn") { transitions(first: 1) { gates { name passed message value limit details } } } }',
    );
    expect(model.transitions[0].gates).toEqual(checked.gates);
    expect((await check(GOOD)).replaces).toEqual({ version: OTHER });
    await promote(app, GOOD);
  });

  it("for Staging asks no gate and says whom it would replace", async () => {
    expect(await check(WORSE, "STAGING")).toEqual({
      passed: true,
      forcible: true,
      replaces: null,
      gates: [],
      heldOut: null,
    });
    await promote(app, NOISE, { stage: "STAGING" });
    expect(await check(WORSE, "STAGING")).toMatchObject({ passed: true, replaces: { version: NOISE } });
    await promote(app, NOISE, { stage: "NONE" });
  });

  it("of what would leave Production empty fails that gate", async () => {
    const checked = await check(GOOD, "STAGING");
    expect(checked).toMatchObject({ passed: false, forcible: true, replaces: null });
    expect(checked.gates).toMatchObject([{ name: "production_not_empty", passed: false }]);
  });

  it.each([
    ['promotionCheck(model: "churn", version: 99)', "MODEL_NOT_FOUND", "has no version 99"],
    ['promotionCheck(model: "churn", version: -1)', "MODEL_NOT_FOUND", "has no version -1"],
    ['promotionCheck(model: "fraud", version: 1)', "MODEL_NOT_FOUND", 'no model is named "fraud"'],
    ['promotionCheck(model: "", version: 1)', "BAD_USER_INPUT", "model"],
    ['promotionCheck(model: "churn", version: 1)', "BAD_USER_INPUT", "is already in PRODUCTION"],
    [
      'promotionCheck(model: "churn", version: 2, stage: ARCHIVED)',
      "BAD_USER_INPUT",
      "is already in ARCHIVED",
    ],
  ])("%s is answered as promote answers it, by %s", async (field, code, message) => {
    const error = await app.client.error(`{ ${field} { passed } }`);
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
  });
});

describe("of one process", () => {
  it("checks of a model are made one at a time; who asks the same has the answer of the first", async () => {
    const [first, second, other] = await Promise.all([
      checks.check("churn", WORSE, "PRODUCTION"),
      checks.check("churn", WORSE, "PRODUCTION"),
      checks.check("churn", OTHER, "PRODUCTION"),
    ]);
    expect(second).toBe(first);
    expect([first.passed, other.passed]).toEqual([false, true]);
    expect(judged.toSorted()).toEqual([OTHER, WORSE]);
    expect(mostAtOnce).toBe(1);
  });

  it("more checks of a model than may wait are a CONFLICT", async () => {
    const all = await Promise.allSettled(
      Array.from({ length: 12 }, () => checks.check("churn", WORSE, "PRODUCTION")),
    );
    const refused = all.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
    expect(refused.map(({ code }) => code)).toEqual(Array(4).fill("CONFLICT"));
    expect(judged).toEqual([WORSE]);
  });

  it("a verdict is remembered until Production changes", async () => {
    const first = await checks.check("churn", WORSE, "PRODUCTION");
    expect(await checks.check("churn", WORSE, "PRODUCTION")).toBe(first);
    await promote(app, OTHER);
    const second = await checks.check("churn", WORSE, "PRODUCTION");
    expect(second.replaces?.version).toBe(OTHER);
    expect(second.gates).not.toEqual(first.gates);
    expect(judged).toEqual([WORSE, WORSE]);
  });

  it("and until the version's stage changes, what is not possible any more is an error", async () => {
    await checks.check("churn", GOOD, "STAGING");
    await promote(app, GOOD, { stage: "STAGING" });
    await expect(checks.check("churn", GOOD, "STAGING")).rejects.toThrow("is already in STAGING");
  });

  it("and until snapshots come on which versions would be compared", async () => {
    await checks.check("churn", WORSE, "PRODUCTION");
    await ingestMonth(app, "2024-02-29", learnableMonth());
    const later = await checks.check("churn", WORSE, "PRODUCTION");
    expect(later.heldOut?.comparison?.asOf).toBe("2024-02-29");
    expect(judged).toEqual([WORSE, WORSE]);
  });

  it("and until the version was reproduced", async () => {
    await checks.check("churn", WORSE, "PRODUCTION");
    const { modelVersion } = await app.client.query(
      `{ modelVersion(model: "churn", version: ${WORSE}) { run { id } } }`,
    );
    const started = await app.client.query("mutation($run: ID!) { reproduce(runId: $run) { id } }", {
      run: modelVersion.run.id,
    });
    expect(await app.client.finished(started.reproduce.id)).toMatchObject({ error: null });
    await checks.check("churn", WORSE, "PRODUCTION");
    expect(judged).toEqual([WORSE, WORSE]);
  });
});

const withoutNulls = (gate: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(gate).filter(([, value]) => value !== null));
