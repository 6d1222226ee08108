import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { InferenceSession } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encode, inputPlan } from "../../../src/serving/encoder.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import type { FinishedRun } from "../../support/graphql.js";
import {
  ingestMonth,
  learnableMonth,
  metricOf,
  NOISY,
  noisyMonth,
  STRONG,
  trained,
  USERS,
  WEAK,
} from "../../support/months.js";

const JANUARY = "2024-01-31";
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("a training run", () => {
  let app: TestApp;
  let first: FinishedRun;

  beforeAll(async () => {
    app = await startTestApp();
    await ingestMonth(app, JANUARY, learnableMonth());
    await ingestMonth(app, "2024-02-29", learnableMonth());
    first = await trained(app, { asOf: JANUARY, seed: 7, params: STRONG });
  });
  afterAll(() => app?.stop());

  const download = async (run: FinishedRun, name: string): Promise<Buffer> => {
    const artifact = run.artifacts.find((each) => each.name === name)!;
    const response = await fetch(new URL(artifact.url, app.client.address));
    expect([name, response.status]).toEqual([name, 200]);
    return Buffer.from(await response.arrayBuffer());
  };

  it.each([
    ["GRADIENT_BOOSTING", { trees: 20, min_leaf_rows: 5 }],
    ["LOGISTIC_REGRESSION", {}],
  ])("of %s makes the same model from the same snapshot, seed and parameters", async (algorithm, params) => {
    const input = { asOf: JANUARY, algorithm, params, seed: 3 };
    const [one, again] = [await trained(app, input), await trained(app, input)];
    expect(again.modelVersion!.sha256).toBe(one.modelVersion!.sha256);
    expect(again.modelVersion!.version).toBe(one.modelVersion!.version + 1);
    expect(again.modelVersion!.threshold).toBe(one.modelVersion!.threshold);
    const other = await trained(app, { ...input, seed: 4 });
    expect(other.modelVersion!.sha256).not.toBe(one.modelVersion!.sha256);
  });

  it("keeps in its parameters everything that decided its outcome", async () => {
    const { snapshot } = await app.client.query(
      `{ snapshot(asOf: "${JANUARY}", revision: 1) { contentSha256 } }`,
    );
    const [row] = await app.sql("select id from snapshots where as_of = $1 and revision = 1", [JANUARY]);
    const pinned = { id: row!.id, revision: 1, contentSha256: snapshot.contentSha256 };
    expect(first.params).toEqual({
      asOf: JANUARY,
      labelAsOf: JANUARY,
      model: "churn",
      algorithm: "GRADIENT_BOOSTING",
      seed: 7,
      testFraction: 0.25,
      hyperparameters: {
        trees: 40,
        leaves: 4,
        learning_rate: 0.08,
        l2: 10,
        min_leaf_rows: 5,
        max_bins: 255,
        early_stopping_rounds: 50,
        linear_start: 2,
        class_weight: "none",
        stop_metric: "loss",
        monotone_constraints: "none",
      },
      snapshot: pinned,
      labelSnapshot: pinned,
    });
    expect(first.snapshot).toEqual({ asOf: JANUARY, revision: 1, contentSha256: snapshot.contentSha256 });
  });

  it("pins the labels' snapshot beside the features'", async () => {
    const run = await trained(app, { asOf: JANUARY, labelAsOf: "2024-02-29", params: STRONG });
    expect(run.params).toMatchObject({ asOf: JANUARY, labelAsOf: "2024-02-29" });
    expect(run.params.labelSnapshot.id).not.toBe(run.params.snapshot.id);
    expect(run.snapshot!.asOf).toBe(JANUARY);
  });

  it("records the environment it ran in", () => {
    expect(first.environment).toMatchObject({
      gitCommit: expect.stringMatching(/^[0-9a-f]{40}$/),
      gitDirty: expect.any(Boolean),
      nodeVersion: process.version,
      packageLockSha256: sha256(readFileSync("package-lock.json")),
      platform: `${process.platform} ${process.arch}`,
    });
  });

  it("measures itself on the rows it held out", () => {
    const bounded = ["auc", "f1", "accuracy", "precision", "recall", "brier"];
    for (const name of bounded) {
      expect([name, metricOf(first, name)! >= 0 && metricOf(first, name)! <= 1]).toEqual([name, true]);
    }
    expect(metricOf(first, "auc")).toBeGreaterThan(0.9);
    expect(metricOf(first, "log_loss")).toBeGreaterThan(0);
    expect(first.metrics.filter(({ name }) => name === "log_loss")).toHaveLength(1);
    expect(first.metrics.filter(({ name }) => name === "validation_curve_log_loss").length).toBeGreaterThan(
      1,
    );
    expect(metricOf(first, "train_seconds")).toBeGreaterThan(0);
    expect(metricOf(first, "rows")).toBe(USERS.length);
    expect(first.modelVersion!.threshold).toBeGreaterThan(0);
    expect(first.modelVersion!.threshold).toBeLessThan(1);
  });

  it("leaves artifacts that download as the bytes their SHA-256 names", async () => {
    expect(first.artifacts.map(({ name }) => name)).toEqual([
      "calibration_curve.json",
      "confusion_matrix.json",
      "decision.json",
      "evaluation.json",
      "feature_importance.json",
      "feature_schema.json",
      "lift_table.json",
      "model.onnx",
      "precision_recall_curve.json",
      "roc_curve.json",
      "shap_summary.json",
      "training_record.json",
      "validation_curve.json",
    ]);
    for (const artifact of first.artifacts) {
      const bytes = await download(first, artifact.name);
      expect([artifact.name, sha256(bytes), bytes.length]).toEqual([
        artifact.name,
        artifact.sha256,
        artifact.bytes,
      ]);
    }
    expect(first.modelVersion!.sha256).toBe(
      first.artifacts.find(({ name }) => name === "model.onnx")!.sha256,
    );
    const confusion = JSON.parse((await download(first, "confusion_matrix.json")).toString());
    const { truePositive, falsePositive, trueNegative, falseNegative } = confusion;
    expect(truePositive + falsePositive + trueNegative + falseNegative).toBe(metricOf(first, "test_rows"));
    expect(metricOf(first, "accuracy")).toBeCloseTo(
      (truePositive + trueNegative) / metricOf(first, "test_rows")!,
    );
  });

  it("writes an ONNX file that gives every user what predictMany gives", async () => {
    const { version } = first.modelVersion!;
    const session = await InferenceSession.create(await download(first, "model.onnx"));
    const signature = JSON.parse((await download(first, "feature_schema.json")).toString());
    const { predictMany } = await app.client.query(
      `query($ids: [ID!]!) { predictMany(userIds: $ids, version: ${version}, asOf: "${JANUARY}") {
        prediction { prediction probability threshold features { json } } error { code } } }`,
      { ids: USERS },
    );
    const rows = predictMany.map((outcome: any) => outcome.prediction.features.json);
    const { probability } = await session.run(encode(inputPlan(signature), rows));
    expect(predictMany).toHaveLength(USERS.length);
    for (const [place, { prediction }] of predictMany.entries()) {
      expect(Math.abs(prediction.probability - Number(probability!.data[place]))).toBeLessThanOrEqual(1e-6);
      expect(prediction.prediction).toBe(prediction.probability >= prediction.threshold ? 1 : 0);
    }
  });

  it("of the pinned revision is not changed by a later one; a new run takes the later one", async () => {
    const corrected = learnableMonth();
    corrected.usage_agg_30d = corrected.usage_agg_30d!.map((line, i) =>
      i === 1 ? line.replace(",0.125,", ",700.5,") : line,
    );
    await ingestMonth(app, JANUARY, corrected, "corrected");
    const { run } = await app.client.query(`{ run(id: "${first.id}") { snapshot { revision } params } }`);
    expect(run).toEqual({ snapshot: { revision: 1 }, params: first.params });
    const later = await trained(app, { asOf: JANUARY, seed: 7, params: STRONG });
    expect(later.params.snapshot.revision).toBe(2);
    expect(later.params.snapshot.contentSha256).not.toBe(first.params.snapshot.contentSha256);
  });
});

describe("a training that says how it decides", () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp();
    await ingestMonth(app, JANUARY, learnableMonth());
  });
  afterAll(() => app?.stop());

  const decided = (input: Record<string, unknown>) =>
    app.client.train({
      asOf: JANUARY,
      algorithm: "LOGISTIC_REGRESSION",
      params: { class_weight: 10 },
      ...input,
    });
  const evaluationOf = async (run: FinishedRun) => {
    const { modelVersion } = await app.client.query(
      `{ modelVersion(model: "churn", version: ${run.modelVersion!.version}) { threshold evaluation {
        decision { kind settings rows precision recall calibrationAsked calibration } calibration { x } uncalibrated { x y count } } } }`,
    );
    return modelVersion;
  };

  it("has it in its parameters, and its version says what came of it", async () => {
    const decision = { kind: "RECALL", target: 0.8 };
    const run = await decided({ decision, calibration: "PLATT" });
    expect(run.params).toMatchObject({ decision: { kind: "recall", target: 0.8 }, calibration: "platt" });
    const { threshold, evaluation } = await evaluationOf(run);
    expect(threshold).toBe(run.modelVersion!.threshold);
    expect(evaluation.decision).toMatchObject({
      kind: "recall",
      settings: { target: 0.8 },
      rows: metricOf(run, "train_rows"),
      calibrationAsked: "platt",
      calibration: "platt",
    });
    expect(evaluation.decision.recall).toBeGreaterThanOrEqual(0.8);
    expect(
      evaluation.uncalibrated.reduce((sum: number, { count }: { count: number }) => sum + count, 0),
    ).toBe(metricOf(run, "test_rows"));
    const plain = await decided({});
    expect(metricOf(run, "brier")).toBeLessThan(metricOf(plain, "brier")!);
    expect((await evaluationOf(plain)).evaluation).toMatchObject({
      decision: { kind: "f1", settings: {}, calibration: "none" },
      uncalibrated: null,
    });
  });

  it("is done again to the byte", async () => {
    const run = await decided({ calibration: "ISOTONIC", decision: { kind: "GIVEN", threshold: 0.25 } });
    expect(run.modelVersion!.threshold).toBe(0.25);
    const { reproduce } = await app.client.query(`mutation { reproduce(runId: "${run.id}") { id } }`);
    const again = await app.client.finished(reproduce.id);
    expect(again.result).toMatchObject({ identical: true, sha256: run.modelVersion!.sha256 });
  });

  it("fails where no threshold reaches its target, and says what one reaches", async () => {
    await ingestMonth(app, NOISY, noisyMonth());
    const run = await app.client.train({
      asOf: NOISY,
      params: { ...WEAK, linear_start: 0 },
      decision: { kind: "PRECISION", target: 1 },
    });
    expect(run.error).toMatchObject({ code: "BAD_USER_INPUT", step: "fit" });
    expect(run.error!.message).toContain("no threshold reaches precision, target 1 on the");
    expect(run.modelVersion).toBeNull();
  });
});
