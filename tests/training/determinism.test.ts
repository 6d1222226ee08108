import { describe, expect, test } from "vitest";
import { train } from "../../src/training/pipeline.js";
import { stratifiedSplit } from "../../src/training/tasks/stratified.js";
import { MIXED_FEATURES, mixedRows, tableOf, uniform } from "./tables.js";

const rows = mixedRows(1500);
const shuffled = rows
  .map((row, k) => ({ row, at: uniform(k, 99) }))
  .sort((a, b) => a.at - b.at)
  .map(({ row }) => row);

/** Fewer trees than by default: what is tested does not depend on their number. */
const PARAMS = { GRADIENT_BOOSTING: { trees: 60 }, RANDOM_FOREST: { trees: 30 }, LOGISTIC_REGRESSION: {} };

describe.each(["GRADIENT_BOOSTING", "RANDOM_FOREST", "LOGISTIC_REGRESSION"] as const)("%s", (algorithm) => {
  const run = (table = rows, seed = 1) =>
    train(
      tableOf(MIXED_FEATURES, table),
      { algorithm, seed, testFraction: 0.25, params: PARAMS[algorithm] },
      () => {},
    );

  test("trained twice gives the same bytes and the same metrics", () => {
    const [one, other] = [run(), run()];
    expect(other.sha256).toBe(one.sha256);
    expect(Buffer.compare(one.onnx, other.onnx)).toBe(0);
    expect({ ...other.metrics, train_seconds: 0 }).toEqual({ ...one.metrics, train_seconds: 0 });
  });

  test("does not depend on the order of rows", () => {
    const [one, other] = [run(), run(shuffled)];
    expect(other.sha256).toBe(one.sha256);
    expect(other.heldOut).toEqual(one.heldOut);
    expect(other.threshold).toBe(one.threshold);
  });

  test("another seed holds out other rows and gives another model", () => {
    const [one, other] = [run(), run(rows, 2)];
    expect(other.heldOut.sha256).not.toBe(one.heldOut.sha256);
    expect(other.sha256).not.toBe(one.sha256);
  });

  test("held-out rows reach neither the model nor the threshold", () => {
    const one = run();
    // The split looks at keys and labels alone: change every feature of the held-out rows.
    const heldOut = new Set(heldOutKeys());
    const spoilt = rows.map((row) =>
      heldOut.has(row.key) ? { ...row, values: [1e6, "weird", -5, false, "nowhere"] } : row,
    );
    const other = run(spoilt);
    expect(other.heldOut).toEqual(one.heldOut);
    expect(other.threshold).toBe(one.threshold);
    expect(other.sha256).toBe(one.sha256);
    expect(other.metrics.auc).not.toBe(one.metrics.auc);
  });
});

function heldOutKeys(): string[] {
  const { keys, labels } = tableOf(MIXED_FEATURES, rows);
  return Array.from(stratifiedSplit(keys, labels, 0.25, 1).test, (row) => keys[row]!);
}
