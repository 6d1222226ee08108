import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { ingestMonth, learnableMonth, STRONG, trained, USERS } from "../support/months.js";

/** A double that no 32-bit float holds: what models are fed. */
const HUGE = "1e300";

describe("a value beyond the range of 32-bit floats", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
    await ingestMonth(app, "2024-01-31", learnableMonth());
    const files = learnableMonth();
    files.usage_agg_30d = files.usage_agg_30d!.map((line) =>
      line.replace(`${USERS[1]},1.125,29.5,`, `${USERS[1]},${HUGE},${HUGE},`),
    );
    await ingestMonth(app, "2024-02-29", files);
    await trained(app, { asOf: "2024-01-31", params: STRONG });
    await trained(app, { asOf: "2024-01-31", algorithm: "LOGISTIC_REGRESSION" });
  });
  afterAll(() => app?.stop());

  it.each([1, 2])("is scored by version %d with a probability", async (version) => {
    const { predict } = await app.client.query(
      `{ predict(userId: "${USERS[1]}", version: ${version}) { probability features { json } } }`,
    );
    expect(predict.features.json.watch_hours_30d).toBe(Number(HUGE));
    expect(predict.probability).toBeGreaterThanOrEqual(0);
    expect(predict.probability).toBeLessThanOrEqual(1);
  });
});
