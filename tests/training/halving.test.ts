import { describe, expect, test } from "vitest";
import { bestOfRung, rungShares, survivors } from "../../src/training/halving.js";
import { outOfFoldName } from "../../src/training/out-of-fold-metrics.js";
import { shareOfRows, splitByKey, splitByTime, trainableRows } from "../../src/training/panel.js";
import { train } from "../../src/training/pipeline.js";
import { tasks } from "../../src/training/tasks/registry.js";
import { TrainingDataBuilder } from "../../src/training/training-data.js";
import { CLASSES, classTable, MULTICLASS_OPTIONS } from "./multiclass/classes.js";
import { REGRESSION_OPTIONS, valueTable } from "./regression/values.js";
import { MIXED_FEATURES, mixedRows, tableOf, uniform } from "./tables.js";

describe("rungs", () => {
  test.each([
    [180, 20, [1]],
    [5_277, 20, [1 / 3, 1]],
    [5_277, 2, [1]],
    [9_000, 20, [1 / 9, 1 / 3, 1]],
    [1_000_000, 8, [1 / 3, 1]],
    [1_000_000, 200, [1 / 81, 1 / 27, 1 / 9, 1 / 3, 1]],
  ])("of %i training rows and %i trials are %j", (rows, trials, shares) =>
    expect(rungShares(rows, trials)).toEqual(shares),
  );
});

describe("who goes on", () => {
  const rung = (...values: (number | null)[]) => values.map((value, k) => ({ number: k + 1, value }));

  test.each<[string, (number | null)[], "higher" | "lower", number[]]>([
    ["a third, the best first, and the defaults", [0.1, 0.5, 0.9, 0.3, 0.8, 0.2], "higher", [3, 5, 1]],
    ["of a loss the least", [0.9, 0.5, 0.1], "lower", [3, 1]],
    ["of equal ones the first", [0.5, 0.5, 0.5, 0.5], "higher", [1, 2]],
    ["nobody without a value", [null, 0.2, null], "higher", [2]],
    ["nobody at all", [null, null], "higher", []],
  ])("%s", (_, values, better, numbers) => expect(survivors(rung(...values), { better })).toEqual(numbers));

  test("the best is the first of equal ones", () => {
    expect(bestOfRung(rung(null, 0.3, 0.1, 0.1), { better: "lower" })?.number).toBe(3);
    expect(bestOfRung(rung(null), { better: "lower" })).toBeNull();
  });
});

test("a share of the training rows is judged out of fold on itself, and the rows held out are the same", () => {
  const data = tableOf(MIXED_FEATURES, mixedRows(900));
  const fitWith = (more: object) =>
    train(
      data,
      { algorithm: "LOGISTIC_REGRESSION", seed: 2, testFraction: 0.25, params: {}, ...more },
      () => {},
    );
  const [whole, part] = [fitWith({}), fitWith({ share: 1 / 3, reports: false })];
  const positives = data.labels.filter((label) => label === 1).length;
  const thirds = [positives, 900 - positives].map((rows) => Math.ceil((rows - Math.round(rows / 4)) / 3));
  expect(part.metrics).toMatchObject({
    train_rows: thirds[0]! + thirds[1]!,
    test_rows: whole.metrics.test_rows,
  });
  expect(part.heldOut).toEqual(whole.heldOut);
  expect([part.reports, part.sha256 === whole.sha256]).toEqual([[], false]);
  expect(fitWith({ share: 1 }).sha256).toBe(whole.sha256);
  expect(fitWith({ reports: false }).sha256).toBe(whole.sha256);
});

describe.each([
  ["MULTICLASS", MULTICLASS_OPTIONS, classTable(600), "LOGISTIC_REGRESSION"],
  ["REGRESSION", REGRESSION_OPTIONS, valueTable(600), "LINEAR_REGRESSION"],
] as const)("a share of the rows of %s", (task, options, data, algorithm) => {
  test("is a third of them, judged by each metric that a search takes", () => {
    const { metrics } = train(
      data,
      { ...options, algorithm, params: {}, share: 1 / 3, reports: false },
      () => {},
    );
    expect(metrics.train_rows! / 450).toBeCloseTo(1 / 3, 1);
    for (const { name } of tasks.get(task).compared)
      expect(metrics[outOfFoldName(name)]).toBeTypeOf("number");
    for (const { name } of tasks.get(task).compared) expect(metrics[outOfFoldName(name)]).not.toBeNaN();
  });
});

test("a share has rows of a rare class, too, which would be too few by their share", () => {
  const common = classTable(900);
  const isRare = (row: number) => row % 100 === 7;
  const builder = new TrainingDataBuilder([{ name: "x", kind: "numeric" }], 900, undefined, [], true);
  for (const [row, key] of common.keys.entries())
    builder.add(key, isRare(row) ? "rare" : CLASSES[common.labels[row]!]!, [uniform(row, 3)]);
  const data = builder.finish();
  const { train: rows } = splitByKey(tasks.get("MULTICLASS"), data, 0.25, 1);
  const rare = (of: Uint32Array) => of.filter(isRare).length;
  expect(rare(rows)).toBe(7);
  const part = shareOfRows(tasks.get("MULTICLASS"), data, rows, 1 / 9);
  expect(rare(part)).toBe(2);
  expect([...part]).toEqual([...rows].filter((row) => part.includes(row)));
  const options = { ...MULTICLASS_OPTIONS, algorithm: "LOGISTIC_REGRESSION", params: {}, share: 1 / 9 };
  expect(train(data, { ...options, reports: false }, () => {}).signature.classes).toContain("rare");
});

test("a share of several dates has all rows of a key or none, and what comes after a date is not counted to it", () => {
  const NAMES = ["2024-01-31", "2024-02-29", "2024-03-31"];
  const builder = new TrainingDataBuilder(MIXED_FEATURES, 1, undefined, NAMES);
  for (const date of NAMES.keys())
    for (const [user, { key, label, values }] of mixedRows(200).entries())
      if (uniform(user, 100 + date) < 0.8) builder.add(key, label, values, date);
  const data = builder.finish();
  const binary = tasks.get("BINARY");
  const byTime = splitByTime(data, NAMES[2]!, 1).train;
  expect(trainableRows(data, { heldOutFrom: NAMES[2]!, testFraction: 0.25 })).toBe(byTime.length);
  expect(trainableRows(data, { testFraction: 0.25 })).toBe(0.75 * data.keys.length);
  for (const rows of [byTime, splitByKey(binary, data, 0.25, 1).train]) {
    const part = shareOfRows(binary, data, rows, 1 / 3);
    const keys = new Set(Array.from(part, (row) => data.keys[row]!));
    expect([...part]).toEqual([...rows].filter((row) => keys.has(data.keys[row]!)));
    const all = new Set(Array.from(rows, (row) => data.keys[row]!)).size;
    expect(Math.abs(keys.size - all / 3)).toBeLessThan(2);
  }
});
