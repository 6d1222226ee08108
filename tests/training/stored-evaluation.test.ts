import { describe, expect, test } from "vitest";
import { binary } from "../../src/training/tasks/binary/binary.task.js";
import type { ModelEvaluation } from "../../src/training/tasks/model-evaluation.js";
import { uniform } from "./tables.js";

/** `levels` distinct probabilities, ties among them. */
function judged(rows: number, levels: number) {
  const answers = Float64Array.from(
    { length: rows },
    (_, row) => (1 + Math.floor(uniform(row, 1) * levels)) / (levels + 1),
  );
  const labels = Uint8Array.from(answers, (answer, row) => (uniform(row, 2) < answer ? 1 : 0));
  return { labels, answers };
}

/** As it is read back: through JSON. */
function stored(labels: Uint8Array, answers: Float64Array, threshold: number): Map<string, unknown> {
  return new Map(
    binary
      .answerReports(labels, answers, { threshold, classes: null })
      .map(({ name, json }) => [name, JSON.parse(json)]),
  );
}
const evaluate = (labels: Uint8Array, answers: Float64Array, threshold: number): ModelEvaluation =>
  binary.storedEvaluation(stored(labels, answers, threshold))!;

/** Row by row, as the definition has it. */
function countedAt(labels: Uint8Array, answers: Float64Array, threshold: number) {
  const count = (label: number, positive: boolean) =>
    labels.reduce(
      (sum, own, row) => sum + Number(own === label && answers[row]! >= threshold === positive),
      0,
    );
  return {
    threshold,
    truePositives: count(1, true),
    falsePositives: count(0, true),
    trueNegatives: count(0, false),
    falseNegatives: count(1, false),
  };
}

/** By pairs: how often a positive row ranks over a negative one. */
function aucByPairs(labels: Uint8Array, answers: Float64Array): number {
  let [pairs, wins] = [0, 0];
  for (let one = 0; one < labels.length; one++) {
    for (let other = 0; other < labels.length; other++) {
      if (!labels[one] || labels[other]) continue;
      pairs++;
      wins += answers[one]! > answers[other]! ? 1 : answers[one] === answers[other] ? 0.5 : 0;
    }
  }
  return wins / pairs;
}

const underneath = (points: { x: number; y: number }[]): number =>
  points.slice(1).reduce((area, { x, y }, k) => area + ((x - points[k]!.x) * (y + points[k]!.y)) / 2, 0);

describe.each([
  // No more levels than a curve has points: nothing is left out of it.
  { rows: 400, levels: 90, tolerance: 1e-9 },
  // 200 of 3 000 levels: trapezoids over longer steps.
  { rows: 5_000, levels: 3_000, tolerance: 2e-4 },
])("the evaluation of $rows rows at $levels probabilities", ({ rows, levels, tolerance }) => {
  const { labels, answers } = judged(rows, levels);
  const threshold = binary.decision!.chooseThreshold({ labels, probabilities: answers }, { kind: "f1" });
  const found = evaluate(labels, answers, threshold);

  test("has the area that counting pairs gives", () => {
    expect(Math.abs(underneath(found.roc!) - aucByPairs(labels, answers))).toBeLessThan(tolerance);
    expect(found.roc![0]).toEqual({ x: 0, y: 0, threshold: null, count: 0 });
    expect(found.roc!.at(-1)).toMatchObject({ x: 1, y: 1, count: rows });
  });

  test("counts at every threshold what a count row by row finds", () => {
    for (const row of found.thresholds!) expect(row).toEqual(countedAt(labels, answers, row.threshold));
    const all = found.thresholds!.map((row) => row.threshold);
    expect(all).toEqual([...new Set(all)].sort((a, b) => a - b));
    expect(all).toContain(threshold);
  });

  test("says of each point how many rows it was measured on", () => {
    for (const { x, y, threshold, count } of [...found.roc!.slice(1), ...found.precisionRecall!]) {
      const called = countedAt(labels, answers, threshold!);
      expect([x, y, count]).toEqual([x, y, called.truePositives + called.falsePositives]);
    }
    expect(found.calibration!.reduce((sum, { count }) => sum + count!, 0)).toBe(rows);
    expect(found.lift!.map(({ count }) => count)).toEqual(
      Array.from({ length: 10 }, (_, k) => Math.round(((k + 1) * rows) / 10)),
    );
    expect(found.lift!.at(-1)).toMatchObject({ x: 1, y: 1 });
  });

  test("is bounded", () => {
    expect(found.rows).toBe(rows);
    expect(found.roc!.length).toBeLessThanOrEqual(200);
    expect(found.precisionRecall!.length).toBeLessThanOrEqual(200);
    expect(found.thresholds!.length).toBeLessThanOrEqual(101);
    expect([found.importances, found.residuals, found.confusion, found.classes]).toEqual([
      [],
      null,
      null,
      null,
    ]);
  });
});

describe("what was stored in part", () => {
  const { labels, answers } = judged(200, 20);
  const files = stored(labels, answers, 0.5);

  test("without a curve has the version's own threshold alone", () => {
    const confusion = new Map([["confusion_matrix.json", files.get("confusion_matrix.json")]]);
    expect(binary.storedEvaluation(confusion)).toEqual({
      rows: 200,
      ...{ roc: null, precisionRecall: null, calibration: null, lift: null },
      ...{ uncalibrated: null, decision: null },
      thresholds: [countedAt(labels, answers, 0.5)],
      ...{ importances: [], residuals: null, confusion: null, classes: null, perClass: null },
    });
  });

  test.each([
    ["nothing", new Map()],
    ["no confusion matrix", new Map([["roc_curve.json", []]])],
    ["a confusion matrix of texts", new Map([["confusion_matrix.json", { threshold: "0.5" }]])],
  ])("with %s is none", (_, some) => {
    expect(binary.storedEvaluation(some)).toBeNull();
  });

  test("leaves out a curve whose points are not as they are written today", () => {
    const other = new Map([...files, ["roc_curve.json", [{ fpr: 0, tpr: 0 }]], ["lift_table.json", "?"]]);
    expect(binary.storedEvaluation(other)).toMatchObject({ roc: null, lift: null, rows: 200 });
    expect(binary.storedEvaluation(other)!.precisionRecall).toHaveLength(20);
  });

  test("takes importances by permutation first, by gain where that was not measured", () => {
    const of = (content: unknown) =>
      binary.storedEvaluation(new Map([...files, ["feature_importance.json", content]]))!.importances;
    const permutation = {
      features: [
        { feature: "fee", auc: { mean: 0.01 } },
        { feature: "plan", auc: { mean: 0.2 } },
      ],
    };
    const unexplained = { shap: null, shapByClass: null };
    const gain = { kind: "gain", features: [{ feature: "fee", value: 0.75 }] };
    expect(of({ permutation, model: [{ kind: "coefficient", features: [] }, gain] })).toEqual([
      { feature: "plan", permutation: 0.2, gain: null, ...unexplained },
      { feature: "fee", permutation: 0.01, gain: 0.75, ...unexplained },
    ]);
    expect(of({ model: [gain] })).toEqual([
      { feature: "fee", permutation: null, gain: 0.75, ...unexplained },
    ]);
    expect(of([])).toEqual([]);
  });
});
