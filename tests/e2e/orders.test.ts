import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definitions } from "../../examples/orders/definitions.js";
import { customerId, MONTHS, writeDeliveries } from "../../examples/orders/generate.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { joinedRows } from "../support/joined.js";

const [[APRIL_FOLDER, APRIL], [MAY_FOLDER, MAY]] = MONTHS;

describe("the shop of examples/orders, from its files to predictions", () => {
  let app: TestApp;
  const finished = async (mutation: string) => {
    const { run } = await app.client.query(`mutation { run: ${mutation} { id } }`);
    return app.client.finished(run.id);
  };
  beforeAll(async () => {
    app = await startTestApp({ definitions });
    writeDeliveries(app.dataDir);
  });
  afterAll(() => app?.stop());

  it("ingests two months of orders", async () => {
    for (const [folder, asOf] of MONTHS) expect((await app.client.ingest(folder, asOf)).error).toBeNull();
    const { snapshots } = await app.client.query("{ snapshots { nodes { asOf revision lateEvents } } }");
    expect(snapshots.nodes).toEqual([
      { asOf: MAY, revision: 1, lateEvents: 0 },
      { asOf: APRIL, revision: 1, lateEvents: 0 },
    ]);
    expect([APRIL_FOLDER, MAY_FOLDER]).toEqual(["2024-04", "2024-05"]);
  });

  it("trains, promotes and predicts", async () => {
    const run = await app.client.train({ asOf: APRIL, algorithm: "LOGISTIC_REGRESSION" });
    expect(run.error).toBeNull();
    const { version } = run.modelVersion!;
    await app.client.query(
      `mutation { promote(input: { version: ${version}, force: true, reason: "the first" }) { stage } }`,
    );
    const { predict } = await app.client.query(
      `{ predict(customerId: "${customerId(3)}") { probability featuresUsed { spend90d lastOrder } } }`,
    );
    expect(predict.probability).toBeGreaterThan(0);
    const reproduced = await finished(`reproduce(runId: "${run.id}")`);
    expect(reproduced.result.identical).toBe(true);
  });

  it("makes the snapshots of the months before, and leaves those that are there", async () => {
    const run = await finished(`backfill(from: "2024-01-01", to: "${MAY}", every: MONTH)`);
    expect(run.error).toBeNull();
    expect(run.result.made.map(({ asOf }: { asOf: string }) => asOf)).toEqual([
      "2024-01-31",
      "2024-02-29",
      "2024-03-31",
    ]);
    expect(run.result.left).toBe(2);
  });

  it("joins a file with the windows of each row's date", async () => {
    const dates = ["2023-12-31", "2024-01-31", "2024-02-15", "2024-03-31", APRIL, MAY];
    const asked = Array.from({ length: 20 }, (_, i) => customerId(i)).flatMap((customer_id) =>
      dates.map((as_of) => ({ customer_id, as_of })),
    );
    const rows = await joinedRows(app, asked, "");
    const { historicalFeatures } = await app.client.query(
      "query ($rows: [EntityRowInput!]!) { historicalFeatures(rows: $rows) { json } }",
      { rows: asked.map(({ customer_id, as_of }) => ({ customerId: customer_id, asOf: as_of })) },
    );
    expect(rows).toHaveLength(asked.length);
    for (const [place, row] of rows.entries()) {
      // JSON has decimals as texts; the reader of Parquet makes doubles of them.
      const { tax_paid: text, ...json } = historicalFeatures[place].json;
      const tax_paid = text === null ? null : expect.closeTo(Number(text), 6);
      expect(row).toEqual({ ...asked[place], ...json, tax_paid });
    }
    const spent = rows.slice(0, dates.length * 10).map(({ spend_90d }) => spend_90d);
    expect(new Set(spent).size).toBeGreaterThan(10);
  });

  it("compares and exports what was computed", async () => {
    const drift = await finished(`detectDrift(input: { from: "${APRIL}", to: "${MAY}" })`);
    expect(drift.error).toBeNull();
    const exported = await finished(`exportTrainingSet(input: { asOfFrom: "${APRIL}", asOfTo: "${MAY}" })`);
    expect(exported.error).toBeNull();
    expect(exported.artifacts.length).toBeGreaterThan(0);
    const { snapshotDiff } = await app.client.query(
      `{ snapshotDiff(from: "${APRIL}", to: "${MAY}") { views { name changed } } }`,
    );
    expect(
      snapshotDiff.views.find(({ name }: { name: string }) => name === "spending").changed,
    ).toBeGreaterThan(100);
  });
});
