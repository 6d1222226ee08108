import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../../support/app.js";
import { smallDelivery, userIds } from "../../support/delivery.js";
import { ingestMonth, learnableMonth } from "../../support/months.js";

const TRAIN = "mutation($input: TrainInput!) { train(input: $input) { id } }";

describe("a training that cannot be", () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp();
    await ingestMonth(app, "2024-01-31", learnableMonth());
    const oneClass = smallDelivery(userIds(12));
    oneClass.labels = oneClass.labels!.map((line) => line.replace("True", "False"));
    await ingestMonth(app, "2024-02-29", oneClass);
    await ingestMonth(app, "2024-03-31", smallDelivery(userIds(4)));
  });
  afterAll(() => app?.stop());

  const trainRuns = async () =>
    (await app.client.query("{ runs(where: { kind: TRAIN }) { totalCount } }")).runs.totalCount;

  it.each([
    [{ params: { depth: 3 } }, "BAD_USER_INPUT", '"depth"'],
    [{ params: { trees: 0 } }, "BAD_USER_INPUT", "integer from 1 to 5000, got 0"],
    [{ params: { trees: 5001 } }, "BAD_USER_INPUT", "got 5001"],
    [{ params: { trees: 2.5 } }, "BAD_USER_INPUT", "got 2.5"],
    [{ params: { trees: "20" } }, "BAD_USER_INPUT", 'got "20"'],
    [{ params: { trees: null } }, "BAD_USER_INPUT", "got null"],
    [{ params: { learning_rate: true } }, "BAD_USER_INPUT", "got true"],
    [{ params: { constructor: 1 } }, "BAD_USER_INPUT", '"constructor"'],
    [{ params: [1] }, "BAD_USER_INPUT", "got"],
    [{ params: "trees" }, "BAD_USER_INPUT", "got"],
    [{ params: 3 }, "BAD_USER_INPUT", "got"],
    [{ algorithm: "LOGISTIC_REGRESSION", params: { trees: 20 } }, "BAD_USER_INPUT", '"trees"'],
    [
      { params: { monotone_constraints: { monthly_fees: 1 } } },
      "BAD_USER_INPUT",
      '"monotone_constraints" of GRADIENT_BOOSTING: "monthly_fees" is no feature that is learnt from; take of ',
    ],
    [
      { params: { monotone_constraints: { net_service: 1 } } },
      "BAD_USER_INPUT",
      '"net_service" is a category, which has no order; take of ',
    ],
    [
      { params: { monotone_constraints: { monthly_fee: 1 } }, features: ["months_active"] },
      "BAD_USER_INPUT",
      '"monthly_fee" is no feature that is learnt from; take of months_active',
    ],
    [{ algorithm: "PERCEPTRON" }, "BAD_USER_INPUT", "PERCEPTRON"],
    [{ model: "fraud" }, "MODEL_NOT_FOUND", 'no model is named "fraud"'],
    [{ model: "" }, "BAD_USER_INPUT", "model"],
    [{ seed: -1 }, "BAD_USER_INPUT", "seed: -1 is out of range"],
    [{ seed: 1.5 }, "BAD_USER_INPUT", "Int"],
    [{ testFraction: 0 }, "BAD_USER_INPUT", "testFraction: 0 is out of range; take a value from 0.05 to 0.5"],
    [{ testFraction: 1 }, "BAD_USER_INPUT", "testFraction: 1 is out of range"],
    [
      { decision: { kind: "PRECISION" } },
      "BAD_USER_INPUT",
      "decision: precision takes target, a number from 0 to 1; got none",
    ],
    [
      { decision: { kind: "RECALL", target: 2 } },
      "BAD_USER_INPUT",
      "recall takes target, a number from 0 to 1; got 2",
    ],
    [
      { decision: { kind: "GIVEN", threshold: 0.5, target: 1 } },
      "BAD_USER_INPUT",
      "given takes threshold, not target",
    ],
    [
      { decision: { kind: "COST", falsePositive: 0, falseNegative: 0 } },
      "BAD_USER_INPUT",
      "both 0 say nothing",
    ],
    [{ decision: { kind: "BEST" } }, "BAD_USER_INPUT", "BEST"],
    [{ calibration: "BETA" }, "BAD_USER_INPUT", "BETA"],
    [{ asOf: "2024-05-31" }, "SNAPSHOT_NOT_FOUND", "no snapshot as of 2024-05-31"],
    [{ labelAsOf: "2024-05-31" }, "SNAPSHOT_NOT_FOUND", "no snapshot as of 2024-05-31"],
    [{ asOf: "2024-02-30" }, "BAD_USER_INPUT", "2024-02-30"],
  ])("%j is refused with %s, and no run is created", async (input, code, message) => {
    const before = await trainRuns();
    const error = await app.client.error(TRAIN, { input: { asOf: "2024-01-31", ...input } });
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(await trainRuns()).toBe(before);
  });

  it.each([
    ["2024-02-29", "every label is false (12 rows)"],
    ["2024-03-31", "are too few"],
  ])("from the labels of %s ends as a FAILED run that says: %s", async (asOf, message) => {
    const run = await app.client.train({ asOf });
    expect(run.status).toBe("FAILED");
    expect(run.error).toMatchObject({ code: "BAD_USER_INPUT", step: "fit" });
    expect(run.error!.message).toContain(message);
    expect([run.modelVersion, run.artifacts]).toEqual([null, []]);
    expect(run.snapshot!.asOf).toBe(asOf);
  });

  it("leaves no model version behind", async () => {
    expect(
      (await app.client.query('{ model(name: "churn") { versions { version } } }')).model.versions,
    ).toEqual([]);
  });
});
