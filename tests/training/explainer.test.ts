import { describe, expect, test } from "vitest";
import { Explainer, type RawValue } from "../../src/training/explain/explainer.js";
import type { Model } from "../../src/training/learner.js";

import { train } from "../../src/training/pipeline.js";
import type { TrainingData } from "../../src/training/types.js";
import { type Algorithm, fitTable } from "./fitted.js";
import { hasStreamflow, readMonth } from "./streamflow.js";
import { MIXED_FEATURES, mixedRows, singleFeature, tableOf } from "./tables.js";

/** Small enough to be quick, leaves enough to be deep. */
const CASES: [name: string, Algorithm, params: Record<string, number>][] = [
  ["boosted trees", "GRADIENT_BOOSTING", { leaves: 8, min_leaf_rows: 5, linear_start: 0, trees: 50 }],
  ["boosting from a linear start", "GRADIENT_BOOSTING", { min_leaf_rows: 5, linear_start: 1 }],
  ["a random forest", "RANDOM_FOREST", { trees: 20, max_leaves: 32, min_leaf_rows: 3 }],
  ["logistic regression", "LOGISTIC_REGRESSION", {}],
];

/** The rows of `data` as a request would bring them. */
function rawRows(data: TrainingData): Record<string, RawValue>[] {
  const numeric = data.features.filter(({ kind }) => kind === "numeric");
  const categorical = data.features.filter(({ kind }) => kind === "categorical");
  return data.keys.map((_, row) => {
    const numbers = numeric.map(({ name }, k) => {
      const value = data.numeric[row * numeric.length + k]!;
      return [name, Number.isNaN(value) ? null : value];
    });
    const texts = categorical.map(({ name }, k) => {
      const { codes, vocabulary } = data.categorical[k]!;
      return [name, vocabulary[codes[row]!] ?? null];
    });
    return Object.fromEntries([...numbers, ...texts]);
  });
}

/** Greatest |base value + contributions - the trainer's own margin| over all rows. */
function worstSum(data: TrainingData, algorithm: Algorithm, params: object, fitRows?: number): number {
  const { model, onnx, matrix } = fitTable(data, algorithm, params, fitRows);
  const explainer = Explainer.read(onnx)!;
  const margins = marginsOf(model, matrix, explainer.margin);
  return rawRows(data).reduce((worst, row, k) => {
    const { baseValue, contributions } = explainer.explain(row);
    const sum = contributions.reduce((total, { contribution }) => total + contribution, baseValue);
    return Math.max(worst, Math.abs(sum - margins[k]!));
  }, 0);
}

function marginsOf(model: Model, matrix: Parameters<Model["predict"]>[0], margin: string): Float64Array {
  const probabilities = model.predict(matrix);
  return margin === "probability" ? probabilities : probabilities.map((p) => Math.log(p / (1 - p)));
}

describe.each(CASES)("explanations of %s", (name, algorithm, params) => {
  test("add up to the margin on every row, missing values and unknown categories included", () => {
    const data = tableOf(MIXED_FEATURES, mixedRows(800));
    expect(worstSum(data, algorithm, params)).toBeLessThanOrEqual(1e-6);
    // The 300 rows fitted on lack cities of the tail.
    expect(worstSum(data, algorithm, params, 300)).toBeLessThanOrEqual(1e-6);
  });

  test.skipIf(!hasStreamflow)("add up to the margin on every row of the real input", () => {
    const worst = worstSum(readMonth("month_000"), algorithm, params);
    console.log(`${name}: max |base + contributions - margin| = ${worst.toExponential(1)}`);
    expect(worst).toBeLessThanOrEqual(1e-6);
  });

  test("come from the stored file of a training, greatest contribution first", () => {
    const data = tableOf(MIXED_FEATURES, mixedRows(1000));
    const { onnx } = train(data, { algorithm, seed: 1, testFraction: 0.25, params }, () => {});
    const row = { age: 70, plan: "plus", spend: null, senior: true, city: "Atlantis" };
    const { contributions } = Explainer.read(onnx)!.explain(row);
    const sizes = contributions.map(({ contribution }) => Math.abs(contribution));
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    expect(Object.fromEntries(contributions.map(({ feature, value }) => [feature, value]))).toEqual(row);
  });

  // A forest's trees are fitted on samples of the rows, whose mean is theirs.
  test.skipIf(algorithm === "RANDOM_FOREST")(
    "the mean contribution over the rows fitted on is nothing",
    () => {
      const data = singleFeature(
        "numeric",
        Array.from(
          { length: 400 },
          (_, k) => [k % 7 === 0 ? null : k % 50, (k * 7919) % 50 < k % 50] as const,
        ),
      );
      const { onnx } = fitTable(data, algorithm, params);
      const explainer = Explainer.read(onnx)!;
      const sum = rawRows(data).reduce(
        (total, row) => total + explainer.explain(row).contributions[0]!.contribution,
        0,
      );
      expect(Math.abs(sum / 400)).toBeLessThan(1e-6);
    },
  );
});

test("a linear term is its weight times the distance from the mean", () => {
  // P(label | a) = 3/4, P(label | b) = 1/4, half of the rows each: log-odds ±log 3 around 0.
  const data = singleFeature(
    "categorical",
    (["a", "b"] as const).flatMap((name) =>
      Array.from({ length: 40 }, (_, k) => [name, k % 4 === 0 ? name === "b" : name === "a"] as const),
    ),
  );
  const { onnx } = fitTable(data, "LOGISTIC_REGRESSION", { l2: 1e-6 });
  const explainer = Explainer.read(onnx)!;
  expect(explainer.margin).toBe("log_odds");
  expect(explainer.baseValue).toBeCloseTo(0, 4);
  for (const [x, contribution] of [
    ["a", Math.log(3)],
    ["b", -Math.log(3)],
  ] as const) {
    const [own] = explainer.explain({ x }).contributions;
    expect(own).toMatchObject({ feature: "x", value: x });
    expect(own!.contribution).toBeCloseTo(contribution, 3);
  }
});

test("a file without the shares of its training rows is not explained", () => {
  const data = tableOf(MIXED_FEATURES, mixedRows(200));
  const { model } = fitTable(data, "LOGISTIC_REGRESSION");
  expect(Explainer.read(model.toOnnx({}))).toBeNull();
});

test("an explanation in slices, several at once, is that in one go", () => {
  const data = tableOf(MIXED_FEATURES, mixedRows(300));
  const { onnx } = fitTable(data, "RANDOM_FOREST", { trees: 25 });
  const explainer = Explainer.read(onnx)!;
  const rows = rawRows(data).slice(0, 2);
  const [one, other] = rows.map((row) => explainer.slices(row));
  for (let tree = 0; tree < 25; tree++)
    expect([one!.next().done, other!.next().done]).toEqual([false, false]);
  expect([one!.next().value, other!.next().value]).toEqual(rows.map((row) => explainer.explain(row)));
});
