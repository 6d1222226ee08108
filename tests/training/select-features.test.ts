import { InferenceSession } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { train } from "../../src/training/pipeline.js";
import type { SelectedFeatures } from "../../src/training/selection/select-features.js";
import { binary } from "../../src/training/tasks/binary/binary.task.js";
import type { LabelArray, Labels } from "../../src/training/tasks/labels.js";
import { trainInWorker } from "../../src/training/train.js";
import { type FeatureValue, TrainingDataBuilder } from "../../src/training/training-data.js";
import type { FeatureSpec, TrainingData, TrainOptions, TrainResult } from "../../src/training/types.js";
import type { SelectionRule } from "../../src/values/selection-rule.js";
import { uniform } from "./tables.js";

/** Three that the label follows from, among numbers and texts that say nothing. */
const INFORMATIVE = ["age", "plan", "spend"];
const NOISE = ["noise_1", "noise_2", "noise_text", "noise_3", "noise_flag"];
const FEATURES: FeatureSpec[] = [
  { name: "noise_1", kind: "numeric" },
  { name: "age", kind: "numeric" },
  { name: "noise_text", kind: "categorical" },
  { name: "noise_2", kind: "numeric" },
  { name: "plan", kind: "categorical" },
  { name: "spend", kind: "numeric" },
  { name: "noise_3", kind: "numeric" },
  { name: "noise_flag", kind: "numeric" },
];
type TaskName = "BINARY" | "REGRESSION" | "MULTICLASS";

interface Row {
  key: string;
  label: number;
  values: FeatureValue[];
}

function rowsOf(task: TaskName, count: number): Row[] {
  return Array.from({ length: count }, (_, row) => {
    const [age, spend] = [uniform(row, 1), uniform(row, 2) < 0.1 ? null : uniform(row, 3)];
    const plan = ["a", "b", "c"][Math.floor(3 * uniform(row, 4))]!;
    const score = 3 * (age - 0.5) + (plan === "b" ? 1.2 : -0.6) + 3 * ((spend ?? 1) - 0.5);
    const drawn = score + Math.log(1 / (uniform(row, 5) || 0.5) - 1);
    const label =
      task === "REGRESSION"
        ? drawn
        : task === "BINARY"
          ? Number(drawn > 0)
          : drawn < -1
            ? 0
            : drawn < 1
              ? 1
              : 2;
    const noise = (k: number) => uniform(row, 10 + k);
    return {
      key: `key-${row}`,
      label,
      values: [
        noise(1),
        age,
        `text-${Math.floor(12 * noise(2))}`,
        noise(3),
        plan,
        spend,
        noise(4) ** 3,
        noise(5) < 0.5,
      ],
    };
  });
}

function tableOf(task: TaskName, rows: readonly Row[]): TrainingData<Labels> {
  const type = (task === "REGRESSION" ? Float64Array : Uint8Array) as LabelArray<Labels>;
  const builder = new TrainingDataBuilder<Labels>(FEATURES, rows.length, type);
  for (const { key, label, values } of rows) builder.add(key, label, values);
  const data = builder.finish();
  return task === "MULTICLASS" ? { ...data, classes: ["high", "low", "middle"] } : data;
}

const optionsOf = (task: TaskName, algorithm: string, selectFeatures: SelectionRule): TrainOptions => ({
  ...{ task, algorithm, selectFeatures, seed: 1, testFraction: 0.25 },
  params: {
    ...(algorithm === "GRADIENT_BOOSTING" && { trees: 60 }),
    ...(algorithm === "RANDOM_FOREST" && { trees: 40 }),
  },
});

const silent = () => {};
const namesOf = (result: TrainResult): string[] => result.features.map(({ name }) => name);
const selectionOf = (result: TrainResult): SelectedFeatures =>
  JSON.parse(result.reports.find(({ name }) => name === "feature_selection.json")!.json);

describe.each([
  ["BINARY", "GRADIENT_BOOSTING"],
  ["BINARY", "RANDOM_FOREST"],
  ["BINARY", "LOGISTIC_REGRESSION"],
  ["REGRESSION", "GRADIENT_BOOSTING"],
  ["REGRESSION", "LINEAR_REGRESSION"],
  ["MULTICLASS", "GRADIENT_BOOSTING"],
] as const)("features of %s by %s", (task, algorithm) => {
  const data = tableOf(task, rowsOf(task, 1200));

  test.each(["permutation", "shap"] as const)("that say something stay, others are left out: %s", (by) => {
    const result = train(data, optionsOf(task, algorithm, { by }), silent);
    expect(namesOf(result)).toEqual(["age", "plan", "spend"]);
    const { features, shuffled, folds, rows } = selectionOf(result);
    expect(
      features
        .filter(({ kept }) => kept)
        .map(({ feature }) => feature)
        .sort(),
    ).toEqual(INFORMATIVE);
    expect(
      features
        .filter(({ kept }) => !kept)
        .map(({ feature }) => feature)
        .sort(),
    ).toEqual([...NOISE].sort());
    expect([folds, shuffled!.length, rows]).toEqual([5, 5, result.metrics.train_rows]);
    for (const { kept, foldsAbove } of features) expect(kept).toBe(foldsAbove === 5);
  });
});

describe("so many of the best features", () => {
  const rows = rowsOf("BINARY", 1200);
  const options = optionsOf("BINARY", "GRADIENT_BOOSTING", { by: "permutation", keep: 2 });
  const result = train(tableOf("BINARY", rows), options, silent);

  test("are all that the model takes, in its file and in its signature", async () => {
    const chosen = selectionOf(result)
      .features.slice(0, 2)
      .map(({ feature }) => feature);
    expect(selectionOf(result)).toMatchObject({ by: "permutation", keep: 2, shuffled: null });
    expect(namesOf(result)).toEqual(FEATURES.map(({ name }) => name).filter((name) => chosen.includes(name)));
    for (const name of chosen) expect(INFORMATIVE).toContain(name);
    const session = await InferenceSession.create(result.onnx);
    const inputs = result.signature.inputs.map(({ name }) => name);
    expect([...session.inputNames].sort()).toEqual([...inputs].sort());
    const width = result.signature.inputs.find(({ name }) => name === "numeric")!.shape[1];
    expect(width).toBe(result.features.filter(({ kind }) => kind === "numeric").length);
    await session.release();
  });

  test("are the same, and the model to the byte, in any order of the rows and on three threads", async () => {
    const reversed = train(tableOf("BINARY", [...rows].reverse()), options, silent);
    expect(reversed.sha256).toBe(result.sha256);
    const together = await trainInWorker(tableOf("BINARY", rows), options, { threads: 3 });
    expect(together.sha256).toBe(result.sha256);
    expect(selectionOf(together)).toEqual(selectionOf(result));
  });

  test("are the model of these features alone", () => {
    const { selectFeatures: _, ...plain } = options;
    const chosen = namesOf(result);
    const features = FEATURES.filter(({ name }) => chosen.includes(name));
    const builder = new TrainingDataBuilder(features, rows.length);
    for (const { key, label, values } of rows)
      builder.add(
        key,
        label,
        values.filter((_, k) => chosen.includes(FEATURES[k]!.name)),
      );
    expect(train(builder.finish(), plain, silent).sha256).toBe(result.sha256);
  });

  test("are chosen without a look at held-out rows", () => {
    const data = tableOf("BINARY", rows);
    const { test: heldOut } = binary.split(data.keys, data.labels as Uint8Array, 0.25, 1);
    const spoilt = new Set(heldOut);
    // In the held-out rows the label follows from noise alone.
    const changed = rows.map((row, k) =>
      spoilt.has(k)
        ? {
            ...row,
            values: row.values.map((value, at) =>
              [1, 4, 5].includes(at) ? null : at === 0 ? row.label : value,
            ),
          }
        : row,
    );
    const other = train(tableOf("BINARY", changed), options, silent);
    expect(selectionOf(other)).toEqual(selectionOf(result));
    expect(other.sha256).toBe(result.sha256);
    expect(other.metrics.auc).not.toBe(result.metrics.auc);
  });
});

test("a model keeps its best feature where none is better than its shuffled copies", () => {
  const rows = rowsOf("BINARY", 600).map((row, k) => ({ ...row, label: Number(uniform(k, 60) < 0.5) }));
  const result = train(
    tableOf("BINARY", rows),
    optionsOf("BINARY", "GRADIENT_BOOSTING", { by: "permutation" }),
    silent,
  );
  const [best] = selectionOf(result).features;
  expect(namesOf(result)).toEqual([best!.feature]);
  expect(best!.kept).toBe(true);
});

test("folds choose their own features: a label that follows from nothing is not learnt from any", () => {
  const names = Array.from({ length: 150 }, (_, k) => `noise_${k}`);
  const builder = new TrainingDataBuilder(names.map((name): FeatureSpec => ({ name, kind: "numeric" })));
  for (let row = 0; row < 240; row++)
    builder.add(
      `key-${row}`,
      uniform(row, 500) < 0.5,
      names.map((_, k) => uniform(row, 100 + k)),
    );
  const options = optionsOf("BINARY", "LOGISTIC_REGRESSION", { by: "shap", keep: 5 });
  const { metrics } = train(builder.finish(), { ...options, folds: 5 }, silent);
  // Out of fold the choice has seen the labels of the rows judged on: that is why folds choose again.
  expect(metrics.validation_auc).toBeGreaterThan(0.65);
  expect(metrics.cv_auc_mean).toBeLessThan(0.58);
});
