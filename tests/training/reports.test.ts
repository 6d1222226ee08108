import { describe, expect, test } from "vitest";
import { train } from "../../src/training/pipeline.js";
import type { TrainOptions, TrainResult } from "../../src/training/types.js";
import { mixedRows, singleFeature, tableOf, uniform } from "./tables.js";

const FEATURES = [
  { name: "signal", kind: "numeric" as const },
  { name: "plan", kind: "categorical" as const },
  { name: "noise", kind: "numeric" as const },
];
const data = tableOf(
  FEATURES,
  Array.from({ length: 800 }, (_, row) => {
    const signal = uniform(row, 1);
    const plan = uniform(row, 2) < 0.5 ? "a" : "b";
    const label = uniform(row, 3) < 0.1 + 0.6 * signal + (plan === "a" ? 0.2 : 0);
    return { key: `${row}`, label, values: [signal, plan, uniform(row, 4)] };
  }),
);
const OPTIONS = { seed: 3, testFraction: 0.25 };
const PARAMS = {
  GRADIENT_BOOSTING: { trees: 30, min_leaf_rows: 10, linear_start: 1 },
  RANDOM_FOREST: { trees: 20 },
  LOGISTIC_REGRESSION: {},
};
const run = (algorithm: keyof typeof PARAMS, more: Partial<TrainOptions> = {}): TrainResult =>
  train(data, { ...OPTIONS, algorithm, params: PARAMS[algorithm], ...more }, () => {});
const read = ({ reports }: TrainResult, name: string) =>
  JSON.parse(reports.find((file) => file.name === name)!.json);

describe.each(["GRADIENT_BOOSTING", "RANDOM_FOREST", "LOGISTIC_REGRESSION"] as const)(
  "reports of %s",
  (algorithm) => {
    const result = run(algorithm);

    test("are the same bytes each time", () => {
      expect(run(algorithm).reports).toEqual(result.reports);
      expect(result.reports.map(({ name }) => name)).toEqual([
        "confusion_matrix.json",
        "roc_curve.json",
        "evaluation.json",
        "precision_recall_curve.json",
        "calibration_curve.json",
        "lift_table.json",
        "decision.json",
        "feature_importance.json",
        "shap_summary.json",
      ]);
    });

    test("say what the metrics say", () => {
      const { rows, positives, metrics, confusion } = read(result, "evaluation.json");
      expect(rows).toBe(result.heldOut.rows);
      for (const [name, value] of Object.entries(metrics)) expect(result.metrics[name], name).toBe(value);
      expect(confusion.map(({ threshold }: { threshold: number }) => threshold)).toEqual([
        result.threshold,
        0.5,
      ]);
      expect(confusion[0].truePositive + confusion[0].falseNegative).toBe(positives);
      const bins = read(result, "calibration_curve.json") as { rows: number }[];
      expect(bins.reduce((sum, bin) => sum + bin.rows, 0)).toBe(rows);
      const lift = read(result, "lift_table.json") as { positives: number }[];
      expect(lift.reduce((sum, bucket) => sum + bucket.positives, 0)).toBeCloseTo(positives, 9);
    });

    test("rank the signal before the noise, by permutation and by the model", () => {
      const { permutation, model } = read(result, "feature_importance.json");
      const names = permutation.features.map(({ feature }: { feature: string }) => feature);
      expect(names).toEqual(["signal", "noise", "plan"]);
      expect(permutation.features[0].auc.mean).toBeGreaterThan(permutation.features[1].auc.mean + 0.02);
      const kinds = {
        GRADIENT_BOOSTING: ["gain", "coefficient"],
        RANDOM_FOREST: ["gain"],
        LOGISTIC_REGRESSION: ["coefficient"],
      };
      expect(model.map(({ kind }: { kind: string }) => kind)).toEqual(kinds[algorithm]);
      for (const { features } of algorithm === "GRADIENT_BOOSTING" ? model.slice(1) : model) {
        expect(features[0].value).toBeGreaterThan(features[1].value);
      }
    });
  },
);

describe("folds", () => {
  test("give mean and deviation of each metric over the training rows' folds", () => {
    const result = run("LOGISTIC_REGRESSION", { folds: 4 });
    const { folds, summary } = read(result, "cross_validation.json");
    expect(folds).toHaveLength(4);
    const aucs = folds.map(({ auc }: { auc: number }) => auc) as number[];
    const mean = aucs.reduce((sum, auc) => sum + auc, 0) / 4;
    expect(summary.auc.mean).toBeCloseTo(mean, 12);
    expect(result.metrics.cv_auc_mean).toBe(summary.auc.mean);
    const squares = aucs.reduce((sum, auc) => sum + (auc - mean) ** 2, 0);
    expect(result.metrics.cv_auc_std).toBeCloseTo(Math.sqrt(squares / 3), 12);
    expect(mean).toBeGreaterThan(0.6);
    // The model itself is the one that is trained without folds.
    expect(result.sha256).toBe(run("LOGISTIC_REGRESSION").sha256);
  });

  test.each([1, 21, 2.5])("%d are refused", (folds) => {
    expect(() => run("LOGISTIC_REGRESSION", { folds })).toThrow(
      expect.objectContaining({
        code: "BAD_USER_INPUT",
        message: `folds must be an integer from 2 to 20, or 0 for none, got ${folds}`,
      }),
    );
  });

  test("more than a class has rows are refused", () => {
    const few = singleFeature(
      "numeric",
      mixedRows(60).map((_, row) => [row, row < 8] as const),
    );
    const options = { ...OPTIONS, algorithm: "LOGISTIC_REGRESSION" as const, params: {}, folds: 10 };
    expect(() => train(few, options, () => {})).toThrow(
      expect.objectContaining({
        code: "BAD_USER_INPUT",
        message: "10 folds need 10 training rows of each class, got 6; ask for fewer folds or none",
      }),
    );
  });
});
