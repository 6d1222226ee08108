import { describe, expect, test } from "vitest";
import type { Fitted } from "../../src/training/learner.js";
import { edgesOf } from "../../src/training/learners/boosting/bin-edges.js";
import { fitBoosting } from "../../src/training/learners/boosting/fit-boosting.js";
import { fitForest } from "../../src/training/learners/forest/fit-forest.js";
import { fitLogistic } from "../../src/training/learners/logistic/fit-logistic.js";
import type { BuiltInAlgorithm } from "../../src/training/learners/registry.js";
import { gatherMatrix, learnColumns, type Matrix } from "../../src/training/matrix.js";
import { murmur3 } from "../../src/training/murmur3.js";
import { resolveParams } from "../../src/training/params.js";
import { stratifiedFolds } from "../../src/training/tasks/stratified.js";
import type { TrainingData } from "../../src/training/types.js";
import { singleFeature } from "./tables.js";

type Algorithm = Exclude<BuiltInAlgorithm, "LINEAR_REGRESSION">;

function fitOn(data: TrainingData, algorithm: Algorithm, params: object): Fitted & { matrix: Matrix } {
  const rows = Uint32Array.from(data.keys.keys());
  const matrix = gatherMatrix(data, learnColumns(data, rows), rows);
  const folds = stratifiedFolds(data.labels, 2);
  const { labels } = data;
  const fits: Record<Algorithm, () => Fitted> = {
    GRADIENT_BOOSTING: () =>
      fitBoosting(matrix, labels, folds, resolveParams("GRADIENT_BOOSTING", params), () => {}),
    RANDOM_FOREST: () => fitForest(matrix, labels, resolveParams("RANDOM_FOREST", params), 1, () => {}),
    LOGISTIC_REGRESSION: () =>
      fitLogistic(matrix, labels, folds, resolveParams("LOGISTIC_REGRESSION", params), () => {}),
  };
  return { ...fits[algorithm](), matrix };
}

const BOOSTING = {
  trees: 30,
  early_stopping_rounds: 0,
  min_leaf_rows: 1,
  l2: 0.1,
  learning_rate: 0.3,
  linear_start: 0,
};
const FOREST = { trees: 50, min_leaf_rows: 1 };
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

describe("gradient boosting", () => {
  const predictions = (data: TrainingData, params: object = {}) => {
    const { model, matrix } = fitOn(data, "GRADIENT_BOOSTING", { ...BOOSTING, ...params });
    return model.predict(matrix);
  };

  test.each([
    ["with the high values", true, false],
    ["with the low values", false, true],
  ])("missing values go %s when that is where their labels are", (_, high, low) => {
    const data = singleFeature("numeric", [
      ...times(20, [1, low] as const),
      ...times(20, [2, high] as const),
      ...times(20, [null, true] as const),
    ]);
    const probabilities = predictions(data, { leaves: 2 });
    expect(probabilities[59]).toBeGreaterThan(0.95);
    expect(probabilities[0]! > 0.5).toBe(low);
    expect(probabilities[20]! > 0.5).toBe(high);
  });

  test("missing itself can be the signal", () => {
    const data = singleFeature("numeric", [
      ...times(20, [1, false] as const),
      ...times(20, [2, false] as const),
      ...times(20, [null, true] as const),
    ]);
    const probabilities = predictions(data, { leaves: 2 });
    expect([probabilities[0]! < 0.05, probabilities[20]! < 0.05, probabilities[40]! > 0.95]).toEqual([
      true,
      true,
      true,
    ]);
  });

  test("one split takes one category from the middle of the alphabet", () => {
    const data = singleFeature(
      "categorical",
      ["a", "b", "c", "d"].flatMap((name) => times(15, [name, name === "b"] as const)),
    );
    const probabilities = predictions(data, { leaves: 2 });
    expect(["a", "b", "c", "d"].map((_, k) => probabilities[15 * k]! > 0.5)).toEqual([
      false,
      true,
      false,
      false,
    ]);
  });

  test("min_leaf_rows keeps small groups together", () => {
    const data = singleFeature("numeric", [
      ...times(30, [1, false] as const),
      ...times(10, [2, true] as const),
    ]);
    expect(new Set(predictions(data, { min_leaf_rows: 11 })).size).toBe(1);
    expect(new Set(predictions(data, { min_leaf_rows: 10 })).size).toBe(2);
  });

  test("early stopping keeps the trees of the least out-of-fold log-loss, 0 keeps them all", () => {
    const noise = singleFeature(
      "numeric",
      Array.from({ length: 200 }, (_, k) => [k % 17, (k * 7919) % 5 < 2] as const),
    );
    const stopped = fitOn(noise, "GRADIENT_BOOSTING", { ...BOOSTING, trees: 300, early_stopping_rounds: 5 });
    expect(stopped.model.metrics.trees).toBeLessThan(50);
    expect(fitOn(noise, "GRADIENT_BOOSTING", BOOSTING).model.metrics.trees).toBe(30);
  });
});

describe("random forest", () => {
  const fitted = (data: TrainingData, params: object = {}) =>
    fitOn(data, "RANDOM_FOREST", { ...FOREST, ...params });

  test.each(["numeric", "categorical"] as const)("%s values, missing ones too, part the classes", (kind) => {
    const [low, high] = kind === "numeric" ? [1, 2] : ["a", "b"];
    const data = singleFeature(kind, [
      ...times(20, [low, false] as const),
      ...times(20, [high, true] as const),
      ...times(20, [null, true] as const),
    ]);
    const { model, matrix } = fitted(data);
    const probabilities = model.predict(matrix);
    expect([probabilities[0], probabilities[20], probabilities[40]]).toEqual([0, 1, 1]);
  });

  test("min_leaf_rows and max_leaves bound its trees", () => {
    const data = singleFeature(
      "numeric",
      Array.from({ length: 200 }, (_, k) => [k, (k * 7919) % 3 === 0] as const),
    );
    const leaves = (params: object) => fitted(data, { trees: 1, ...params }).model.metrics.leaves!;
    expect(leaves({})).toBeGreaterThan(40);
    expect(leaves({ max_leaves: 7 })).toBe(7);
    // 200 draws, at least 60 a leaf.
    expect(leaves({ min_leaf_rows: 60 })).toBeLessThanOrEqual(3);
  });

  test("a row is judged only by trees whose sample lacks it", () => {
    // Labels are noise and every row can be told apart: what a tree has seen it knows by heart.
    const data = singleFeature(
      "numeric",
      Array.from({ length: 300 }, (_, k) => [k, murmur3(String(k), 5) % 2 === 0] as const),
    );
    const { model, matrix, outOfFold } = fitted(data, { trees: 100 });
    const correct = (labels: Uint8Array, probabilities: Float64Array) =>
      labels.reduce((sum, label, k) => sum + Number(probabilities[k]! > 0.5 === (label === 1)), 0);
    expect(correct(data.labels, model.predict(matrix))).toBeGreaterThan(265);
    expect(outOfFold.labels).toHaveLength(300);
    expect(correct(outOfFold.labels, outOfFold.probabilities)).toBeLessThan(190);
  });

  test("the curve has a point every 25 trees, the last one included", () => {
    const data = singleFeature("numeric", [
      ...times(20, [1, false] as const),
      ...times(20, [2, true] as const),
    ]);
    expect(fitted(data, { trees: 60 }).curve.map(({ step }) => step)).toEqual([25, 50, 60]);
  });
});

describe("bin edges", () => {
  test("lie between neighbouring float32 values, never on the upper one", () => {
    const next = 1 + 2 ** -23;
    expect([...edgesOf(Float32Array.of(next, 1, 3, 1), 255)]).toEqual([1, 2]);
  });

  test("above max_bins distinct values hold equal shares of the rows", () => {
    const edges = edgesOf(
      Float32Array.from({ length: 1000 }, (_, k) => (k * 7) % 1000),
      4,
    );
    expect([...edges]).toEqual([249.5, 499.5, 749.5]);
  });

  test("a very frequent value does not eat the bins of the others", () => {
    const values = Float32Array.from({ length: 1000 }, (_, k) => (k < 900 ? 0 : k));
    expect(edgesOf(values, 5)).toHaveLength(4);
  });
});

describe("logistic regression", () => {
  test("solves a 2 x 2 table in closed form", () => {
    // P(label | a) = 3/4 and P(label | b) = 1/4; almost no penalty.
    const data = singleFeature("categorical", [
      ...times(30, ["a", true] as const),
      ...times(10, ["a", false] as const),
      ...times(10, ["b", true] as const),
      ...times(30, ["b", false] as const),
    ]);
    const { model, matrix } = fitOn(data, "LOGISTIC_REGRESSION", { l2: 1e-6 });
    const probabilities = model.predict(matrix);
    expect(probabilities[0]).toBeCloseTo(0.75, 5);
    expect(probabilities[79]).toBeCloseTo(0.25, 5);
  });

  test("a missing value has a weight of its own", () => {
    const data = singleFeature("numeric", [
      ...times(20, [1, false] as const),
      ...times(20, [3, false] as const),
      ...times(18, [null, true] as const),
      ...times(2, [null, false] as const),
    ]);
    const { model, matrix } = fitOn(data, "LOGISTIC_REGRESSION", { l2: 1e-4 });
    const probabilities = model.predict(matrix);
    expect(probabilities[45]).toBeCloseTo(0.9, 2);
    expect(probabilities[0]).toBeLessThan(0.01);
  });

  test("separable classes converge to a finite model", () => {
    const data = singleFeature(
      "numeric",
      Array.from({ length: 40 }, (_, k) => [k, k >= 20] as const),
    );
    const { model, matrix } = fitOn(data, "LOGISTIC_REGRESSION", { l2: 1e-6 });
    const probabilities = model.predict(matrix);
    expect(probabilities.every((p, k) => p > 0.5 === k >= 20)).toBe(true);
  });
});

describe.each(["GRADIENT_BOOSTING", "RANDOM_FOREST", "LOGISTIC_REGRESSION"] as const)("%s", (algorithm) => {
  // One in four positive whatever the feature says: with equal class weights that is one in two.
  const data = singleFeature("categorical", [
    ...times(100, ["a", true] as const),
    ...times(300, ["a", false] as const),
    ...times(50, ["b", true] as const),
    ...times(150, ["b", false] as const),
  ]);

  test.each([
    ["none", 0.25],
    ["balanced", 0.5],
    [3, 0.5],
    [1, 0.25],
    [9, 0.75],
  ] as const)("class_weight %s gives a probability of %d", (class_weight, expected) => {
    const params = algorithm === "LOGISTIC_REGRESSION" ? {} : { trees: 40 };
    const { model, matrix } = fitOn(data, algorithm, { ...params, class_weight });
    // A forest's samples differ from the rows by chance.
    const digits = algorithm === "RANDOM_FOREST" ? 1 : 3;
    for (const probability of model.predict(matrix)) expect(probability).toBeCloseTo(expected, digits);
  });
});

describe.each(["GRADIENT_BOOSTING", "RANDOM_FOREST", "LOGISTIC_REGRESSION"] as const)("%s", (algorithm) => {
  const params = { GRADIENT_BOOSTING: BOOSTING, RANDOM_FOREST: FOREST, LOGISTIC_REGRESSION: {} }[algorithm];
  test.each([
    ["a constant feature", 0.1],
    ["an all-missing feature", null],
  ])("%s gives every row the share of positives", (_, value) => {
    const data = singleFeature("numeric", [
      ...times(10, [value, true] as const),
      ...times(30, [value, false] as const),
    ]);
    const { model, matrix } = fitOn(data, algorithm, params);
    // The mean of fifty samples of forty rows lies within 0.05 of the rows' own share.
    const digits = algorithm === "RANDOM_FOREST" ? 1 : 5;
    for (const probability of model.predict(matrix)) expect(probability).toBeCloseTo(0.25, digits);
  });

  test("a category never seen, or seen in held-out rows only, is a missing one", () => {
    const data = singleFeature("categorical", [
      ...times(20, ["a", true] as const),
      ...times(20, ["b", false] as const),
      ["unseen", true],
      [null, false],
    ]);
    const fitted = Uint32Array.from({ length: 40 }, (_, row) => row);
    const columns = learnColumns(data, fitted);
    expect(columns[0]!.vocabulary).toEqual(["a", "b"]);
    const { model } = fitOn(data, algorithm, params);
    const [unseen, missing] = model.predict(gatherMatrix(data, columns, Uint32Array.of(40, 41)));
    expect(unseen).toBe(missing);
  });

  test("beyond 254 categories the rarest count as missing", () => {
    const data = singleFeature(
      "categorical",
      Array.from({ length: 600 }, (_, k) => [`c${k % 300}`, k % 2 === 0] as const),
    );
    const { matrix } = fitOn(data, algorithm, params);
    expect(matrix.columns[0]!.vocabulary).toHaveLength(254);
    expect(matrix.values.filter(Number.isNaN)).toHaveLength(2 * 46);
  });
});
