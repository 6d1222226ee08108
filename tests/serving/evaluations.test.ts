import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { ingestMonth, JANUARY, learnableMonth, STRONG, trained } from "../support/months.js";
import { perFeatureModel } from "../support/onnx.js";
import { type Tracker, tracker } from "../support/tracker.js";

const FEBRUARY = "2024-02-29";
const EVALUATION = `evaluation { rows residuals { from } confusion classes
  roc { x y threshold count } precisionRecall { x y threshold count } calibration { x y count } lift { x y count }
  thresholds { threshold truePositives falsePositives trueNegatives falseNegatives }
  importances { feature permutation gain } }`;
const VERSION = `query($version: Int!) { modelVersion(model: "churn", version: $version) {
  threshold metrics { name value } snapshots { asOf } signature { features { name } } ${EVALUATION} } }`;

let app: TestApp;
let client: Tracker;
beforeAll(async () => {
  app = await startTestApp();
  client = tracker(app);
  await ingestMonth(app, JANUARY, learnableMonth());
  await ingestMonth(app, FEBRUARY, learnableMonth());
});
afterAll(() => app?.stop());

const read = async (version: number) => (await app.client.query(VERSION, { version })).modelVersion;

/** What the metrics of the version say, worked out from its curves. */
function requireConsistent({ threshold, metrics, evaluation }: any): void {
  const value = (name: string) => metrics.findLast((each: any) => each.name === name).value;
  const { rows, roc, thresholds } = evaluation;
  expect(rows).toBe(value("test_rows"));
  // Fewer held-out rows than a curve has points: none is left out.
  const area = roc
    .slice(1)
    .reduce((sum: number, { x, y }: any, k: number) => sum + ((x - roc[k].x) * (y + roc[k].y)) / 2, 0);
  expect(area).toBeCloseTo(value("auc"), 9);
  for (const row of thresholds) {
    const { truePositives, falsePositives, trueNegatives, falseNegatives } = row;
    expect(truePositives + falsePositives + trueNegatives + falseNegatives).toBe(rows);
  }
  const own = thresholds.find((row: any) => row.threshold === threshold);
  const found = own.truePositives;
  expect(found / (found + own.falsePositives)).toBeCloseTo(value("precision"), 12);
  expect(found / (found + own.falseNegatives)).toBeCloseTo(value("recall"), 12);
  expect((2 * found) / (2 * found + own.falsePositives + own.falseNegatives)).toBeCloseTo(value("f1"), 12);
  expect((found + own.trueNegatives) / rows).toBeCloseTo(value("accuracy"), 12);
  expect([evaluation.residuals, evaluation.confusion, evaluation.classes]).toEqual([null, null, null]);
}

describe("the evaluation of a version", () => {
  it("that asof trained agrees with its metrics, and names every feature", async () => {
    const { modelVersion } = await trained(app, { asOf: JANUARY, seed: 7, params: STRONG });
    const version = await read(modelVersion!.version);
    requireConsistent(version);
    const named = version.evaluation.importances.map(({ feature }: any) => feature);
    expect(named.toSorted()).toEqual(version.signature.features.map(({ name }: any) => name).toSorted());
    const shares = version.evaluation.importances.map(({ gain }: any) => gain);
    expect(shares.reduce((sum: number, share: number) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(version.snapshots).toEqual([{ asOf: JANUARY }]);
  });

  it("that was trained on labels of another date says so", async () => {
    const { modelVersion } = await trained(app, { asOf: JANUARY, labelAsOf: FEBRUARY, params: STRONG });
    expect((await read(modelVersion!.version)).snapshots).toEqual([{ asOf: JANUARY }, { asOf: FEBRUARY }]);
  });

  it("that was made elsewhere is what was measured here, not what its trainer logged", async () => {
    const { id } = await client.create();
    const forged = [{ falsePositiveRate: 0, truePositiveRate: 1, threshold: 0.5 }];
    await client.upload(id, "roc_curve.json", Buffer.from(JSON.stringify(forged)));
    const onnx = Buffer.from(perFeatureModel({ plan_stream_tv: 2, skips_7d: 0.1 }, -5, 5)).toString("base64");
    const { registerModel } = await app.client.query(
      "mutation($input: RegisterModelInput!) { registerModel(input: $input) { version } }",
      { input: { runId: id, onnx, asOf: JANUARY, threshold: 0.5 } },
    );
    const version = await read(registerModel.version);
    requireConsistent(version);
    expect(version.evaluation.importances).toEqual([]);
    // Beside the judgement, not in the trainer's run.
    const { modelVersion } = await app.client.query(
      'query($version: Int!) { modelVersion(model: "churn", version: $version) { judgedBy { kind artifacts { name } } } }',
      { version: registerModel.version },
    );
    expect(modelVersion.judgedBy).toMatchObject({
      kind: "REGISTER",
      artifacts: expect.arrayContaining([expect.objectContaining({ name: "evaluation/roc_curve.json" })]),
    });
  });

  it("is null where nothing was kept", async () => {
    const { modelVersion, id } = await trained(app, { asOf: JANUARY, seed: 8, params: STRONG });
    await app.sql("delete from artifacts where run_id = $1 and name = 'confusion_matrix.json'", [id]);
    expect((await read(modelVersion!.version)).evaluation).toBeNull();
  });

  it("of a whole list is read at once, and a list too long is refused", async () => {
    const { model } = await app.client.query(
      `{ model(name: "churn") { versions(first: 10) { version evaluation { rows thresholds { threshold } } } } }`,
    );
    expect(model.versions.filter(({ evaluation }: any) => evaluation?.rows > 0).length).toBeGreaterThan(1);
    const many = Array.from({ length: 100 }, (_, k) => `v${k}: versions(first: 10) { ${EVALUATION} }`).join(
      " ",
    );
    expect(await app.client.error(`{ model(name: "churn") { ${many} } }`)).toMatchObject({
      code: "QUERY_TOO_COMPLEX",
    });
  });
});
