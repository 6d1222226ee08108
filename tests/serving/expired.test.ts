import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool } from "../../src/db/pool.js";
import type { Deployment } from "../../src/definitions/language/deployment.js";
import { FeatureStore } from "../../src/features/feature-store.js";
import { staleViews } from "../../src/features/freshness-watch.js";
import { reportStaleView } from "../../src/jobs/materialize/materialize.job.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { testing } from "../support/deployment/testing.js";
import { ingestMonth, learnableMonth, promote, STRONG, trained, USERS } from "../support/months.js";

/** The test deployment, but payments are served for 30 days only: no table differs. */
function withTtl(): Deployment {
  const views = testing.views.map((view) =>
    view.name === "payments_agg_90d" ? { ...view, ttlDays: 30 } : view,
  );
  return { ...testing, views, services: testing.services.map((service) => ({ ...service, views })) };
}

describe("a feature past its max age", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp({ definitions: withTtl() });
    await ingestMonth(app, "2024-01-31", learnableMonth());
    await trained(app, { asOf: "2024-01-31", params: STRONG });
    await promote(app, 1);
  });
  afterAll(() => app?.stop());

  const predict = (args: string) =>
    app.client.raw(`{ predict(userId: "${USERS[1]}"${args}) { probability features { json } } }`);

  it.each([
    ["as of its last day", ', version: 1, asOf: "2024-03-01"', null],
    ["a day later", ', version: 1, asOf: "2024-03-02"', ["failed_payments_90d"]],
    ["now", "", ["failed_payments_90d"]],
  ])("%s is missing from a prediction: %s %j", async (_, args, missing) => {
    const { data, errors } = await predict(args);
    if (missing === null) {
      expect(data!.predict.probability).toBeGreaterThan(0);
      return;
    }
    expect(errors![0]!.extensions).toMatchObject({
      code: "FEATURES_MISSING",
      userId: USERS[1],
      missingFeatures: missing,
    });
  });

  it("is warned of by one event on the run that materialized it, whoever looks and however often", async () => {
    const warnings = async () => {
      const { runs } = await app.client.query(
        "{ runs(where: { kind: INGEST }) { nodes { events { type step message data } } } }",
      );
      return runs.nodes[0].events.filter(({ data }: any) => data?.severity === "WARNING");
    };
    const [warning, ...more] = await warnings();
    expect(more).toEqual([]);
    expect(warning).toMatchObject({
      type: "LOG",
      step: "materialize",
      message: expect.stringMatching(
        /^view payments_agg_90d: its newest values are of 2024-01-31, .* no longer served after 30 days/,
      ),
      data: { view: "payments_agg_90d", newestEventTime: "2024-01-31", ttlSeconds: 2_592_000 },
    });
    const pool = createPool(app.url, 4);
    const known = await new FeatureStore(pool, withTtl()).freshness();
    const stale = staleViews(withTtl().views, known, new Date());
    expect(stale).toHaveLength(1);
    await Promise.all([1, 2, 3].map(() => reportStaleView(pool, stale[0]!)));
    await pool.end();
    expect(await warnings()).toEqual([warning]);
  });

  it("is null with its age told, and never served over REST", async () => {
    const { features } = await app.client.query(
      `{ features(userId: "${USERS[1]}") { values { failedPayments90d monthsActive } statuses { name status eventTime ttlSeconds } } }`,
    );
    expect(features.values).toEqual({ failedPayments90d: null, monthsActive: 1 });
    expect(features.statuses).toContainEqual({
      name: "failed_payments_90d",
      status: "OUTSIDE_MAX_AGE",
      eventTime: "2024-01-31",
      ttlSeconds: 2_592_000,
    });
    const response = await fetch(`${app.client.address}/features/${USERS[1]}`);
    expect(((await response.json()) as any).features.failed_payments_90d).toBeNull();
  });
});
