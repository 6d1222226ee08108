import { describe, expect, it } from "vitest";
import { splitByTime } from "../../src/training/panel.js";
import { train } from "../../src/training/pipeline.js";
import { tasks } from "../../src/training/tasks/registry.js";
import { foldsFor, timeFolds } from "../../src/training/time-folds.js";
import { TrainingDataBuilder } from "../../src/training/training-data.js";
import type { TrainingData } from "../../src/training/types.js";
import { MIXED_FEATURES, mixedRows, uniform } from "./tables.js";

const NAMES = ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"];
const HELD_OUT_FROM = NAMES[4]!;
const binary = tasks.get("BINARY");

/** Each date has its own users beside those of all dates. */
function panel(users = 200): TrainingData {
  const builder = new TrainingDataBuilder(MIXED_FEATURES, 1, undefined, NAMES);
  const rows = mixedRows(users);
  for (const date of NAMES.keys())
    for (const [user, { key, label, values }] of rows.entries())
      if (uniform(user, 100 + date) < 0.8) builder.add(key, label, values, date);
  return builder.finish();
}

const data = panel();
const { train: rows } = splitByTime(data, HELD_OUT_FROM, 1);
const labels = Uint8Array.from(rows, (row) => data.labels[row]!);
const datesOf = (places: Uint32Array) =>
  [...new Set(Array.from(places, (place) => NAMES[data.dates!.of[rows[place]!]!]!))].sort();
const foldDates = (of: TrainingData, count: number | null) =>
  timeFolds(binary, of, { rows, labels }, count).map(({ fit, validate }) => [
    datesOf(fit),
    datesOf(validate),
  ]);

describe("folds of a split by time", () => {
  it("learn from the past and are judged by what came after, each date whole", () => {
    const [one, two, three, four] = NAMES as [string, string, string, string, string];
    expect(foldDates(data, null)).toEqual([
      [[one], [two]],
      [[one, two], [three]],
      [[one, two, three], [four]],
    ]);
    expect(foldDates(data, 1)).toEqual([
      [
        [one, two],
        [three, four],
      ],
    ]);
    for (const { fit, validate } of timeFolds(binary, data, { rows, labels }, null)) {
      expect(new Set([...fit, ...validate]).size).toBe(fit.length + validate.length);
      expect([...fit]).toEqual([...fit].sort((a, b) => a - b));
    }
  });

  it("learn no label that came after the day they are judged on", () => {
    const labelsOf = ["2024-03-31", "2024-04-30", "2024-05-31", "2024-06-30", "2024-07-31"];
    const later = { ...data, dates: { ...data.dates!, labelsOf } };
    expect(foldDates(later, null)).toEqual([
      [[NAMES[0]], [NAMES[2]]],
      [[NAMES[0], NAMES[1]], [NAMES[3]]],
    ]);
  });

  it("are of whole keys where there is one date to learn from, or keys are held out", () => {
    const first = rows.filter((row) => data.dates!.of[row] === 0);
    const own = { rows: first, labels: Uint8Array.from(first, (row) => data.labels[row]!), starts: null };
    expect(timeFolds(binary, data, own, null)).toEqual([]);
    expect(foldsFor(binary, data, own, { heldOutFrom: NAMES[1]! }, null)).toHaveLength(5);
    const all = { rows, labels, starts: null };
    expect(foldsFor(binary, data, all, {}, 4)).toHaveLength(4);
    expect(foldsFor(binary, data, all, { heldOutFrom: HELD_OUT_FROM }, 4)).toHaveLength(3);
  });
});

describe.each(["GRADIENT_BOOSTING", "RANDOM_FOREST", "LOGISTIC_REGRESSION"])(
  "%s, split by time",
  (algorithm) => {
    const options = {
      ...{ algorithm, seed: 1, testFraction: 0.25, heldOutFrom: HELD_OUT_FROM, folds: 2 },
      params: algorithm === "LOGISTIC_REGRESSION" ? {} : { trees: 20, min_leaf_rows: 10 },
      calibration: "platt" as const,
    };
    const run = (of: TrainingData) => train(of, options, () => {});
    const result = run(data);
    const reportOf = (name: string) =>
      JSON.parse(result.reports.find((report) => report.name === name)!.json);

    it("chooses threshold and calibration on the dates after those that were learnt from", () => {
      const judged = rows.filter((row) => data.dates!.of[row]! > 0).length;
      expect(reportOf("decision.json").outOfFold.rows).toBe(judged);
      expect(reportOf("cross_validation.json").folds).toHaveLength(2);
    });

    it("gives the same bytes each time, and looks at nothing that is held out", () => {
      expect(run(data).sha256).toBe(result.sha256);
      const changed = {
        ...data,
        labels: data.labels.map((label, row) => (data.dates!.of[row] === 4 ? 1 - label : label)),
      };
      const other = run(changed);
      expect(other.sha256).toBe(result.sha256);
      expect(other.metrics.validation_auc).toBe(result.metrics.validation_auc);
    });
  },
);
