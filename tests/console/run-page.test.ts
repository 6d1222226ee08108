import { describe, expect, it, test } from "vitest";
import { csvRows, viewOf } from "../../console/src/pages/run/artifact-view.js";
import { linesOf } from "../../console/src/pages/run/lines.js";
import { paceOf } from "../../console/src/pages/run/pace.js";
import {
  comparisonResult,
  lateDates,
  reproductionResult,
  searchResult,
} from "../../console/src/pages/run/results.js";
import { datesIn, leftOutIn } from "../../console/src/pages/run/training-dates.js";

describe("how fast a step goes, and how long it will take", () => {
  test.each([
    [
      "at the rate that it reports",
      { progress: 0.5, data: { done: 300, total: 600, unit: "trees", ratePerSecond: 60 } },
      { rate: "60 trees/s", leftMs: 5_000 },
    ],
    [
      "at the share that is done, where it reports rows only",
      { progress: 0.25, data: { rowsPerSecond: 1_234_567 } },
      { rate: "1,230,000 rows/s", leftMs: 6_000 },
    ],
    ["by the share alone", { progress: 0.5, data: null }, { rate: null, leftMs: 2_000 }],
    ["not before a hundredth is done", { progress: 0.001, data: null }, { rate: null, leftMs: null }],
    ["not without a share", { progress: null, data: "text" }, { rate: null, leftMs: null }],
  ])("%s", (_, event, pace) => expect(paceOf(event, 2_000)).toEqual(pace));
});

describe("the dates of a training set", () => {
  const dated = (...dates: string[]) => dates.map((asOf) => ({ asOf }));
  test.each([
    ["one is said elsewhere", { dates: dated("2024-01-31") }, null],
    ["of a panel", { dates: dated("2024-01-31", "2024-02-29") }, "2: 2024-01-31, 2024-02-29"],
    ["of an export", { months: dated("2024-01-31", "2024-02-29") }, "2: 2024-01-31, 2024-02-29"],
    ["of many the ends", { dates: dated("a", "b", "c", "d", "e", "f", "g") }, "7: a, b, …, f, g"],
    ["nothing of other runs", {}, null],
  ])("%s", (_, params, said) => expect(datesIn(params)).toBe(said));

  it("that were left out have their reasons", () => {
    expect(
      leftOutIn({ leftOutDates: [{ asOf: "2024-03-31", reason: "no labels were delivered for it" }] }),
    ).toBe("2024-03-31: no labels were delivered for it");
    expect(leftOutIn({})).toBeNull();
  });
});

describe("the lines that a delivery failed on", () => {
  const check = {
    source: "users",
    file: "users.csv",
    column: "age",
    expectation: "between",
    success: false,
    severity: "ERROR" as const,
    rule: "must be at least 0",
    unexpectedCount: 3,
    sample: [
      { line: 9, key: "u9", value: "-1" },
      { line: 2, key: "u2", value: null },
    ],
  };

  it("are in the order of the files, errors first, and say how many more there are", () => {
    const warning = { ...check, column: "fee", severity: "WARNING" as const, unexpectedCount: 1 };
    const { lines, more } = linesOf([
      { ...warning, sample: [{ line: 1, key: null, value: "x" }] },
      check,
      { ...check, success: true },
    ]);
    expect(lines.map(({ file, line, column, value }) => [file, line, column, value])).toEqual([
      ["users.csv", 2, "age", null],
      ["users.csv", 9, "age", "-1"],
      ["users.csv", 1, "fee", "x"],
    ]);
    expect(more).toBe(1);
  });

  it("are named by the source and the expectation where an early report says no more", () => {
    const { lines } = linesOf([{ ...check, file: null, rule: null }]);
    expect(lines[0]).toMatchObject({ file: "users", rule: "between" });
  });
});

describe("artifacts", () => {
  test.each([
    ["report.html", "text/html; charset=utf-8", 1_000, "html"],
    ["report.html", "text/html", 50_000_000, "download"],
    ["plot.png", "image/png", 1_000, "image"],
    ["plot.png", "image/png", 50_000_000, "download"],
    ["a.json", "application/json", 1_000, "json"],
    ["a.json", "application/octet-stream", 1_000, "json"],
    ["a.csv", "text/csv", 1e9, "csv"],
    ["train.log", "application/octet-stream", 1_000, "text"],
    ["model.onnx", "application/octet-stream", 1_000, "download"],
    ["scan.tiff", "image/tiff", 1_000, "download"],
  ])("%s of %s with %i bytes: %s", (name, mediaType, bytes, view) =>
    expect(viewOf({ name, mediaType, bytes })).toBe(view),
  );

  it("are read as CSV with quotes, and no further than asked for", () => {
    expect(csvRows('a,b\r\n1,"x, ""y""\nz"\n,\n5', 10)).toEqual([
      ["a", "b"],
      ["1", 'x, "y"\nz'],
      ["", ""],
      ["5"],
    ]);
    expect(csvRows("1\n2\n3\n", 2)).toEqual([["1"], ["2"]]);
    expect(csvRows("", 2)).toEqual([]);
  });
});

describe("what runs returned", () => {
  it("is read by kind", () => {
    const differences = [{ what: "seed", original: 1, reproduced: 2 }];
    expect(reproductionResult({ runId: "r", identical: false, differences, environment: [] })).toEqual({
      ...{ runId: "r", identical: false, differences, environment: [] },
    });
    const difference = { observed: 0.02, lower: 0.01, upper: 0.03, confidence: 0.95 };
    const gates = [{ name: "min_auc", passed: true, message: "fine", value: 1 }];
    expect(
      comparisonResult({ decision: "PROMOTED", reason: "won", metric: "auc", difference, gates }),
    ).toEqual({
      ...{ decision: "PROMOTED", reason: "won", metric: "auc", difference },
      gates: [{ name: "min_auc", passed: true, message: "fine" }],
    });
    const trials = [{ runId: "t", number: 1, value: 0.7, problem: null, seconds: 1 }];
    expect(searchResult({ metric: "auc", best: { runId: "t" }, trials })).toEqual({
      ...{ metric: "auc", best: "t" },
      trials: [{ runId: "t", number: 1, value: 0.7, problem: null }],
    });
  });

  test.each([null, 7, {}, [], { identical: "yes" }, { decision: 3 }, { trials: "none" }])(
    "is left out where it is of another shape: %j",
    (result) => {
      expect([reproductionResult(result), comparisonResult(result), searchResult(result)]).toEqual([
        ...[null, null, null],
      ]);
    },
  );

  it("is without an interval where there was nothing to compare with", () => {
    expect(comparisonResult({ decision: "PROMOTED", difference: null })).toMatchObject({ difference: null });
  });
});

describe("late events of an ingest", () => {
  test.each([
    ["by date", { late: [{ asOf: "2024-01-31", lateEvents: 3 }] }, [{ asOf: "2024-01-31", lateEvents: 3 }]],
    ["none where none came late", { unchanged: false }, []],
    ["none of a run without a result", null, []],
  ])("%s", (_, result, dates) => expect(lateDates(result)).toEqual(dates));
});
