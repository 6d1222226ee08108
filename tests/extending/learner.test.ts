import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { builtInLearners, learners } from "../../src/training/learners/registry.js";
import { trainInWorker } from "../../src/training/train.js";
import type { TrainOptions } from "../../src/training/types.js";
import { startTestApp, type TestApp } from "../support/app.js";
import type { FinishedRun } from "../support/graphql.js";
import {
  ingestMonth,
  JANUARY,
  learnableMonth,
  metricOf,
  promote,
  trained,
  USERS,
} from "../support/months.js";
import { maxDifference, scoreOnnx } from "../training/score-onnx.js";
import { MIXED_FEATURES, mixedRows, tableOf } from "../training/tables.js";
import { naiveBayes } from "./naive-bayes.js";

// Each trains, some twice, which takes long on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

const folder = mkdtempSync(join(tmpdir(), "asof-learner-"));
const before = process.env.ASOF_DEFINITIONS;
let app: TestApp;
let first: FinishedRun;

beforeAll(async () => {
  // Threads import JavaScript, as in production.
  const outfile = join(folder, "deployment.mjs");
  const entryPoints = [join(import.meta.dirname, "learner.deployment.ts")];
  await build({ entryPoints, outfile, bundle: true, format: "esm", platform: "node", logLevel: "warning" });
  process.env.ASOF_DEFINITIONS = outfile;
  learners.use([...builtInLearners, naiveBayes]);
  app = await startTestApp();
  await ingestMonth(app, JANUARY, learnableMonth());
  first = await trained(app, { asOf: JANUARY, algorithm: "NAIVE_BAYES", params: { smoothing: 2 } });
}, 180_000);
afterAll(async () => {
  await app?.stop();
  learners.use(builtInLearners);
  if (before === undefined) delete process.env.ASOF_DEFINITIONS;
  else process.env.ASOF_DEFINITIONS = before;
  rmSync(folder, { recursive: true, force: true });
});

describe("a learner from outside", () => {
  it("stands in the enum with its own words", async () => {
    const { __type } = await app.client.query(
      '{ __type(name: "Algorithm") { enumValues { name description } } }',
    );
    expect(__type.enumValues.map(({ name }: { name: string }) => name)).toEqual([
      "LOGISTIC_REGRESSION",
      "RANDOM_FOREST",
      "GRADIENT_BOOSTING",
      "LINEAR_REGRESSION",
      "NAIVE_BAYES",
      "EXTERNAL",
    ]);
    expect(__type.enumValues[4].description).toBe("Features taken as independent given the label.");
  });

  it("trains a version in the real engine, with its parameters complete", () => {
    expect(first.params).toMatchObject({ algorithm: "NAIVE_BAYES", hyperparameters: { smoothing: 2 } });
    expect(first.modelVersion).toMatchObject({ version: 1 });
    expect(metricOf(first, "auc")).toBeGreaterThan(0.7);
    expect(metricOf(first, "validation_auc")).toBeGreaterThan(0.7);
    expect(first.artifacts.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["evaluation.json", "feature_importance.json", "model.onnx"]),
    );
  });

  it("has its parameters refused by its own ranges", async () => {
    const refusal = await app.client.error("mutation($input: TrainInput!) { train(input: $input) { id } }", {
      input: { asOf: JANUARY, algorithm: "NAIVE_BAYES", params: { smoothing: 0 } },
    });
    expect(refusal).toMatchObject({
      code: "BAD_USER_INPUT",
      message: 'parameter "smoothing" of NAIVE_BAYES must be a number from 0.01 to 100, got 0',
    });
  });

  it("is reproduced byte for byte", async () => {
    const { reproduce } = await app.client.query("mutation($id: ID!) { reproduce(runId: $id) { id } }", {
      id: first.id,
    });
    const run = await app.client.finished(reproduce.id);
    expect(run.result).toMatchObject({ identical: true, sha256: first.modelVersion!.sha256 });
  });

  it("predicts, and says that it does not explain", async () => {
    await promote(app, 1, { force: true, stage: "PRODUCTION", reason: "the first" });
    const { predict } = await app.client.query(
      "query($id: ID!) { predict(userId: $id) { probability modelVersion { version algorithm } baseValue } }",
      { id: USERS[0] },
    );
    expect(predict.modelVersion).toEqual({ version: 1, algorithm: "NAIVE_BAYES" });
    expect(predict.probability).toBeGreaterThan(0);
    expect(predict.probability).toBeLessThan(1);
    expect(predict.baseValue).toBeNull();
  });

  it("is searched by tune in its own space", async () => {
    const { tune } = await app.client.query("mutation($input: TuneInput!) { tune(input: $input) { id } }", {
      input: { asOf: JANUARY, algorithm: "NAIVE_BAYES", trials: 3 },
    });
    const run = await app.client.finished(tune.id, 170_000);
    expect(run.error).toBeNull();
    const drawn = run.params.trials.map(({ smoothing }: { smoothing: number }) => smoothing);
    expect(drawn[0]).toBe(1);
    for (const smoothing of drawn) expect(smoothing >= 0.1 && smoothing <= 10).toBe(true);
  });

  it("can be scheduled, and one that nobody has cannot", async () => {
    const SET = "mutation($input: ScheduleInput!) { setSchedule(input: $input) { name } }";
    const schedule = (algorithm: string) => ({
      name: "retrain",
      cron: "0 3 1 * *",
      kind: "TRAIN",
      params: { asOf: JANUARY, algorithm },
    });
    await app.client.query(SET, { input: schedule("NAIVE_BAYES") });
    const refusal = await app.client.error(SET, { input: schedule("NAIVE_BASE") });
    expect(refusal.message).toContain("NAIVE_BAYES");
  });
});

describe("its training in threads", () => {
  const data = tableOf(MIXED_FEATURES, mixedRows(1500));
  const options: TrainOptions = { algorithm: "NAIVE_BAYES", seed: 1, testFraction: 0.25, params: {} };

  it("gives the same model and report whatever their number", async () => {
    const [one, two] = [
      await trainInWorker(data, options, { threads: 1 }),
      await trainInWorker(data, options, { threads: 2 }),
    ];
    expect(two.sha256).toBe(one.sha256);
    expect(two.reports).toEqual(one.reports);
  });

  it("gives a file that answers as the trainer does", async () => {
    const { onnx, metrics } = await trainInWorker(data, options);
    const again = await scoreOnnx(onnx, data);
    expect(again.every((value) => value > 0 && value < 1)).toBe(true);
    expect(metrics.auc).toBeGreaterThan(0.6);
    expect(maxDifference(again, await scoreOnnx(onnx, data))).toBe(0);
  });

  it("is refused where the deployment module does not have it", async () => {
    learners.use([...builtInLearners, { ...naiveBayes, name: "ELSEWHERE" }]);
    try {
      await expect(trainInWorker(data, { ...options, algorithm: "ELSEWHERE" })).rejects.toThrow(
        /no learner is named "ELSEWHERE"/,
      );
    } finally {
      learners.use([...builtInLearners, naiveBayes]);
    }
  });
});
