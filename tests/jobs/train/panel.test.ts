import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../../support/app.js";
import {
  ingestMonth,
  learnableMonth,
  metricOf,
  promote,
  STRONG,
  trained,
  USERS,
} from "../../support/months.js";

const [JANUARY, FEBRUARY, MARCH] = ["2024-01-31", "2024-02-29", "2024-03-30"] as const;
/** Of 240 users, a quarter of each class. */
const HELD_OUT = 61;
const PANEL = { asOfFrom: JANUARY, asOfTo: MARCH, params: STRONG, seed: 1 };

describe("a training on several dates", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
    for (const date of [JANUARY, FEBRUARY, MARCH]) await ingestMonth(app, date, learnableMonth());
  });
  afterAll(() => app?.stop());

  const refusal = (input: Record<string, unknown>) =>
    app.client.error("mutation($input: TrainInput!) { train(input: $input) { id } }", { input });

  it("has a row of each key and date, and keeps what each date was read from", async () => {
    const run = await trained(app, PANEL);
    expect(metricOf(run, "rows")).toBe(3 * USERS.length);
    expect(run.params).toMatchObject({ asOf: MARCH, labelAsOf: MARCH });
    expect(run.params.dates.map((date: any) => [date.asOf, date.labelAsOf])).toEqual(
      [JANUARY, FEBRUARY, MARCH].map((date) => [date, date]),
    );
    const { modelVersion } = await app.client.query(
      `{ modelVersion(model: "churn", version: ${run.modelVersion!.version}) { snapshots { asOf } } }`,
    );
    expect(modelVersion.snapshots.map(({ asOf }: any) => asOf).sort()).toEqual([JANUARY, FEBRUARY, MARCH]);
  });

  it("takes each date's label of so many days later, and leaves out dates whose day is yet to come", async () => {
    const run = await trained(app, { ...PANEL, asOfTo: null, labelAfterDays: 31 });
    expect(run.params.labelAfterDays).toBe(31);
    expect(run.params.leftOutDates).toEqual([
      { asOf: FEBRUARY, reason: "its labels are of 2024-03-31, after the newest snapshot, 2024-03-30" },
      { asOf: MARCH, reason: "its labels are of 2024-04-30, after the newest snapshot, 2024-03-30" },
    ]);
    // Of two dates one is left: an ordinary training.
    expect(run.params).toMatchObject({ asOf: JANUARY, labelAsOf: FEBRUARY });
    expect(run.params.dates).toBeUndefined();
    const events = await app.sql("select message from run_events where run_id = $1", [run.id]);
    expect(events.map(({ message }) => message)).toContain(
      "read 240 rows; 2 dates left out: 2024-02-29, its labels are of 2024-03-31, after the newest snapshot, 2024-03-30; " +
        "2024-03-30, its labels are of 2024-04-30, after the newest snapshot, 2024-03-30",
    );
  });

  it("of one date is the training that its asOf is", async () => {
    const one = await trained(app, { asOf: MARCH, params: STRONG, seed: 1 });
    const range = await trained(app, { asOfFrom: "2024-03-20", asOfTo: MARCH, params: STRONG, seed: 1 });
    expect(range.params).toEqual(one.params);
    expect(range.modelVersion!.sha256).toBe(one.modelVersion!.sha256);
  });

  it("without any date is of the newest that has labels", async () => {
    const run = await trained(app, { params: STRONG, seed: 1 });
    expect(run.params).toMatchObject({ asOf: MARCH, labelAsOf: MARCH });
    const later = await trained(app, { params: STRONG, seed: 1, labelAfterDays: 30 });
    expect(later.params).toMatchObject({ asOf: FEBRUARY, labelAsOf: MARCH });
  });

  it("learns from the features that are named, in the service's order", async () => {
    const run = await trained(app, { asOf: MARCH, features: ["skips_7d", "plan_stream_tv"], params: STRONG });
    expect(run.params.features).toEqual(["plan_stream_tv", "skips_7d"]);
    const { modelVersion } = await app.client.query(
      `{ modelVersion(model: "churn", version: ${run.modelVersion!.version}) { servable signature { features { name } } } }`,
    );
    expect(modelVersion.signature.features.map(({ name }: any) => name)).toEqual([
      "plan_stream_tv",
      "skips_7d",
    ]);
    expect(modelVersion.servable).toBe(true);
    expect(metricOf(run, "auc")).toBeGreaterThan(0.9);
    const { reproduce } = await app.client.query("mutation($id: ID!) { reproduce(runId: $id) { id } }", {
      id: run.id,
    });
    expect((await app.client.finished(reproduce.id)).result).toMatchObject({ identical: true });
  });

  it("learns text features by their labels where it is asked to, served, explained and reproduced", async () => {
    const encoded = await trained(app, { ...PANEL, targetEncoding: { above: 0 } });
    expect(encoded.params.targetEncoding).toEqual({ above: 0, smoothing: 10, minRows: 2 });
    const version = encoded.modelVersion!.version;
    const [user] = USERS;
    const { predict } = await app.client.query(
      `{ predict(userId: "${user}", version: ${version}) { probability modelVersion { version } baseValue contributions { feature contribution } } }`,
    );
    expect(predict.modelVersion.version).toBe(version);
    const margin = predict.contributions.reduce(
      (sum: number, { contribution }: { contribution: number }) => sum + contribution,
      predict.baseValue,
    );
    expect(1 / (1 + Math.exp(-margin))).toBeCloseTo(predict.probability, 5);
    const { reproduce } = await app.client.query("mutation($id: ID!) { reproduce(runId: $id) { id } }", {
      id: encoded.id,
    });
    expect((await app.client.finished(reproduce.id)).result).toMatchObject({ identical: true });
    expect(await refusal({ ...PANEL, targetEncoding: { above: 300 } })).toMatchObject({
      code: "BAD_USER_INPUT",
      message: expect.stringContaining("above"),
    });
  });

  it("is reproduced from all its snapshots", async () => {
    const run = await trained(app, PANEL);
    const { reproduce } = await app.client.query("mutation($id: ID!) { reproduce(runId: $id) { id } }", {
      id: run.id,
    });
    const again = await app.client.finished(reproduce.id);
    expect(again.error).toBeNull();
    expect(again.result).toMatchObject({ identical: true, differences: [] });
  });

  it("is searched and compared by the same arguments", async () => {
    const { tune } = await app.client.query("mutation($input: TuneInput!) { tune(input: $input) { id } }", {
      input: { asOfFrom: JANUARY, asOfTo: FEBRUARY, trials: 2, space: { trees: 5 }, seed: 1 },
    });
    const found = await app.client.finished(tune.id);
    expect(found.error).toBeNull();
    expect(found.params.dates).toHaveLength(2);
    const { trainAndCompare } = await app.client.query(
      "mutation($input: TrainInput!) { trainAndCompare(input: $input) { id } }",
      { input: { asOfFrom: JANUARY, asOfTo: FEBRUARY, params: STRONG } },
    );
    const compared = await app.client.finished(trainAndCompare.id);
    expect(compared.error).toBeNull();
    // Whom neither was trained on: the same keys on the newest date that has labels.
    expect(compared.result).toMatchObject({ decision: "PROMOTED" });
    const { trainAndCompare: other } = await app.client.query(
      "mutation($input: TrainInput!) { trainAndCompare(input: $input, delta: 0) { id } }",
      { input: { asOfFrom: JANUARY, asOfTo: MARCH, params: STRONG } },
    );
    const second = await app.client.finished(other.id);
    expect(second.error).toBeNull();
    expect(second.result.comparedOn).toEqual({ asOf: MARCH, labelAsOf: MARCH });
    expect(second.result.heldOutRows).toBe(HELD_OUT);
  });

  it("keeps retention from all dates of a version in Production", async () => {
    const run = await trained(app, PANEL);
    await promote(app, run.modelVersion!.version, { force: true, reason: "it is needed" });
    const { applyRetention } = await app.client.query(
      `mutation { applyRetention(until: "2024-06-30", dryRun: true) { dates { asOf outcome } } }`,
    );
    const outcomes = Object.fromEntries(applyRetention.dates.map((date: any) => [date.asOf, date.outcome]));
    expect(outcomes).toMatchObject({ [JANUARY]: "KEPT", [FEBRUARY]: "KEPT", [MARCH]: "KEPT" });
  });

  it("by time trains on the past, is judged on the newest dates, and compared on them whoever it knows", async () => {
    const run = await trained(app, { ...PANEL, splitBy: "TIME" });
    expect(run.params).toMatchObject({ heldOutFrom: MARCH, testFraction: 0.25 });
    expect([metricOf(run, "train_rows"), metricOf(run, "test_rows")]).toEqual([
      2 * USERS.length,
      USERS.length,
    ]);
    const compare = async (seed: number) => {
      const { trainAndCompare } = await app.client.query(
        "mutation($input: TrainInput!) { trainAndCompare(input: $input, delta: 0.5) { id } }",
        { input: { ...PANEL, splitBy: "TIME", seed } },
      );
      const { error, result } = await app.client.finished(trainAndCompare.id);
      expect(error).toBeNull();
      return [result.comparedOn.asOf, result.heldOutRows];
    };
    // Production holds out keys: the others it knows.
    expect(await compare(2)).toEqual([MARCH, HELD_OUT]);
    await promote(app, run.modelVersion!.version, { force: true, reason: "to be compared with" });
    expect(await compare(3)).toEqual([MARCH, USERS.length]);
  });

  it.each([
    [{ asOf: JANUARY, asOfFrom: JANUARY }, "asOf: is one date, asOfFrom and asOfTo are a range of dates"],
    [{ asOfTo: JANUARY }, "asOfTo: ends a range; name asOfFrom, its first date, too"],
    [{ asOfFrom: MARCH, asOfTo: JANUARY }, `asOfTo: ${MARCH} or later was expected; got ${JANUARY}`],
    [{ asOfFrom: JANUARY, labelAsOf: MARCH }, "labelAsOf: belongs to asOf, the one date of the features"],
    [
      { asOf: JANUARY, labelAsOf: MARCH, labelAfterDays: 31 },
      "labelAsOf: is one date, labelAfterDays a number",
    ],
    [
      { asOf: JANUARY, splitBy: "TIME" },
      `splitBy: TIME holds out the newest of several dates; there is one, ${JANUARY}`,
    ],
    [{ asOf: JANUARY, features: [] }, "features: at least one was expected; got none"],
    [{ asOf: JANUARY, features: ["skips"] }, 'features: "skips" is no feature of the service'],
    [{ asOf: JANUARY, labelAfterDays: 0 }, "labelAfterDays"],
    [{ asOf: JANUARY, labelAfterDays: 28 }, "no labels were delivered after it up to 2024-02-28"],
    [{ asOf: MARCH, labelAfterDays: 31 }, "its labels are of 2024-04-30, after the newest snapshot"],
    [{ asOfFrom: MARCH, labelAfterDays: 31 }, "no snapshot from 2024-03-30 on is a training set of"],
  ])("%j is refused", async (input, message) => {
    const refused = await refusal(input);
    expect(refused).toMatchObject({ code: "BAD_USER_INPUT" });
    expect(refused!.message).toContain(message);
  });

  it("of a range without a snapshot is refused as such", async () => {
    expect(await refusal({ asOfFrom: "2020-01-01", asOfTo: "2020-12-31" })).toMatchObject({
      code: "SNAPSHOT_NOT_FOUND",
      message: expect.stringContaining("a date from 2020-01-01 to 2020-12-31"),
    });
  });
});
