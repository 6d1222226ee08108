import { describe, expect, it } from "vitest";
import { axesOf, defaultAxes, scaleOf } from "../../console/src/pages/compare/axes.js";

const of = (name: string, ...values: unknown[]) => ({
  name,
  values,
  differs: new Set(values.map((value) => JSON.stringify(value))).size > 1,
});

describe("the axes of a comparison", () => {
  const axes = axesOf(
    [
      of("algorithm", "A", "A", "B"),
      of("hyperparameters.trees", 10, 20, null),
      of("seed", 1, 2, 3),
      of("testFraction", 0.25, 0.25, 0.25),
      of("snapshot.contentSha256", "a", "b", "c"),
    ],
    [of("brier", 0.1, 0.2, 0.3), of("auc", 0.7, 0.8, 0.9), of("rows", 5, 5, 5)],
  );

  it("are first what differs: numbers that every run has, the metric that most is known by", () => {
    expect(defaultAxes(axes)).toEqual({
      x: "param:seed",
      y: "metric:auc",
      parallel: [
        "param:seed",
        "param:algorithm",
        "param:hyperparameters.trees",
        "metric:auc",
        "metric:brier",
      ],
    });
  });

  it("are metrics alone where no parameter differs, and none where nothing does", () => {
    const metrics = axes.filter(({ kind }) => kind === "metric");
    expect(defaultAxes(metrics)).toMatchObject({ x: "metric:brier", y: "metric:auc" });
    expect(defaultAxes(axes.filter(({ differs }) => !differs))).toEqual({ x: null, y: null, parallel: [] });
  });
});

describe("the places of runs on an axis", () => {
  it("are by size for numbers", () => {
    expect(scaleOf(of("n", 10, 20, null, 15), String)).toEqual({
      places: [0, 1, null, 0.5],
      ticks: [
        { place: 0, label: "10" },
        { place: 1, label: "20" },
      ],
    });
    expect(scaleOf(of("n", 3, 3), String)).toEqual({
      places: [0.5, 0.5],
      ticks: [{ place: 0.5, label: "3" }],
    });
  });

  it("are by name for everything else, numbers and their texts apart from missing ones", () => {
    expect(scaleOf(of("n", "b", 1, null, "a"), String)).toEqual({
      places: [1, 0, null, 0.5],
      ticks: [
        { place: 0, label: "1" },
        { place: 0.5, label: "a" },
        { place: 1, label: "b" },
      ],
    });
    expect(scaleOf(of("n", null, null), String)).toEqual({ places: [null, null], ticks: [] });
  });
});
