import { describe, expect, test } from "vitest";
import { train } from "../../src/training/pipeline.js";
import type { TrainResult } from "../../src/training/types.js";
import { hasStreamflow, readMonth } from "./streamflow.js";

const SEEDS = [1, 2, 3, 4, 5];

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

describe.skipIf(!hasStreamflow)("held-out quarter of the real input, median of five seeds", () => {
  test.each([
    ["month_000", "GRADIENT_BOOSTING", 0.833, 0.61],
    ["month_001", "GRADIENT_BOOSTING", 0.66, 0.43],
    ["month_000", "LOGISTIC_REGRESSION", 0.82, 0.59],
    ["month_001", "LOGISTIC_REGRESSION", 0.645, 0.42],
  ] as const)("%s %s reaches auc %d and f1 %d", (month, algorithm, auc, f1) => {
    const data = readMonth(month);
    const results = SEEDS.map(
      (seed): TrainResult => train(data, { algorithm, seed, testFraction: 0.25, params: {} }, () => {}),
    );
    const column = (name: string) => results.map(({ metrics }) => metrics[name]!);
    const table = ["auc", "f1", "log_loss", "train_seconds"].map(
      (name) => `${name} ${column(name).map((value) => value.toFixed(4))}`,
    );
    console.log(`${month} ${algorithm}: ${table.join(" | ")}`);
    expect(median(column("auc"))).toBeGreaterThanOrEqual(auc);
    expect(median(column("f1"))).toBeGreaterThanOrEqual(f1);
  });
});
