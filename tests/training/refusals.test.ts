import { describe, expect, test } from "vitest";
import { BadUserInputError } from "../../src/errors/errors.js";
import { train } from "../../src/training/pipeline.js";
import type { TrainingData, TrainOptions } from "../../src/training/types.js";
import { singleFeature, tableOf } from "./tables.js";

const OPTIONS: TrainOptions = { algorithm: "LOGISTIC_REGRESSION", seed: 1, testFraction: 0.25, params: {} };
const rowsOf = (...labels: boolean[]) =>
  singleFeature(
    "numeric",
    labels.map((label, k) => [k, label]),
  );
const good = rowsOf(true, true, true, true, false, false, false, false);

function refusal(data: TrainingData, options: Partial<TrainOptions> = {}): string {
  try {
    train(data, { ...OPTIONS, ...options }, () => {});
  } catch (error) {
    if (error instanceof BadUserInputError && error.code === "BAD_USER_INPUT") return error.message;
    throw error;
  }
  throw new Error("was not refused");
}

describe("train refuses", () => {
  test("one class only", () => {
    expect(refusal(rowsOf(true, true, true))).toBe(
      "every label is true (3 rows); a model needs rows of both classes",
    );
    expect(refusal(rowsOf(false, false))).toBe(
      "every label is false (2 rows); a model needs rows of both classes",
    );
  });

  test("no rows", () => {
    expect(refusal(rowsOf())).toBe("the training table has no rows; ingest that month first");
  });

  test("a class too small to hold out and to fold", () => {
    expect(refusal(rowsOf(true, true, false, false, false, false))).toBe(
      "2 rows with label true are too few: 1 to train on (needs 2), 1 held out (needs 1); " +
        "ingest more rows or change testFraction",
    );
    expect(refusal(good, { testFraction: 0.01 })).toContain("4 to train on (needs 2), 0 held out (needs 1)");
  });

  test.each([0, 1, -0.5, Number.NaN])("a testFraction of %d", (testFraction) => {
    expect(refusal(good, { testFraction })).toBe(
      `testFraction must lie between 0 and 1, both excluded, got ${testFraction}; 0.25 holds out a quarter`,
    );
  });

  test.each([-1, 0.5, 2 ** 32, Number.NaN])("a seed of %d", (seed) => {
    expect(refusal(good, { seed })).toBe(`seed must be an integer from 0 to 4294967295, got ${seed}`);
  });

  test("a key that comes twice", () => {
    const row = { key: "7", label: true, values: [1] };
    expect(refusal(tableOf([{ name: "x", kind: "numeric" }], [row, row]))).toBe(
      'two rows have the key "7"; train on one row per key',
    );
  });

  test("a value past the range of float32", () => {
    const data = singleFeature("numeric", [
      [1, true],
      [1e39, false],
    ]);
    expect(refusal(data)).toBe(
      'feature "x" of "1" is infinite as a 32-bit float; leave it empty or correct it',
    );
  });

  test("no features, a feature listed twice, and names the ONNX graph needs", () => {
    expect(refusal(tableOf([], []))).toBe("a model needs at least one feature, got none");
    const x = { name: "x", kind: "numeric" } as const;
    expect(refusal(tableOf([x, x], []))).toBe('feature "x" is listed twice');
    for (const name of ["numeric", "probability", "", "/missing"]) {
      expect(refusal(tableOf([{ name, kind: "categorical" }], []))).toBe(
        `a categorical feature cannot be named ${JSON.stringify(name)}; rename it`,
      );
    }
  });

  test("text in a numeric feature", () => {
    expect(() => singleFeature("numeric", [["12", true]])).toThrow(
      'feature "x" is numeric, got the string "12"; declare it categorical or send a number',
    );
  });
});

test("arrays of the wrong length are a bug, not the user's mistake", () => {
  const data = tableOf([{ name: "x", kind: "numeric" }], []);
  expect(() => train({ ...data, labels: new Uint8Array(3) }, OPTIONS, () => {})).toThrow(
    new RangeError("TrainingData.labels has length 3, expected 0"),
  );
});

test("nothing is refused of a table as small as it may be", () => {
  const { metrics } = train(good, OPTIONS, () => {});
  expect(metrics).toMatchObject({ rows: 8, train_rows: 6, test_rows: 2 });
});
