import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { AlertRule } from "../../src/definitions/language/alerts.js";
import {
  type Deployment,
  deployment,
  featureService,
  featureView,
} from "../../src/definitions/language/deployment.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { changedSources } from "../support/changed-sources.js";
import { writeDelivery } from "../support/delivery.js";
import {
  ingestMonth,
  JANUARY,
  learnableMonth,
  movedMonth,
  promote,
  STRONG,
  trained,
  USERS,
} from "../support/months.js";
import { until } from "../support/until.js";
import { AlertReceiver, SECRET } from "./receiver.js";

const FEBRUARY = "2024-02-29";
const STALE = "support_agg_90d";
const TODAY = new Date().toISOString().slice(0, 10);

let app: TestApp;
let receiver: AlertReceiver;

beforeAll(async () => {
  vi.stubEnv("ALERT_SECRET", SECRET);
  receiver = await new AlertReceiver().start();
  app = await startTestApp({
    definitions: definitionsWith([
      {
        name: "everything",
        on: {
          ...{ RUN_FAILED: true, DRIFT: true, QUARANTINE_SHARE: { above: 0.01 }, ROLLED_BACK: true },
          ...{
            PROMOTED: { stages: ["PRODUCTION", "STAGING"] },
            VIEW_STALE: true,
            PRODUCTION_UNSERVABLE: true,
          },
        },
        to: { channel: "WEBHOOK", url: receiver.url, secret: "ALERT_SECRET" },
      },
    ]),
    config: { alertAllowHosts: ["127.0.0.1"] },
  });
}, 300_000);
afterAll(async () => {
  await app?.stop();
  await receiver?.stop();
  vi.unstubAllEnvs();
});

/** One source quarantines, one view expires, the model has a policy on drift. */
function definitionsWith(alerts: AlertRule[]): Deployment {
  const changed = changedSources({ usage_agg_30d: { onInvalid: "quarantine" } });
  const views = changed.views.map((view) =>
    view.name === STALE ? featureView(view.name, { ...view, ttlDays: 40 }) : view,
  );
  const {
    entities: [declared],
    services,
    ...rest
  } = changed;
  return deployment({
    ...{ ...rest, entity: declared!.entity, entitySource: declared!.source, views, alerts },
    services: services.map(({ name, ...service }) =>
      featureService(name, { ...service, views, driftPolicy: { maxShare: 0.1 } } as never),
    ),
  });
}

const alertOf = (type: string, phase = "HAPPENED") =>
  until(`${type} is told`, () => receiver.of(type).find(({ message }) => message.phase === phase));

describe("what a rule asks for is told once", () => {
  it("a view whose values are old, where that begins and where it ends", async () => {
    await ingestMonth(app, JANUARY, learnableMonth());
    const { message } = await alertOf("VIEW_STALE", "BEGAN");
    expect(message).toMatchObject({
      rule: "everything",
      subject: `view ${STALE}`,
      summary: expect.stringContaining(`view ${STALE}: its newest values are of ${JANUARY}`),
      data: { view: STALE, newestEventTime: JANUARY, ttlSeconds: 40 * 86_400 },
    });
  });

  it("a share of rows that an ingest kept out", async () => {
    const files = learnableMonth();
    for (const line of [1, 2, 3]) files.usage_agg_30d![line] = `${USERS[line - 1]},1,1,1,-1,1`;
    await ingestMonth(app, "2024-01-15", files, "quarantined");
    const { message } = await alertOf("QUARANTINE_SHARE");
    expect(message.summary).toMatch(/^an ingest put into quarantine 3 rows of usage_agg_30d \(1\.25 %\)$/);
    expect(message.data.sources).toMatchObject([{ source: "usage_agg_30d", rows: 3 }]);
  });

  it("a run that failed: its code and step, and nothing of what its message quotes", async () => {
    writeDelivery(app.dataDir, "broken", {
      ...learnableMonth(),
      payments_agg_90d: ["user_id,failed_payments_90d", `${USERS[0]},-1`],
    });
    const failed = await app.client.ingest("broken", "2023-12-31");
    const { message } = await alertOf("RUN_FAILED");
    expect(message).toMatchObject({
      subject: `run ${failed.id}`,
      summary: "a run of INGEST failed: VALIDATION_FAILED in step validate",
      data: { runId: failed.id, kind: "INGEST", code: "VALIDATION_FAILED", step: "validate" },
    });
  });

  it("drift beyond the model's policy", async () => {
    await ingestMonth(app, FEBRUARY, movedMonth());
    const { detectDrift } = await app.client.query(
      "mutation($input: DriftInput!) { detectDrift(input: $input) { id } }",
      { input: { from: JANUARY, to: FEBRUARY } },
    );
    const run = await app.client.finished(detectDrift.id);
    const { message } = await alertOf("DRIFT");
    expect(message).toMatchObject({
      subject: "model churn",
      summary: "14.3 % of the features of churn drifted, more than 10 %: monthly_fee, net_service",
      data: { model: "churn", runId: run.id, above: 0.1, driftedFeatures: ["monthly_fee", "net_service"] },
    });
    const { retraining } = run.result as { retraining: { runId: string } };
    await app.client.query("mutation($id: ID!) { cancelRun(id: $id) { id } }", { id: retraining.runId });
  });

  it("a promotion, an empty Production, its end, and a rollback", async () => {
    await trained(app, { asOf: JANUARY, seed: 1, params: STRONG });
    await promote(app, 1, { stage: "STAGING" });
    await promote(app, 1);
    await until("both are told", () => receiver.of("PROMOTED").length === 2);
    expect(
      receiver
        .of("PROMOTED")
        .map(({ message }) => message.summary)
        .sort(),
    ).toEqual([
      "version 1 of churn went from NONE to STAGING, by tester",
      "version 1 of churn went from STAGING to PRODUCTION, by tester",
    ]);
    await promote(app, 1, { stage: "ARCHIVED", force: true, reason: `it is about ${USERS[7]}` });
    const { message } = await alertOf("PRODUCTION_UNSERVABLE", "BEGAN");
    expect(message).toMatchObject({
      subject: "Production of churn",
      summary: expect.stringMatching(/^Production of churn: nothing is in Production since /),
      data: { model: "churn", version: 1 },
    });
    await app.client.query('mutation { rollback(reason: "as it was") { version } }');
    expect((await alertOf("ROLLED_BACK")).message.summary).toBe(
      "version 1 of churn is in Production again, by tester",
    );
    await alertOf("PRODUCTION_UNSERVABLE", "ENDED");
  });

  it("each once, in one delivery that says so, without a key, a value or a reason", async () => {
    await ingestMonth(app, TODAY, learnableMonth());
    expect((await alertOf("VIEW_STALE", "ENDED")).message.subject).toBe(`view ${STALE}`);
    const told = receiver.received.map(({ message: { type, phase } }) => `${type} ${phase}`).sort();
    expect(told).toEqual([
      ...["DRIFT HAPPENED", "PRODUCTION_UNSERVABLE BEGAN", "PRODUCTION_UNSERVABLE ENDED"],
      ...["PROMOTED HAPPENED", "PROMOTED HAPPENED", "QUARANTINE_SHARE HAPPENED", "ROLLED_BACK HAPPENED"],
      ...["RUN_FAILED HAPPENED", "VIEW_STALE BEGAN", "VIEW_STALE ENDED"],
    ]);
    const { rows } = { rows: await app.sql("select id, state, attempts from alert_deliveries order by id") };
    expect(rows).toEqual(
      receiver.received
        .map(({ id }) => ({ id, state: "DELIVERED", attempts: 1 }))
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
    );
    const all = JSON.stringify(receiver.received);
    for (const user of USERS) expect(all).not.toContain(user);
    expect(all).not.toContain(SECRET);
  });
});
