import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definitions } from "../../../examples/orders/definitions.js";
import { delivery, MONTHS } from "../../../examples/orders/generate.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import { type Files, writeDelivery } from "../../support/delivery.js";
import { hasRedis, startRedis, type TestRedis } from "../../support/redis.js";
import { filesHolding, redisDump, tracesIn } from "../../support/traces.js";

const CUSTOMERS = 60;
const [[APRIL_FOLDER, APRIL], [MAY_FOLDER, MAY]] = MONTHS;
const VICTIM = "VICTIM-KEY-5T";
/** Texts that stand for the person, and for nobody and nothing else; sums of windows among them. */
const TRACES = [VICTIM, "1909-03-17", "987654321", "987654322", "7654.25", "6543.5", "14197.75", "1234.56"];

const order = (no: number, day: string, dollars: number, tax: number, cancelled = "no") =>
  `${VICTIM},${no},${day}T12:00:00,${dollars},${tax},3,phone,${cancelled}`;
/** An order of each month; in May one of April that comes late, a correction and one that is cancelled. */
const ORDERS = [
  [order(987654321, "2024-04-11", 7654.25, 1234.56)],
  [
    order(987654322, "2024-04-28", 6543.5, 1234.56),
    order(987654321, "2024-04-11", 7654.25, 12.5),
    order(987654323, "2024-05-02", 44, 8.5),
    order(987654323, "2024-05-02", 44, 8.5, "yes"),
  ],
];

function month(place: number): Files {
  const files = delivery(place, CUSTOMERS);
  files.customers!.push(`${VICTIM},1909-03-17,west`);
  files.orders!.push(...ORDERS[place]!);
  files.outcomes!.push(`${VICTIM},True`);
  return files;
}

describe("a person who is erased from a history of events", () => {
  let app: TestApp;
  let redis: TestRedis | null = null;
  let training = "";
  const runOf = async (field: string) => {
    const { run } = await app.client.query(`mutation { run: ${field} { id } }`);
    const ended = await app.client.finished(run.id);
    expect(ended.error).toBeNull();
    return ended;
  };
  const lateEvents = async (asOf: string): Promise<number> =>
    (await app.client.query(`{ snapshot(asOf: "${asOf}") { lateEvents } }`)).snapshot.lateEvents;

  beforeAll(async () => {
    redis = hasRedis ? await startRedis() : null;
    app = await startTestApp({ definitions, ...(redis && { redisUrl: redis.url }) });
    for (const [place, [folder, asOf]] of MONTHS.entries()) {
      writeDelivery(app.dataDir, folder, month(place));
      expect((await app.client.ingest(folder, asOf)).error).toBeNull();
    }
    expect(await lateEvents(APRIL)).toBeGreaterThan(0);
    await runOf(`resnapshot(asOf: "${APRIL}")`);
    await runOf(`backfill(from: "2024-03-31", to: "${MAY}", every: MONTH)`);
    training = (await runOf(`train(input: { asOf: "${APRIL}", algorithm: LOGISTIC_REGRESSION })`)).id;
    await runOf(`exportTrainingSet(input: { asOfFrom: "${APRIL}", asOfTo: "${MAY}" })`);
    await runOf(`detectDrift(input: { from: "${APRIL}", to: "${MAY}" })`);
    await app.client.query(`{ featureProfile(view: "spending", asOf: "${APRIL}") { max } }`);
    if (redis) expect(await redisDump(redis)).toContain(VICTIM);
  }, 300_000);
  afterAll(async () => {
    await app?.stop();
    await redis?.kill();
  });

  it("is gone from the events, the windows over them, Redis, files and reports", async () => {
    const before = await tracesIn(app, TRACES);
    expect(before.some((place) => /public\.orders_events\w*\./.test(place))).toBe(true);
    expect(before.some((place) => place.endsWith(": 14197.75"))).toBe(true);
    const { erasureReach: reach } = await app.client.query(
      `{ erasureReach(customerId: "${VICTIM}") { places { place rows } artifacts { name } } }`,
    );
    const run = await runOf(`eraseCustomer(customerId: "${VICTIM}", reason: "they asked for it")`);
    expect(reach.places).toEqual(run.result.places);
    expect(run.result.places).toContainEqual({ place: "orders_events", rows: 4 });
    const learned = await app.sql<{ sha256: string }>("select sha256 from artifacts where run_id = $1", [
      training,
    ]);
    expect(learned.length).toBeGreaterThan(0);
    expect(await tracesIn(app, TRACES)).toEqual([]);
    const online = redis ? await redisDump(redis) : "";
    expect(TRACES.filter((text) => online.includes(text))).toEqual([]);
    expect(filesHolding(app.dataDir, TRACES, [APRIL_FOLDER, MAY_FOLDER])).toEqual([]);
  }, 300_000);

  it("does not come back by late events, and makes no date stale by them", async () => {
    writeDelivery(app.dataDir, "again", month(1));
    const run = await app.client.ingest("again", "2024-06-30");
    expect(run.error).toBeNull();
    expect(run.result.erased).toEqual({ customers: 1, orders: 4, outcomes: 1 });
    expect([await lateEvents(APRIL), await lateEvents(MAY)]).toEqual([0, 0]);
    const again = await runOf(`resnapshot(asOf: "${APRIL}")`);
    // A revision of its own, as of the very files of a date whose snapshot lost a row.
    expect(again.result.unchanged).toBe(false);
    expect(await tracesIn(app, TRACES)).toEqual([]);
  });

  it("leaves snapshots that can be trained from and verify", async () => {
    const later = await runOf(`train(input: { asOf: "${APRIL}", algorithm: LOGISTIC_REGRESSION, seed: 2 })`);
    expect((await runOf(`reproduce(runId: "${later.id}")`)).result).toMatchObject({ identical: true });
    expect(await app.client.error(`mutation { reproduce(runId: "${training}") { id } }`)).toMatchObject({
      code: "ERASED",
    });
  });
});
