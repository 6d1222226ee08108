import { describe, expect, it } from "vitest";
import { trainingDataSha256 } from "../../src/training/data-hash.js";
import { foldRows, keyStarts, splitByKey, splitByTime } from "../../src/training/panel.js";
import { train } from "../../src/training/pipeline.js";
import { tasks } from "../../src/training/tasks/registry.js";
import { TrainingDataBuilder } from "../../src/training/training-data.js";
import type { TrainingData } from "../../src/training/types.js";
import { MIXED_FEATURES, mixedRows, uniform } from "./tables.js";

const NAMES = ["2024-01-31", "2024-02-29", "2024-03-31"];
const SILENT = () => {};

/** Of 400 users, each on some of three dates; what they are like and whether they leave is the same on each. */
function panel(users = 400): TrainingData {
  const builder = new TrainingDataBuilder(MIXED_FEATURES, 1, undefined, NAMES);
  const rows = mixedRows(users);
  for (const date of NAMES.keys())
    for (const [user, { key, label, values }] of rows.entries())
      if (uniform(user, 100 + date) < 0.8 || date === 2) builder.add(key, label, values, date);
  return builder.finish();
}

const keysOf = (data: TrainingData, rows: Uint32Array) => new Set(Array.from(rows, (row) => data.keys[row]!));

describe("a panel", () => {
  const data = panel();
  const binary = tasks.get("BINARY");

  it("keeps all rows of a key on one side of the split, and has every row once", () => {
    const { train, test } = splitByKey(binary, data, 0.25, 1);
    const [trained, heldOut] = [keysOf(data, train), keysOf(data, test)];
    expect([...heldOut].filter((key) => trained.has(key))).toEqual([]);
    expect([...train, ...test].sort((a, b) => a - b)).toEqual(data.keys.map((_, row) => row));
    const positives = mixedRows(400).filter(({ label }) => label).length;
    expect(heldOut.size).toBe(Math.round(positives / 4) + Math.round((400 - positives) / 4));
  });

  it("splits keys as a table of their newest date alone is split", () => {
    const newest = { ...data, rows: [...data.keys.keys()].filter((row) => data.dates!.of[row] === 2) };
    const alone = splitByKey(
      binary,
      {
        keys: newest.rows.map((row) => data.keys[row]!),
        labels: Uint8Array.from(newest.rows, (row) => data.labels[row]!),
      },
      0.25,
      7,
    );
    const all = splitByKey(binary, data, 0.25, 7);
    const names = newest.rows.map((row) => data.keys[row]!);
    expect(keysOf(data, all.test)).toEqual(new Set(Array.from(alone.test, (row) => names[row]!)));
  });

  it.each([null, 4])("keeps all rows of a key in one fold (%s)", (asked) => {
    const { train } = splitByKey(binary, data, 0.25, 1);
    const starts = keyStarts(data, train)!;
    const labels = Uint8Array.from(train, (row) => data.labels[row]!);
    const folds = foldRows(binary, labels, starts, asked);
    expect(folds).toHaveLength(asked ?? 5);
    for (const { fit, validate } of folds) {
      const names = (rows: Uint32Array) =>
        keysOf(
          data,
          rows.map((row) => train[row]!),
        );
      const fitted = names(fit);
      expect([...names(validate)].filter((key) => fitted.has(key))).toEqual([]);
      expect(fit.length + validate.length).toBe(train.length);
    }
  });

  it.each(["LOGISTIC_REGRESSION", "GRADIENT_BOOSTING"])(
    "is refused where one key alone has a label, which folds of keys cannot learn (%s)",
    (algorithm) => {
      const builder = new TrainingDataBuilder([{ name: "x", kind: "numeric" }], 1, undefined, NAMES);
      for (const date of NAMES.keys())
        for (let user = 0; user < 60; user++) builder.add(`user-${user}`, user < 2, [uniform(user, 1)], date);
      const options = { algorithm, seed: 1, testFraction: 0.5, params: {} };
      expect(() => train(builder.finish(), options, SILENT)).toThrow(
        /^the 90 training rows are of 30 keys, and those of one label of too few: .* train on more keys, or on one date$/,
      );
    },
  );

  it("is judged by a forest on keys that a tree has not seen, and not by their other dates", () => {
    // Whoever knows a user of one date by heart knows the user's label of the others; labels follow from nothing else.
    const builder = new TrainingDataBuilder([{ name: "x", kind: "numeric" }], 1, undefined, NAMES);
    for (const date of NAMES.keys())
      for (let user = 0; user < 300; user++)
        builder.add(`user-${user}`, uniform(user, 2) < 0.5, [uniform(user, 1)], date);
    const params = { trees: 50, max_leaves: 256, min_leaf_rows: 1 };
    const options = { algorithm: "RANDOM_FOREST", seed: 1, testFraction: 0.25, params };
    const { metrics } = train(builder.finish(), options, SILENT);
    expect(metrics.validation_auc).toBeLessThan(0.65);
    expect(metrics.auc).toBeLessThan(0.65);
  });

  it.each(["GRADIENT_BOOSTING", "RANDOM_FOREST", "LOGISTIC_REGRESSION"])(
    "is learnt by %s, the same bytes each time",
    (algorithm) => {
      const params = algorithm === "LOGISTIC_REGRESSION" ? {} : { trees: 20 };
      const options = { algorithm, seed: 3, testFraction: 0.25, params, folds: 3 };
      const [one, again] = [train(panel(), options, SILENT), train(panel(), options, SILENT)];
      expect(again.sha256).toBe(one.sha256);
      expect(one.metrics.rows).toBe(data.keys.length);
      expect(one.metrics.auc).toBeGreaterThan(0.7);
      expect(one.heldOut.rows).toBe(one.metrics.test_rows);
    },
  );

  it("has another hash for rows of other dates", async () => {
    const moved = { ...data, dates: { names: data.dates!.names, of: data.dates!.of.slice() } };
    moved.dates.of[0] = 1;
    expect(await trainingDataSha256(moved)).not.toBe(await trainingDataSha256(data));
  });

  it("is refused where a key has two rows on one date", () => {
    const builder = new TrainingDataBuilder(MIXED_FEATURES, 1, undefined, NAMES);
    for (const date of [0, 1, 1])
      for (const { key, label, values } of mixedRows(20)) builder.add(key, label, values, date);
    const options = { algorithm: "LOGISTIC_REGRESSION", seed: 1, testFraction: 0.25, params: {} };
    expect(() => train(builder.finish(), options, SILENT)).toThrow(
      'two rows have the key "user-0" on 2024-02-29; train on one row per key and date',
    );
  });
});

describe("a split by time", () => {
  const data = panel();

  it("trains on the dates before, and holds out every row from the date on", () => {
    const { train: trained, test } = splitByTime(data, "2024-03-31", 1);
    expect(new Set(Array.from(trained, (row) => data.dates!.of[row]!))).toEqual(new Set([0, 1]));
    expect(test.length).toBe(400);
    expect(trained.length + test.length).toBe(data.keys.length);
    expect(keyStarts(data, trained)!.length - 1).toBe(keysOf(data, trained).size);
  });

  it("measures what came after by what was learnt before", () => {
    // The feature says the label until the last date, when it says the opposite.
    const builder = new TrainingDataBuilder([{ name: "x", kind: "numeric" }], 1, undefined, NAMES);
    for (const date of NAMES.keys())
      for (let user = 0; user < 200; user++)
        builder.add(`user-${user}`, date === 2 ? user % 2 === 0 : user % 2 === 1, [user % 2], date);
    const options = { algorithm: "LOGISTIC_REGRESSION", seed: 1, testFraction: 0.25, params: {} };
    const { metrics } = train(builder.finish(), { ...options, heldOutFrom: "2024-03-31" }, SILENT);
    expect(metrics.auc).toBe(0);
    expect(metrics.validation_auc).toBe(1);
    expect(metrics.test_rows).toBe(200);
  });

  it.each(["2024-01-31", "2023-12-31"])("of %s is refused: nothing is before it", (date) => {
    expect(() => splitByTime(data, date, 1)).toThrow(`TrainOptions.heldOutFrom is ${date}`);
  });
});
