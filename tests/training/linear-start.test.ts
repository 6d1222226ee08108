import { describe, expect, test } from "vitest";
import { startsToTry } from "../../src/training/learners/boosting/start.js";
import { train } from "../../src/training/pipeline.js";
import { trainInWorker } from "../../src/training/train.js";
import type { TrainingData, TrainProgress } from "../../src/training/types.js";
import { fitTable } from "./fitted.js";
import { maxDifference, scoreOnnx } from "./score-onnx.js";
import { hasStreamflow, readMonth } from "./streamflow.js";
import { MIXED_FEATURES, mixedRows, tableOf, uniform } from "./tables.js";

const XY = [
  { name: "x", kind: "numeric" as const },
  { name: "y", kind: "numeric" as const },
];

/** Rows of two uniform numbers in [-1, 1) whose label is drawn by the log-odds given. */
function drawn(rows: number, logOdds: (x: number, y: number) => number): TrainingData {
  return tableOf(
    XY,
    Array.from({ length: rows }, (_, row) => {
      const [x, y] = [2 * uniform(row, 1) - 1, 2 * uniform(row, 2) - 1];
      const label = uniform(row, 3) < 1 / (1 + Math.exp(-logOdds(x, y)));
      return { key: `${row}`, label, values: [x, y] };
    }),
  );
}

const optionsOf = (params: object) => ({
  algorithm: "GRADIENT_BOOSTING" as const,
  seed: 1,
  testFraction: 0.25,
  params: { trees: 60, ...params },
});

describe("where boosting starts", () => {
  test.each([
    [
      "a sum of straight lines is started from the logistic regression",
      (x: number, y: number) => 3 * x - 2 * y,
      1,
    ],
    ["a pattern without a slope is not", (x: number, y: number) => (x * y > 0 ? 2 : -2), 0],
  ])("%s, as out-of-fold log-loss tells", (_, logOdds, linear) => {
    const data = drawn(1500, logOdds);
    const results = [0, 1, 2].map((linear_start) => train(data, optionsOf({ linear_start }), () => {}));
    const losses = results.map(({ metrics }) => metrics.validation_log_loss!);
    expect(results.map(({ metrics }) => metrics.linear_start)).toEqual([0, 1, linear]);
    expect(losses[linear]).toBeLessThan(losses[1 - linear]!);
    expect(results[2]!.sha256).toBe(results[linear]!.sha256);
  });

  test("large tables start from the share of positives without a try", () => {
    const starts = (linear_start: number, rows: number, monotone_constraints = "none") =>
      startsToTry({ linear_start, monotone_constraints }, rows);
    expect(starts(2, 49_999)).toEqual([false, true]);
    expect(starts(2, 50_000)).toEqual([false]);
    expect(starts(1, 50_000)).toEqual([true]);
    expect(starts(0, 100)).toEqual([false]);
    expect(starts(2, 100, '{"x":1}')).toEqual([false]);
  });

  test("two tries report one progress that never falls", () => {
    const seen: TrainProgress[] = [];
    train(
      drawn(300, (x) => x),
      optionsOf({}),
      (progress) => seen.push(progress),
    );
    const judged = seen.filter(({ phase }) => phase === "cross_validation");
    expect(new Set(judged.map(({ total }) => total))).toEqual(new Set([120]));
    for (const [k, { done }] of judged.slice(1).entries()) expect(done).toBeGreaterThan(judged[k]!.done);
  });
});

describe("a model with a linear start", () => {
  const data = tableOf(MIXED_FEATURES, mixedRows(2000));

  test("is reproduced by its ONNX file on every row, missing values and unknown categories included", async () => {
    const { model, onnx, matrix } = fitTable(data, "GRADIENT_BOOSTING", { linear_start: 1, trees: 60 }, 400);
    expect(model.metrics.linear_start).toBe(1);
    expect(maxDifference(model.predict(matrix), await scoreOnnx(onnx, data))).toBeLessThanOrEqual(1e-5);
  });

  test.skipIf(!hasStreamflow)("is reproduced by its ONNX file on every row of the real input", async () => {
    const real = readMonth("month_000");
    const { model, onnx, matrix } = fitTable(real, "GRADIENT_BOOSTING", { linear_start: 1 });
    const difference = maxDifference(model.predict(matrix), await scoreOnnx(onnx, real));
    console.log(`linear start: max |onnx - trainer| = ${difference.toExponential(1)}`);
    expect(difference).toBeLessThanOrEqual(1e-5);
  });

  test("is the same bytes on two threads", async () => {
    const options = optionsOf({ linear_start: 1 });
    const alone = train(data, options, () => {});
    const together = await trainInWorker(data, options, { threads: 2 });
    expect(together.sha256).toBe(alone.sha256);
  });
});
