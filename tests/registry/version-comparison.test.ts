import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { GOOD, NOISE, OTHER, trainFour } from "../support/months.js";

const COMPARE = `query($version: Int!, $with: Int!, $metric: String, $model: String = "churn") {
  compareVersions(model: $model, version: $version, with: $with, metric: $metric) {
    asOf labelAsOf rows metric value other difference lower upper confidence resamples
  } }`;

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await trainFour(app);
});
afterAll(() => app?.stop());

const compare = async (version: number, other: number, metric?: string) =>
  (await app.client.query(COMPARE, { version, with: other, metric })).compareVersions;

describe("two versions compared", () => {
  it("on rows that neither was trained on: the better one's interval excludes 0, whoever is named first", async () => {
    const better = await compare(GOOD, NOISE);
    expect(better).toMatchObject({ metric: "auc", confidence: 0.95, resamples: 1000 });
    expect(better.rows).toBeGreaterThan(10);
    expect(better.difference).toBeCloseTo(better.value - better.other, 10);
    expect(better.lower).toBeGreaterThan(0);
    expect(better.lower).toBeLessThanOrEqual(better.difference);
    const worse = await compare(NOISE, GOOD);
    expect(worse).toMatchObject({
      value: better.other,
      other: better.value,
      difference: -better.difference,
      upper: -better.lower,
      lower: -better.upper,
    });
  });

  it("by another metric, turned round where less is better; again with the same numbers", async () => {
    const asked = await compare(GOOD, NOISE, "log_loss");
    expect(asked.value).toBeLessThan(asked.other);
    expect(asked.difference).toBeCloseTo(asked.other - asked.value, 10);
    expect(await compare(GOOD, NOISE, "log_loss")).toEqual(asked);
  });

  it("asks for two, which there are, and for a metric that has a paired difference", async () => {
    expect(await app.client.error(COMPARE, { version: GOOD, with: GOOD })).toMatchObject({
      code: "BAD_USER_INPUT",
      message: `with: another version than ${GOOD} was expected; got the same`,
    });
    expect((await app.client.error(COMPARE, { version: GOOD, with: 99 })).code).toBe("MODEL_NOT_FOUND");
    expect((await app.client.error(COMPARE, { version: GOOD, with: OTHER, model: "none" })).code).toBe(
      "MODEL_NOT_FOUND",
    );
    expect((await app.client.error(COMPARE, { version: GOOD, with: OTHER, metric: "luck" })).message).toBe(
      'metric: one of auc, average_precision, log_loss, brier, rmse, mae, mape, r2, accuracy, macro_f1, weighted_f1, macro_auc was expected; got "luck"',
    );
  });
});
