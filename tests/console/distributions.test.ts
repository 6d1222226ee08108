import { describe, expect, it } from "vitest";
import { datesOf, spells } from "../../console/src/pages/feature-view/dates.js";
import { freshnessInWords } from "../../console/src/pages/features/freshness-words.js";
import { driftInWords, heatClass, heatOf, type Point } from "../../console/src/pages/features/heat.js";
import {
  barsOf,
  leastWidth,
  OTHER,
  onlyValue,
  outline,
  valuesTogether,
} from "../../console/src/parts/bins.js";

describe("histograms on one scale", () => {
  it("compare by share and width, not by count", () => {
    const few = barsOf(
      [
        { from: 0, to: 1, count: 1 },
        { from: 1, to: 3, count: 3 },
      ],
      1,
    );
    expect(few).toEqual([
      { from: 0, to: 1, share: 0.25, density: 0.25 },
      { from: 1, to: 3, share: 0.75, density: 0.375 },
    ]);
    expect(outline(few)).toEqual([
      { x: 0, y: 0 },
      { x: 0, y: 0.25 },
      { x: 1, y: 0.25 },
      { x: 1, y: 0.375 },
      { x: 3, y: 0.375 },
      { x: 3, y: 0 },
    ]);
    expect(outline([])).toEqual([]);
  });

  it("draw a single value as wide as can be seen", () => {
    const one = [{ from: 5, to: 5, count: 9 }];
    expect(leastWidth([one])).toBe(1);
    expect(leastWidth([one, [{ from: 0, to: 40, count: 1 }]])).toBe(1);
    expect(leastWidth([[{ from: 0, to: 4, count: 1 }]])).toBe(0.1);
    expect(onlyValue([one, one])).toBe(5);
    expect(onlyValue([one, [{ from: 5, to: 6, count: 1 }]])).toBeNull();
    expect(onlyValue([])).toBeNull();
    expect(barsOf(one, 2)).toEqual([{ from: 4, to: 6, share: 1, density: 0.5 }]);
  });
});

describe("commonest values of several snapshots", () => {
  const counted = (values: Record<string, number>, other = 0) => [
    ...Object.entries(values).map(([value, count]) => ({ value, count, other: false })),
    ...(other > 0 ? [{ value: null, count: other, other: true }] : []),
  ];

  it("are listed in the order of all of them, with a share of 0 where one has none", () => {
    const { names, shares } = valuesTogether([counted({ a: 3, b: 1 }), counted({ b: 4, c: 1 })], 9);
    expect(names).toEqual(["b", "a", "c"]);
    expect(shares.map((of) => names.map((name) => of.get(name) ?? 0))).toEqual([
      [0.25, 0.75, 0],
      [0.8, 0, 0.2],
    ]);
  });

  it("beyond the most are one, with those that the profile does not list", () => {
    const { names, shares } = valuesTogether([counted({ a: 5, b: 3, c: 1 }, 1)], 2);
    expect(names).toEqual(["a", "b", OTHER]);
    expect(shares[0]!.get(OTHER)).toBeCloseTo(0.2, 12);
  });
});

describe("the heat map", () => {
  const point = (asOf: string, feature: string, psi: number | null, more: Partial<Point> = {}): Point => ({
    ...{ asOf, against: "2024-01-31", feature, psi },
    ...{ drifted: false, pending: false, ...more },
  });
  const heat = heatOf([
    point("2024-01-31", "fee", 0),
    point("2024-01-31", "hours", 0),
    point("2024-01-31", "skips", null),
    point("2024-02-29", "fee", 0.01),
    point("2024-02-29", "hours", 0.4, { drifted: true }),
    point("2024-02-29", "skips", null, { pending: true }),
  ]);

  it("has what drifted last and most first, and says so", () => {
    expect(heat.dates).toEqual(["2024-01-31", "2024-02-29"]);
    expect(heat.rows.map(({ feature, cells }) => [feature, ...cells.map((cell) => cell?.psi)])).toEqual([
      ["hours", 0, 0.4],
      ["fee", 0, 0.01],
      ["skips", null, null],
    ]);
    expect(heat.pending).toBe(1);
    expect(driftInWords(heat)).toBe("1 of 3 features drifted in the snapshot of 2024-02-29: hours.");
  });

  it.each([
    [0, 0],
    [0.0199, 0],
    [0.02, 1],
    [0.1, 2],
    [0.25, 3],
    [0.5, 4],
    [99, 4],
  ])("colours a PSI of %d by class %d", (psi, level) => {
    expect(heatClass(psi)).toBe(level);
  });
});

it.each([
  [{ ttlSeconds: null, freshness: null }, "gray", "Not materialized yet"],
  [{ ttlSeconds: null, freshness: { ageSeconds: 3 * 86_400 } }, "gray", "3 days old; does not expire"],
  [
    { ttlSeconds: 30 * 86_400, freshness: { ageSeconds: 3 * 86_400 } },
    "green",
    "Fresh: 3 days old, 10 % of its time",
  ],
  [
    { ttlSeconds: 30 * 86_400, freshness: { ageSeconds: 27 * 86_400 } },
    "orange",
    "Runs out: 27 days old, 90 % of its time",
  ],
  [
    { ttlSeconds: 30 * 86_400, freshness: { ageSeconds: 31 * 86_400 } },
    "red",
    "Expired: 31 days old, not served",
  ],
])("what is stale is said of a view: %j", (view, color, words) => {
  expect(freshnessInWords(view)).toEqual({ color, words });
});

it("missing values are said once for dates in a row that have the same share", () => {
  const of = (asOf: string, share: string) => ({ asOf, share });
  expect(spells([of("2024-01-31", "0 %"), of("2024-02-29", "0 %"), of("2024-03-31", "9 %")])).toBe(
    "2024-01-31 to 2024-02-29: 0 %; 2024-03-31: 9 %",
  );
  expect(spells([of("2024-01-31", "1 %"), of("2024-02-29", "1 %")])).toBe("1 % in all 2 snapshots");
  expect(spells([of("2024-01-31", "1 %")])).toBe("2024-01-31: 1 %");
});

it("of each date the newest revision that holds is shown, the newest date first", () => {
  const snapshots = [
    { asOf: "2024-02-29", revision: 3, state: "WITHDRAWN" },
    { asOf: "2024-02-29", revision: 2, state: "PUBLISHED" },
    { asOf: "2024-03-31", revision: 1, state: "WITHDRAWN" },
    { asOf: "2024-01-31", revision: 1, state: "DROPPED" },
    { asOf: "2024-02-29", revision: 1, state: "PUBLISHED" },
  ];
  expect(datesOf(snapshots).map(({ asOf, revision }) => `${asOf} ${revision}`)).toEqual([
    "2024-02-29 2",
    "2024-01-31 1",
  ]);
});
