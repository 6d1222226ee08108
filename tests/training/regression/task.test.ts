import { describe, expect, test } from "vitest";
import { AsofError } from "../../../src/errors/errors.js";
import { quantileOf } from "../../../src/training/learners/boosting/losses/quantile-of.js";
import { losses } from "../../../src/training/learners/boosting/losses/registry.js";
import { resolveParams } from "../../../src/training/params.js";
import { train } from "../../../src/training/pipeline.js";
import { evaluateValues } from "../../../src/training/tasks/regression/metrics.js";
import { regression } from "../../../src/training/tasks/regression/regression.task.js";
import { uniform } from "../tables.js";
import { REGRESSION_OPTIONS, valueTable } from "./values.js";

/**
 * Of scikit-learn 1.9: root_mean_squared_error, mean_absolute_error, mean_absolute_percentage_error, r2_score,
 * mean_pinball_loss(alpha=0.8), mean_poisson_deviance and mean_tweedie_deviance(power=1.5) of these labels and answers.
 */
const LABELS = Float64Array.of(
  ...[24.928, 40.985, 108.167, 0, 61.326, 21.312, 58.276, 46.828, 29.373, 27.149, 47.596, 67.602],
);
const ANSWERS = Float64Array.of(
  ...[20.956, 53.184, 154.49, 22.294, 67.853, 13.899, 56.959, 46.632, 23.171, 16.275, 62.159, 58.792],
);
const SCIKIT_LEARN = {
  rmse: 16.716180041105886,
  mae: 11.724166666666667,
  mape: 8366937507716487,
  r2: 0.6063573166827461,
};
const near = (value: number, expected: number) => Math.abs(value - expected) <= 1e-9 * Math.abs(expected);

describe("metrics of a regression", () => {
  test("are scikit-learn's", () => {
    const measured = evaluateValues(LABELS, ANSWERS);
    for (const [name, value] of Object.entries(SCIKIT_LEARN))
      expect([name, near(measured[name as keyof typeof measured], value)]).toEqual([name, true]);
    const { on } = losses.quantile.metric;
    expect(near(on!(LABELS, ANSWERS, 0.8, null), 4.284033333333334)).toBe(true);
    expect(near(losses.poisson.metric.on!(LABELS, ANSWERS, 1, null), 6.707024807999205)).toBe(true);
    expect(near(losses.tweedie.metric.on!(LABELS, ANSWERS, 1.5, null), 2.0048339648669486)).toBe(true);
  });

  test("are what their formulas say, on random cases", () => {
    for (let seed = 0; seed < 20; seed++) {
      const labels = Float64Array.from({ length: 50 }, (_, k) => 1 + 100 * uniform(k, seed));
      const answers = labels.map((label, k) => label + 40 * (uniform(k, 100 + seed) - 0.5));
      const errors = [...labels].map((label, k) => label - answers[k]!);
      const mean = [...labels].reduce((sum, label) => sum + label, 0) / 50;
      const squares = (values: number[]) => values.reduce((sum, value) => sum + value * value, 0);
      const { rmse, mae, mape, r2 } = evaluateValues(labels, answers);
      expect(near(rmse, Math.sqrt(squares(errors) / 50))).toBe(true);
      expect(near(mae, errors.reduce((sum, error) => sum + Math.abs(error), 0) / 50)).toBe(true);
      expect(near(mape, errors.reduce((sum, error, k) => sum + Math.abs(error / labels[k]!), 0) / 50)).toBe(
        true,
      );
      expect(near(r2, 1 - squares(errors) / squares([...labels].map((label) => label - mean)))).toBe(true);
    }
  });

  test("of labels that are all alike say whether they were met", () => {
    const alike = Float64Array.of(3, 3, 3);
    expect(evaluateValues(alike, alike).r2).toBe(1);
    expect(evaluateValues(alike, Float64Array.of(3, 3, 4)).r2).toBe(0);
    expect(regression.canJudge(alike)).toBe(false);
  });
});

test("a quantile is NumPy's, of values in any order", () => {
  for (let seed = 0; seed < 30; seed++) {
    const values = Float64Array.from({ length: 1 + seed * 7 }, (_, k) => Math.floor(20 * uniform(k, seed)));
    const sorted = values.toSorted();
    for (const share of [0, 0.1, 0.5, 0.77, 1]) {
      const at = share * (sorted.length - 1);
      const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
      expect(quantileOf(values.slice(), share)).toBeCloseTo(low + (at - Math.floor(at)) * (high - low), 12);
    }
  }
});

describe("the split", () => {
  const keys = Array.from({ length: 101 }, (_, k) => `key-${k}`);

  test("holds out the rounded share, by keys and seed alone", () => {
    const first = regression.split(keys, new Float64Array(101), 0.25, 1);
    expect([first.train.length, first.test.length]).toEqual([76, 25]);
    expect(new Set([...first.train, ...first.test]).size).toBe(101);
    expect(regression.split(keys, new Float64Array(101).fill(7), 0.25, 1)).toEqual(first);
    expect(regression.split(keys, new Float64Array(101), 0.25, 2).test).not.toEqual(first.test);
  });

  test("deals every row to one fold, and a large table to one hold-out", () => {
    const folds = regression.innerFolds(new Float64Array(23));
    expect(folds.map(({ validate }) => validate.length)).toEqual([5, 5, 5, 4, 4]);
    expect(regression.innerFolds(new Float64Array(50_000)).map(({ validate }) => validate.length)).toEqual([
      10_000,
    ]);
  });
});

describe("a difference of two models", () => {
  const labels = Float64Array.from({ length: 400 }, (_, k) => 100 * uniform(k, 1));
  const off = (by: number, salt: number) => labels.map((label, k) => label + by * (uniform(k, salt) - 0.5));
  const options = { confidence: 0.95, resamples: 500, seed: 1 };

  test.each(["rmse", "mae", "mape", "r2"] as const)(
    "by %s is that of the metrics, within its interval",
    async (metric) => {
      const [good, bad] = [off(10, 2), off(20, 3)];
      const found = await regression.compare(labels, good, bad, { ...options, metric });
      const [one, other] = [evaluateValues(labels, good)[metric], evaluateValues(labels, bad)[metric]];
      const expected =
        metric === "r2" ? one - other : metric === "mape" ? other - one : (other - one) / other;
      expect(found.observed).toBeCloseTo(expected, 10);
      expect(found.lower).toBeLessThan(found.observed);
      expect(found.upper).toBeGreaterThan(found.observed);
      const back = await regression.compare(labels, bad, good, { ...options, metric });
      expect(back.upper).toBeLessThan(0);
      expect(await regression.compare(labels, good, bad, { ...options, metric })).toEqual(found);
      const none = await regression.compare(labels, good, good.slice(), { ...options, metric });
      expect([none.observed, none.lower, none.upper]).toEqual([0, 0, 0]);
    },
  );
});

describe("residuals", () => {
  test("are counted once each, far ones in the outermost bins", () => {
    const labels = Float64Array.from({ length: 1000 }, (_, k) => (k === 0 ? 1e6 : uniform(k, 4)));
    const files = regression.answerReports(labels, new Float64Array(1000), {
      threshold: null,
      classes: null,
    });
    const read = new Map(files.map(({ name, json }) => [name, JSON.parse(json)]));
    const { residuals, rows } = regression.storedEvaluation(read)!;
    expect(rows).toBe(1000);
    expect(residuals!.length).toBe(40);
    expect(residuals!.reduce((sum, { count }) => sum + count, 0)).toBe(1000);
    expect(residuals!.at(-1)).toMatchObject({ to: 1e6 });
    expect(residuals![20]!.count).toBeGreaterThan(10);
    expect(read.get("residuals.json").quantiles["0.5"]).toBeCloseTo(0.5, 1);
  });
});

describe("a regression refuses", () => {
  const failure = (change: (data: ReturnType<typeof valueTable>) => void, params = {}, rows = 200) => {
    const data = valueTable(rows);
    change(data);
    const options = { ...REGRESSION_OPTIONS, algorithm: "GRADIENT_BOOSTING", params };
    try {
      train(data, options, () => {});
    } catch (error) {
      return error instanceof AsofError ? `${error.code}: ${error.message}` : String(error);
    }
    return null;
  };

  test.each([
    [
      "labels that are all alike",
      (data: { labels: Float64Array }) => data.labels.fill(4),
      {},
      "every label is 4",
    ],
    [
      "labels below 0 with Poisson's loss",
      (data: { labels: Float64Array }) => data.labels.fill(-1, 3, 4),
      { loss: "poisson" },
      "the labels go down to -1",
    ],
    [
      "labels beyond what is finite in 32 bits",
      (data: { labels: Float64Array }) => data.labels.fill(1e31, 0, 1),
      {},
      "expected a number within",
    ],
  ] as const)("%s", (_, change, params, message) => {
    expect(failure(change, params)).toContain(message);
  });

  test("a table of a few rows", () => {
    expect(failure(() => {}, {}, 5)).toBe(
      "BAD_USER_INPUT: 5 rows are too few: 4 to train on (needs 4), 1 held out (needs 2); ingest more rows or change testFraction",
    );
  });

  test("parameters of the other task, and the other way round", () => {
    expect(() => resolveParams("GRADIENT_BOOSTING", { linear_start: 0 }, "REGRESSION")).toThrow(
      'parameter "linear_start" of GRADIENT_BOOSTING is for models of BINARY, not of REGRESSION; known: trees,',
    );
    expect(() => resolveParams("GRADIENT_BOOSTING", { loss: "huber" })).toThrow(
      'parameter "loss" of GRADIENT_BOOSTING is for models of REGRESSION, not of BINARY',
    );
    expect(() => resolveParams("GRADIENT_BOOSTING", { loss: "cubed" }, "REGRESSION")).toThrow(
      'parameter "loss" of GRADIENT_BOOSTING must be one of "squared", "absolute", "huber", "quantile", "poisson", "tweedie", got "cubed"',
    );
    expect(resolveParams("GRADIENT_BOOSTING", {})).not.toHaveProperty("loss");
  });
});
