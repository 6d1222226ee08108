import { describe, expect, test } from "vitest";
import { evaluate, logLoss } from "../../src/training/tasks/binary/metrics.js";

const labels = Uint8Array.of(1, 0, 1, 0, 0);
const probabilities = Float64Array.of(0.9, 0.8, 0.5, 0.5, 0.1);

describe("evaluate", () => {
  test("agrees with hand-computed values on a table with a tie", () => {
    const { metrics, confusion } = evaluate(labels, probabilities, 0.5);
    expect(confusion).toEqual({
      threshold: 0.5,
      truePositive: 2,
      falsePositive: 2,
      trueNegative: 1,
      falseNegative: 0,
    });
    // Pairs (positive, negative): 0.9 beats 3; 0.5 loses to 0.8, ties with 0.5, beats 0.1.
    expect(metrics.auc).toBeCloseTo((3 + 0 + 0.5 + 1) / 6, 12);
    // Recall 1/2 at precision 1, then 2/2 at precision 2/4: the tied rows enter together.
    expect(metrics.average_precision).toBeCloseTo(0.5 * 1 + 0.5 * 0.5, 12);
    expect(metrics.precision).toBe(0.5);
    expect(metrics.recall).toBe(1);
    expect(metrics.f1).toBeCloseTo(2 / 3, 12);
    expect(metrics.accuracy).toBe(0.6);
    // Bins [0.1, 0.2): |0.1 - 0|, [0.5, 0.6): |0.5 - 1/2| twice, [0.8, 0.9): |0.8 - 0|, [0.9, 1]: |0.9 - 1|.
    expect(metrics.expected_calibration_error).toBeCloseTo((0.1 + 2 * 0 + 0.8 + 0.1) / 5, 12);
    expect(metrics.brier).toBeCloseTo((0.01 + 0.64 + 0.25 + 0.25 + 0.01) / 5, 12);
    expect(metrics.log_loss).toBeCloseTo(
      -(Math.log(0.9) + Math.log(0.2) + Math.log(0.5) + Math.log(0.5) + Math.log(0.9)) / 5,
      12,
    );
  });

  test("tells the rates at 0.5 apart from those at the threshold", () => {
    const { metrics } = evaluate(labels, probabilities, 0.85);
    expect([metrics.accuracy, metrics.precision, metrics.recall]).toEqual([0.8, 1, 0.5]);
    expect(metrics.f1).toBeCloseTo(2 / 3, 12);
    expect([metrics.accuracy_at_0_5, metrics.precision_at_0_5, metrics.recall_at_0_5]).toEqual([0.6, 0.5, 1]);
    expect(metrics.f1_at_0_5).toBeCloseTo(2 / 3, 12);
  });

  test.each([
    ["all tied", [0.3, 0.3, 0.3, 0.3, 0.3], 0.5],
    ["perfect", [0.9, 0.1, 0.8, 0.2, 0.3], 1],
    ["inverted", [0.1, 0.9, 0.2, 0.8, 0.7], 0],
  ])("auc of %s probabilities", (_, values, auc) => {
    expect(evaluate(labels, Float64Array.from(values), 0.5).metrics.auc).toBe(auc);
  });

  test("nothing called positive gives precision, recall and f1 of 0, not NaN", () => {
    const { metrics } = evaluate(labels, probabilities, 0.95);
    expect([metrics.precision, metrics.recall, metrics.f1]).toEqual([0, 0, 0]);
  });

  test("a certain and wrong probability costs a finite log-loss", () => {
    expect(logLoss(Uint8Array.of(1), Float64Array.of(0))).toBeCloseTo(-Math.log(1e-15), 6);
  });

  test("the roc runs from (0, 0) to (1, 1), one point per distinct probability", () => {
    expect(
      evaluate(labels, probabilities, 0.5).roc.map((p) => [p.falsePositiveRate, p.truePositiveRate]),
    ).toEqual([
      [0, 0],
      [0, 0.5],
      [1 / 3, 0.5],
      [2 / 3, 1],
      [1, 1],
    ]);
  });

  test("a long roc is thinned to 200 points that never fall", () => {
    const many = Float64Array.from({ length: 5000 }, (_, row) => (row * 0.618) % 1);
    const { roc } = evaluate(
      Uint8Array.from(many, (_, row) => row % 2),
      many,
      0.5,
    );
    expect(roc).toHaveLength(200);
    expect(roc.at(-1)).toMatchObject({ falsePositiveRate: 1, truePositiveRate: 1 });
    for (const [k, point] of roc.slice(1).entries()) {
      expect(point.falsePositiveRate).toBeGreaterThanOrEqual(roc[k]!.falsePositiveRate);
      expect(point.threshold).toBeLessThan(roc[k]!.threshold);
    }
  });
});
