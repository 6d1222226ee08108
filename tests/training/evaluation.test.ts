import { describe, expect, test } from "vitest";
import { randomOrder } from "../../src/training/evaluation/random-order.js";
import { meanAndDeviation } from "../../src/training/evaluation/spread.js";
import { emptyTree, NodeMode } from "../../src/training/learners/boosting/tree.js";
import type { Matrix } from "../../src/training/matrix.js";
import type { Scoring } from "../../src/training/scoring/scoring.js";
import { calibrationCurve, expectedCalibrationError } from "../../src/training/tasks/binary/calibration.js";
import { liftTable, precisionRecallCurve } from "../../src/training/tasks/binary/curves.js";
import { binaryImportance } from "../../src/training/tasks/binary/importance.js";
import { permutationImportance as importanceOf } from "../../src/training/tasks/importance/permutation-importance.js";

const labels = Uint8Array.of(1, 0, 1, 0, 0);
const probabilities = Float64Array.of(0.9, 0.8, 0.5, 0.5, 0.1);

describe("the precision-recall curve", () => {
  test("has one point per distinct probability, tied rows called together", () => {
    expect(precisionRecallCurve(labels, probabilities)).toEqual([
      { threshold: 0.9, precision: 1, recall: 0.5 },
      { threshold: 0.8, precision: 0.5, recall: 0.5 },
      { threshold: 0.5, precision: 0.5, recall: 1 },
      { threshold: 0.1, precision: 0.4, recall: 1 },
    ]);
  });

  test("is thinned to 200 points that end at recall 1", () => {
    const many = Float64Array.from({ length: 5000 }, (_, row) => (row * 0.618) % 1);
    const curve = precisionRecallCurve(
      Uint8Array.from(many, (_, row) => row % 2),
      many,
    );
    expect(curve).toHaveLength(200);
    expect(curve.at(-1)).toMatchObject({ recall: 1, precision: 0.5 });
  });
});

describe("calibration", () => {
  test("bins are ten of equal width, the last one closed, empty ones left out", () => {
    const curve = calibrationCurve(Uint8Array.of(0, 1, 0, 1, 1), Float64Array.of(0, 0.05, 0.1, 0.95, 1));
    expect(curve).toEqual([
      { from: 0, to: 0.1, rows: 2, meanProbability: 0.025, positiveRate: 0.5 },
      { from: 0.1, to: 0.2, rows: 1, meanProbability: 0.1, positiveRate: 0 },
      { from: 0.9, to: 1, rows: 2, meanProbability: 0.975, positiveRate: 1 },
    ]);
    // 2/5 x 0.475 + 1/5 x 0.1 + 2/5 x 0.025
    expect(expectedCalibrationError(curve)).toBeCloseTo(0.22, 12);
  });

  test("a model that says the share of positives to everyone errs by nothing", () => {
    const curve = calibrationCurve(Uint8Array.of(1, 0, 0, 0), new Float64Array(4).fill(0.25));
    expect(expectedCalibrationError(curve)).toBe(0);
  });
});

describe("the lift table", () => {
  test("puts the likeliest tenth first", () => {
    // Twenty rows by falling probability, the positives at ranks 1, 2, 3 and 11.
    const truth = Uint8Array.from({ length: 20 }, (_, row) => ([0, 1, 2, 10].includes(row) ? 1 : 0));
    const falling = Float64Array.from({ length: 20 }, (_, row) => 1 - row / 20);
    const table = liftTable(truth, falling);
    expect(table.map(({ positives }) => positives)).toEqual([2, 1, 0, 0, 0, 1, 0, 0, 0, 0]);
    expect(table[0]).toEqual({
      bucket: 1,
      rows: 2,
      positives: 2,
      positiveRate: 1,
      lift: 5,
      fromProbability: 0.95,
      cumulativeRecall: 0.5,
      cumulativeLift: 5,
    });
    expect(table[1]).toMatchObject({ positiveRate: 0.5, lift: 2.5, cumulativeRecall: 0.75 });
    expect(table[9]).toMatchObject({ lift: 0, cumulativeRecall: 1, cumulativeLift: 1 });
  });

  test("tied rows share their positives, whatever their order", () => {
    const same = new Float64Array(20).fill(0.3);
    const truth = Uint8Array.from({ length: 20 }, (_, row) => (row < 5 ? 1 : 0));
    for (const table of [liftTable(truth, same), liftTable(truth.slice().reverse(), same)]) {
      expect(table.every(({ positives, rows }) => rows === 2 && Math.abs(positives - 0.5) < 1e-12)).toBe(
        true,
      );
      expect(table.every(({ lift }) => Math.abs(lift - 1) < 1e-12)).toBe(true);
    }
  });

  test("a few rows make a bucket each", () => {
    expect(liftTable(labels, probabilities).map(({ rows, positives }) => [rows, positives])).toEqual([
      [1, 1],
      [1, 0],
      [1, 0.5],
      [1, 0.5],
      [1, 0],
    ]);
  });
});

describe("permutation importance", () => {
  const permutationImportance = (
    sample: Matrix,
    labels: Uint8Array,
    of: { learner: string; scoring: Scoring },
    seed: number,
  ) => importanceOf(binaryImportance, { matrix: sample, labels, labelArray: Uint8Array }, of, seed);
  // Column "signal" decides the label, column "noise" is not read.
  const rows = 400;
  const truth = Uint8Array.from({ length: rows }, (_, row) => row % 2);
  const matrix: Matrix = {
    rows,
    columns: [{ name: "signal" }, { name: "noise" }],
    values: Float32Array.from({ length: 2 * rows }, (_, k) => (k % 2 === 0 ? truth[k / 2]! : k)),
  };
  // Odds of 9 to 1 for the label that "signal" names.
  const stump = emptyTree(2);
  stump.mode[0] = NodeMode.atMost;
  stump.threshold[0] = 0.5;
  [stump.left[0], stump.right[0]] = [1, 2];
  stump.value.set([0, -Math.log(9), Math.log(9)]);
  const scoring: Scoring = { baseScore: 0, linear: null, trees: [stump], link: "logistic" };
  const model = { learner: "GRADIENT_BOOSTING", scoring };

  test("a feature the model lives by costs half the auc, one it does not read costs nothing", () => {
    const { features } = permutationImportance(matrix, truth, model, 1);
    const [signal, noise] = features;
    expect(signal!.feature).toBe("signal");
    expect(Math.abs(signal!.auc.mean - 0.5)).toBeLessThan(0.05);
    expect(signal!.auc.std).toBeGreaterThan(0);
    // Half of the rows get the other's value: 0.5 x (log 0.9 - log 0.1).
    expect(Math.abs(signal!.log_loss.mean - 0.5 * Math.log(9))).toBeLessThan(0.11);
    expect(noise).toEqual({ feature: "noise", auc: { mean: 0, std: 0 }, log_loss: { mean: 0, std: 0 } });
  });

  test("follows from the seed and leaves the table as it was", () => {
    const before = matrix.values.slice();
    const first = permutationImportance(matrix, truth, model, 1);
    expect(permutationImportance(matrix, truth, model, 1)).toEqual(first);
    expect(permutationImportance(matrix, truth, model, 2)).not.toEqual(first);
    expect(matrix.values).toEqual(before);
  });

  test("a large table is judged on its first 5000 rows", () => {
    const table = (rows: number): [Matrix, Uint8Array] => [
      {
        rows,
        columns: [{ name: "x" }],
        values: Float32Array.from({ length: rows }, (_, row) => (row < 5000 ? row % 3 : 1)),
      },
      Uint8Array.from({ length: rows }, (_, row) => row % 2),
    ];
    const result = permutationImportance(...table(6000), model, 1);
    expect([result.rows, result.repeats]).toEqual([5000, 5]);
    expect(result.features[0]!.log_loss.std).toBeGreaterThan(0);
    expect(result).toEqual(permutationImportance(...table(5000), model, 1));
  });
});

test("a random order is a permutation, and all of them turn up", () => {
  const seen = new Map<string, number>();
  for (let seed = 0; seed < 1200; seed++) {
    const order = randomOrder(3, seed, 0).join("");
    seen.set(order, (seen.get(order) ?? 0) + 1);
  }
  expect([...seen.keys()].sort()).toEqual(["012", "021", "102", "120", "201", "210"]);
  // 200 expected of each; 5 standard deviations are 65.
  for (const count of seen.values()) expect(Math.abs(count - 200)).toBeLessThan(65);
});

test.each([
  [[2, 4, 4, 4, 5, 5, 7, 9], 5, Math.sqrt(32 / 7)],
  [[3], 3, 0],
])("mean and deviation of %j", (values, mean, std) => {
  const spread = meanAndDeviation(values);
  expect(spread.mean).toBe(mean);
  expect(spread.std).toBeCloseTo(std, 12);
});
