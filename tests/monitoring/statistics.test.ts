import { describe, expect, it } from "vitest";
import { stabilityIndex } from "../../src/features/stability-index.js";
import {
  chiSquareP,
  chiSquareTest,
  holm,
  kolmogorovSmirnovP,
  logGamma,
} from "../../src/monitoring/statistics.js";

describe("the chi-square distribution", () => {
  // Upper quantiles from printed tables (Abramowitz & Stegun, table 26.8).
  it.each([
    [3.841_458_8, 1, 0.05],
    [6.634_896_6, 1, 0.01],
    [5.991_464_5, 2, 0.05],
    [18.307_038, 10, 0.05],
    [124.342_11, 100, 0.05],
    [0.454_936_4, 1, 0.5],
  ])("P(X >= %f) with %i degrees of freedom is %f", (x, k, p) => {
    expect(chiSquareP(x, k)).toBeCloseTo(p, 7);
  });

  it("with 2 degrees of freedom is exp(-x / 2) from end to end", () => {
    for (const x of [1e-6, 0.1, 1, 2, 4, 10, 50, 200]) {
      expect(chiSquareP(x, 2) / Math.exp(-x / 2)).toBeCloseTo(1, 12);
    }
  });

  it("rests on ln Γ, which is ln of the factorial", () => {
    expect(logGamma(1)).toBeCloseTo(0, 12);
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 12);
    expect(logGamma(11)).toBeCloseTo(Math.log(3_628_800), 11);
  });
});

describe("the chi-square test", () => {
  it("gives the statistic worked out by hand", () => {
    // Expected 15 and 35 on both sides: 4 cells of 25/15, 25/35 twice each.
    const { statistic, degreesOfFreedom } = chiSquareTest([
      { before: 10, after: 20 },
      { before: 40, after: 30 },
    ]);
    expect(statistic).toBeCloseTo(2 * (25 / 15) + 2 * (25 / 35), 12);
    expect(degreesOfFreedom).toBe(1);
  });

  it("takes values too rare to be trusted together", () => {
    const rare = Array.from({ length: 30 }, () => ({ before: 1, after: 0 }));
    const { degreesOfFreedom } = chiSquareTest([{ before: 500, after: 500 }, ...rare]);
    expect(degreesOfFreedom).toBe(1);
  });

  it("finds no difference where there is only one value, or no row on a side", () => {
    expect(chiSquareTest([{ before: 10, after: 99 }]).pValue).toBe(1);
    expect(
      chiSquareTest([
        { before: 10, after: 0 },
        { before: 5, after: 0 },
      ]).pValue,
    ).toBe(1);
  });
});

describe("the Kolmogorov–Smirnov p-value", () => {
  // Kolmogorov's limit: the 5 % point of sqrt(nm / (n + m)) D is 1.3581, the 1 % point 1.6276.
  it.each([
    [1.3581, 0.05],
    [1.6276, 0.01],
    [0.8276, 0.5],
  ])("of a scaled distance of %f is %f in the limit", (scaled, p) => {
    const n = 1e9;
    expect(kolmogorovSmirnovP(scaled / Math.sqrt(n / 2), n, n)).toBeCloseTo(p, 4);
  });

  it("is 1 for no distance and nearly 0 for the greatest", () => {
    expect(kolmogorovSmirnovP(0, 100, 100)).toBe(1);
    expect(kolmogorovSmirnovP(1, 100, 100)).toBeLessThan(1e-40);
  });
});

describe("the population stability index", () => {
  it("is Σ (q − p) ln(q / p)", () => {
    const psi = stabilityIndex([
      { before: 50, after: 30 },
      { before: 50, after: 70 },
    ]);
    expect(psi).toBeCloseTo(-0.2 * Math.log(0.6) + 0.2 * Math.log(1.4), 12);
  });

  it("takes an empty bucket as half a row, and is null without rows on a side", () => {
    expect(
      stabilityIndex([
        { before: 100, after: 0 },
        { before: 0, after: 100 },
      ]),
    ).toBeCloseTo(2 * 0.995 * Math.log(200), 9);
    expect(stabilityIndex([{ before: 3, after: 0 }])).toBeNull();
  });
});

describe("Holm's correction", () => {
  it.each([
    [
      [0.01, 0.04, 0.03],
      [true, false, false],
    ],
    [
      [0.01, 0.02, 0.04],
      [true, true, true],
    ],
    [
      [0.2, 0.001],
      [false, true],
    ],
    [[], []],
  ])("of %j rejects %j at 0.05", (pValues, rejected) => {
    expect(holm(pValues, 0.05)).toEqual(rejected);
  });
});
