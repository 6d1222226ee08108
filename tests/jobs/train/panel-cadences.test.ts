import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../../support/app.js";
import { type Files, writeDelivery } from "../../support/delivery.js";
import { grid, gridFiles, meterIds } from "../../support/meters.js";
import { trained } from "../../support/months.js";

const METERS = meterIds(60);
const OF = { model: "cut_offs", params: { trees: 5, min_leaf_rows: 2 } };
const CUT_OFF_DAYS = ["2024-02-10", "2024-03-10"] as const;

/** Read every ten days, billed and labelled once a month. */
describe("a panel of sources that come at different times", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp({ definitions: grid });
    const { meters, readings, bills, outcomes } = gridFiles;
    await deliver({ meters: meters(METERS), readings: readings(METERS), bills: bills(METERS) }, "2024-01-31");
    await deliver({ readings: readings(METERS, 1), outcomes: outcomes(METERS) }, "2024-02-10");
    await deliver({ readings: readings(METERS, 2) }, "2024-02-20");
    // Nothing that the model reads.
    await deliver({ meters: meters(METERS) }, "2024-02-25");
    await deliver({ readings: readings(METERS, 3), bills: bills(METERS, 1) }, "2024-02-29");
    await deliver({ readings: readings(METERS, 4), outcomes: outcomes(METERS.slice(0, 50)) }, "2024-03-10");
  });
  afterAll(() => app?.stop());

  async function deliver(files: Files, asOf: string): Promise<void> {
    writeDelivery(app.dataDir, asOf, files);
    expect((await app.client.ingest(asOf, asOf)).error).toBeNull();
  }
  const pairs = ({ params }: { params: any }) =>
    params.dates.map(({ asOf, labelAsOf }: any) => `${asOf} ${labelAsOf}`);

  it("has the dates that a source of the features was delivered for, and of them those with labels", async () => {
    const run = await trained(app, { ...OF, asOfFrom: "2024-01-01" });
    expect(pairs(run)).toEqual(CUT_OFF_DAYS.map((date) => `${date} ${date}`));
    expect(run.params.leftOutDates.map(({ asOf, reason }: any) => `${asOf}: ${reason}`)).toEqual(
      ["2024-01-31", "2024-02-20", "2024-02-29"].map((date) => `${date}: no labels were delivered for it`),
    );
  });

  it("has the newest labels that held on the day, where they came after the row's date", async () => {
    const run = await trained(app, { ...OF, asOfFrom: "2024-01-01", labelAfterDays: 10 });
    expect(pairs(run)).toEqual(["2024-01-31 2024-02-10", "2024-02-29 2024-03-10"]);
    expect(run.params.leftOutDates).toEqual([
      { asOf: "2024-02-10", reason: "no labels were delivered after it up to 2024-02-20" },
      { asOf: "2024-02-20", reason: "no labels were delivered after it up to 2024-03-01" },
      { asOf: "2024-03-10", reason: "its labels are of 2024-03-20, after the newest snapshot, 2024-03-10" },
    ]);
    // 60 meters, 50 of which have a label on the second day.
    expect(run.metrics.find(({ name }) => name === "rows")!.value).toBe(110);
  });

  it("has nothing to learn in dates that brought no source of the features", async () => {
    const input = { ...OF, asOfFrom: "2024-02-21", asOfTo: "2024-02-28" };
    const { code, message } = await app.client.error(
      "mutation($input: TrainInput!) { train(input: $input) { id } }",
      { input },
    );
    expect([code, message]).toEqual([
      "BAD_USER_INPUT",
      'no snapshot from 2024-02-21 to 2024-02-28 is a training set of "cut_offs": no source of its features was delivered for ' +
        "them; labels are there of 2024-02-10, 2024-03-10",
    ]);
  });
});
