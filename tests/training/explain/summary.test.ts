import { expect, test } from "vitest";
import { SHAP_SUMMARY, withShap } from "../../../src/training/explain/shap-summary.js";
import { summaryOfRows } from "../../../src/training/explain/summary.js";
import { train } from "../../../src/training/pipeline.js";
import { MIXED_FEATURES, mixedRows, tableOf } from "../tables.js";

const reportOf = (algorithm: string) => {
  const data = tableOf(MIXED_FEATURES, mixedRows(400));
  const { reports } = train(data, { algorithm, seed: 1, testFraction: 0.25, params: {} }, () => {});
  return reports.find(({ name }) => name === SHAP_SUMMARY)!.json;
};

test.each(["GRADIENT_BOOSTING", "LOGISTIC_REGRESSION", "RANDOM_FOREST"])(
  "a training by %s says how much each feature adds, over held-out rows, the same each time",
  (algorithm) => {
    const json = reportOf(algorithm);
    expect(reportOf(algorithm)).toBe(json);
    const { rows, features } = JSON.parse(json);
    expect(rows).toBeGreaterThanOrEqual(20);
    expect(rows).toBeLessThanOrEqual(110);
    expect(features.map(({ feature }: any) => feature).sort()).toEqual(
      MIXED_FEATURES.map(({ name }) => name).sort(),
    );
    const sizes = features.map(({ meanAbsolute }: any) => meanAbsolute);
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    expect(sizes[0]).toBeGreaterThan(0);
  },
);

const explainer = (steps: number) => ({
  ...{ margin: "score" as const, features: ["a", "b"], classes: 2, steps },
  contributions: (values: Float32Array) => [values, values.map((value) => -3 * value)],
});
const matrix = {
  rows: 100,
  columns: [0, 1],
  values: Float32Array.from({ length: 200 }, (_, k) => (k % 2 ? -2 : 1)),
};

test("of several classes it is the mean size of each, and over all of them", () => {
  expect(summaryOfRows(explainer(1), matrix)).toEqual({
    ...{ rows: 100, margin: "score" },
    features: [
      { feature: "a", value: 2 },
      { feature: "b", value: 4 },
    ],
    classes: [
      [
        { feature: "a", value: 1 },
        { feature: "b", value: 2 },
      ],
      [
        { feature: "a", value: 3 },
        { feature: "b", value: 6 },
      ],
    ],
  });
});

test("of a large model fewer rows are explained, by its size alone", () => {
  expect(summaryOfRows(explainer(1e6), matrix)!.rows).toBe(40);
  expect(summaryOfRows(explainer(1e9), matrix)!.rows).toBe(20);
});

test("what was stored joins the importances by name, and makes them where there are no others", () => {
  const content = { features: [{ feature: "b", meanAbsolute: 2, byClass: [1, 3] }, { feature: 7 }, null] };
  const shap = { shap: 2, shapByClass: [1, 3] };
  const none = { shap: null, shapByClass: null };
  const own = { feature: "a", permutation: 1, gain: null, ...none };
  expect(withShap([own], content)).toEqual([own, { feature: "b", permutation: null, gain: null, ...shap }]);
  expect(withShap([own], "broken")).toEqual([own]);
});
