import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Deployment } from "../../src/definitions/language/deployment.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { testing } from "../support/deployment/testing.js";
import {
  ingestMonth,
  learnableMonth,
  movedMonth,
  promote,
  STRONG,
  trained,
  USERS,
} from "../support/months.js";
import { until } from "../support/until.js";

const [JANUARY, FEBRUARY, MARCH] = ["2024-01-31", "2024-02-29", "2024-03-31"];
const DETECT = "mutation($input: DriftInput!) { detectDrift(input: $input) { id } }";

/** Two of the fourteen features move; half of them would be too many for this policy. */
const definitions: Deployment = {
  ...testing,
  services: testing.services.map((service) => ({ ...service, driftPolicy: { maxShare: 0.1, delta: 0.05 } })),
};

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ definitions, predictionLog: { sample: 1, perSecond: 100_000, keepDays: 30 } });
  await ingestMonth(app, JANUARY, learnableMonth());
  await ingestMonth(app, FEBRUARY, { ...learnableMonth() }, "february");
});
afterAll(() => app?.stop());

async function detect(input: Record<string, unknown>) {
  const { detectDrift } = await app.client.query(DETECT, { input });
  return app.client.finished(detectDrift.id);
}

async function report(run: Awaited<ReturnType<typeof detect>>) {
  const { url } = run.artifacts.find(({ name }) => name === "drift.json")!;
  return (await fetch(new URL(url, app.client.address))).json() as Promise<any>;
}

describe("drift", () => {
  it("between two months that are the same is none", async () => {
    const run = await detect({ from: JANUARY, to: FEBRUARY });
    expect(run).toMatchObject({
      status: "SUCCEEDED",
      result: {
        share: 0,
        driftedFeatures: [],
        labelDrifted: false,
        retraining: null,
        rows: { before: 240, after: 240 },
      },
    });
    expect(run.metrics.find(({ name }) => name === "psi_monthly_fee")!.value).toBe(0);
  });

  it("is found in the features that moved and in no other, and past the policy's share a new candidate is trained", async () => {
    await ingestMonth(app, MARCH, movedMonth());
    const run = await detect({ from: JANUARY, to: MARCH });
    expect(run.error).toBeNull();
    expect(run.result).toMatchObject({ share: 2 / 14, driftedFeatures: ["monthly_fee", "net_service"] });
    const { features } = await report(run);
    const netService = features.find(({ name }: { name: string }) => name === "net_service");
    expect(netService).toMatchObject({
      test: "CHI_SQUARE",
      missing: { before: 0, after: expect.closeTo(1 / 3, 6) },
      shares: expect.arrayContaining([{ value: "DSL", before: 0.5, after: 0 }]),
    });
    const { run: started } = await app.client.query(
      "query($id: ID!) { run(id: $id) { kind actor params } }",
      { id: run.result.retraining.runId },
    );
    expect(started).toMatchObject({
      kind: "TRAIN_AND_COMPARE",
      actor: `drift:${run.id}`,
      params: { asOf: MARCH, model: "churn", delta: 0.05 },
    });
    // Trained elsewhere; here it would only keep the next runs waiting.
    await app.client.query("mutation($id: ID!) { cancelRun(id: $id) { id } }", {
      id: run.result.retraining.runId,
    });
  });

  it("is read by people: a page with the drifted features first", async () => {
    const run = await detect({ from: JANUARY, to: MARCH });
    const { url } = run.artifacts.find(({ name }) => name === "drift_report.html")!;
    const page = await (await fetch(new URL(url, app.client.address))).text();
    expect(page).toContain("2 of 14 features drifted (14.3 %): monthly_fee, net_service.");
    expect(page.indexOf("<td>monthly_fee<td>drifted")).toBeLessThan(
      page.indexOf("<td>skips_7d<td>as before"),
    );
  });

  it("between a snapshot and what was served counts each user's newest answer once", async () => {
    const { modelVersion } = await trained(app, { asOf: JANUARY, seed: 1, params: STRONG });
    await promote(app, modelVersion!.version, { force: true, reason: "the only one" });
    const since = new Date().toISOString();
    for (let i = 0; i < 2; i++) {
      await app.client.query("query($ids: [ID!]!) { predictMany(userIds: $ids) { userId } }", { ids: USERS });
    }
    await until("all is logged", async () => {
      const [row] = await app.sql("select count(*)::int as count from prediction_log");
      return row!.count === 2 * USERS.length;
    });
    const run = await detect({ from: JANUARY, served: { since } });
    // What is served is March's values, where two features moved.
    expect(run.result).toMatchObject({
      driftedFeatures: ["monthly_fee", "net_service"],
      labelDrifted: null,
      rows: { before: 240, after: 240 },
    });
    expect((await detect({ from: MARCH, served: { since } })).result).toMatchObject({ driftedFeatures: [] });
  });
});

describe("is refused", () => {
  it.each([
    [
      "both another date and what was served",
      { from: JANUARY, to: FEBRUARY, served: {} },
      "BAD_USER_INPUT",
      /exactly one/,
    ],
    ["neither", { from: JANUARY }, "BAD_USER_INPUT", /exactly one/],
    ["a date without a snapshot", { from: JANUARY, to: "2020-01-31" }, "SNAPSHOT_NOT_FOUND", /2020-01-31/],
    ["a model nobody declared", { from: JANUARY, to: FEBRUARY, model: "fraud" }, "MODEL_NOT_FOUND", /fraud/],
    [
      "an alpha of 2",
      { from: JANUARY, to: FEBRUARY, alpha: 2 },
      "BAD_USER_INPUT",
      /input\.alpha: 2 is out of range/,
    ],
  ])("%s", async (_, input, code, message) => {
    const error = await app.client.error(DETECT, { input });
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
