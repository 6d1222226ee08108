import { describe, expect, test } from "vitest";
import { Explainer } from "../../../src/training/explain/explainer.js";
import { train } from "../../../src/training/pipeline.js";
import { calibrateModel, scoresOf } from "../../../src/training/tasks/binary/calibrate.js";
import { pooled } from "../../../src/training/tasks/binary/calibrations/isotonic.js";
import { calibrate, fitCalibration } from "../../../src/training/tasks/binary/calibrations/registry.js";
import type { TrainOptions, TrainResult } from "../../../src/training/types.js";
import { type Algorithm, fitTable } from "../fitted.js";
import { maxDifference, scoreOnnx } from "../score-onnx.js";
import { MIXED_FEATURES, mixedRows, tableOf, uniform } from "../tables.js";

/** 150 probabilities twice each, too bold at the low end; scikit-learn 1.9.1 was given the same. */
const probabilities = Float64Array.from({ length: 300 }, (_, k) => (1 + ((k * 37) % 150)) / 151);
const labels = Uint8Array.from(probabilities, (p, k) => (((k * 53) % 101) / 101 < p * p ? 1 : 0));

describe("against scikit-learn", () => {
  const platt = fitCalibration("platt", { labels, probabilities });

  test("Platt's curve is that of the regression on his targets", () => {
    expect(platt.settings).toEqual({
      slope: Math.fround(1.1201045814028925),
      intercept: Math.fround(-1.1144471647693635),
    });
  });

  test("isotonic regression pools the same rows", () => {
    expect(pooled({ labels, probabilities }).map(({ positives, rows }) => positives / rows)).toEqual([
      0.018518518518518517, 0.07142857142857142, 0.08333333333333333, 0.16666666666666666,
      0.30434782608695654, 0.43478260869565216, 0.75, 0.875, 1,
    ]);
  });

  test.each([
    ["as they are", probabilities, [0.17247240618101542, 0.5179377562076417, 0.17000000000000004]],
    [
      "put right",
      calibrate(platt, probabilities),
      [0.13536145665644764, 0.4281378305016934, 0.04470549192608192],
    ],
  ])("Brier score, log-loss and calibration error of probabilities %s", (_, given, [brier, loss, error]) => {
    const scores = scoresOf(labels, given);
    expect(Math.abs(scores.brier / brier! - 1)).toBeLessThan(1e-9);
    expect(Math.abs(scores.log_loss / loss! - 1)).toBeLessThan(1e-9);
    expect(Math.abs(scores.expected_calibration_error / error! - 1)).toBeLessThan(1e-9);
  });
});

describe("an isotonic line", () => {
  test("never falls, and passes through the middle of each block", () => {
    const line = fitCalibration("isotonic", { labels, probabilities });
    const all = calibrate(
      line,
      Float64Array.from({ length: 2001 }, (_, k) => k / 2000),
    );
    for (let k = 1; k < all.length; k++) expect(all[k]!).toBeGreaterThanOrEqual(all[k - 1]!);
    expect(all[0]).toBeGreaterThan(0);
    expect(all.at(-1)).toBeLessThan(1);
    // The last block has no row of label 0: it is one with the block before it.
    const blocks = pooled({ labels, probabilities }).slice(0, -2);
    const middles = Float64Array.from(blocks, ({ given, rows }) => given / rows);
    const shares = blocks.map(({ positives, rows }) => positives / rows);
    expect(maxDifference(calibrate(line, middles), shares)).toBeLessThan(1e-6);
  });

  test("is not led by one row at an end", () => {
    const answers = Float64Array.from({ length: 1000 }, (_, row) => 0.1 + 0.8 * uniform(row, 1));
    const truth = Uint8Array.from(answers, (answer, row) => (uniform(row, 2) < answer ? 1 : 0));
    const [lowest, highest] = [answers.indexOf(Math.min(...answers)), answers.indexOf(Math.max(...answers))];
    [truth[lowest], truth[highest]] = [0, 1];
    const put = calibrate(fitCalibration("isotonic", { labels: truth, probabilities: answers }), answers);
    expect(scoresOf(truth, put).log_loss).toBeLessThan(scoresOf(truth, answers).log_loss);
    expect(put[lowest]).toBeLessThan(0.2);
    expect(put[highest]).toBeGreaterThan(0.8);
  });

  test("of rows that say nothing is level", () => {
    const alike = { labels: Uint8Array.of(0, 1, 1, 0), probabilities: new Float64Array(4).fill(0.7) };
    expect([...calibrate(fitCalibration("isotonic", alike), Float64Array.of(0, 0.7, 1))]).toEqual([
      0.5, 0.5, 0.5,
    ]);
  });
});

test("Platt's curve keeps the order even of a model that ranks the wrong way round", () => {
  const wrong = { labels: labels.map((label) => 1 - label), probabilities };
  const put = calibrate(fitCalibration("platt", wrong), Float64Array.of(0.1, 0.5, 0.9));
  expect(put[0]).toBeLessThan(put[1]!);
  expect(put[1]).toBeLessThan(put[2]!);
});

describe("auto", () => {
  const rows = 4000;
  const honest = Float64Array.from({ length: rows }, (_, row) => uniform(row, 1));
  const happened = Uint8Array.from(honest, (p, row) => (uniform(row, 2) < p ? 1 : 0));
  const asked = (given: Float64Array) =>
    calibrateModel({ labels: happened, probabilities: given }, "auto").record.method;

  test.each<[string, string, (p: number) => number]>([
    ["leaves alone what is right", "none", (p) => p],
    ["takes the curve where odds are shifted", "platt", (p) => p / (p + 4 * (1 - p))],
    ["takes the line where no curve fits", "isotonic", (p) => 0.3 + 0.4 * p ** 6],
  ])("%s", (_, method, distort) => expect(asked(honest.map(distort))).toBe(method));

  test("judges each row by a fit that has not seen it", () => {
    const noise = Float64Array.from({ length: 500 }, (_, row) => uniform(row, 3));
    const truth = Uint8Array.from(noise, (_, row) => (uniform(row, 4) < 0.3 ? 1 : 0));
    const { judged, apply } = calibrateModel({ labels: truth, probabilities: noise }, "isotonic");
    expect(scoresOf(truth, judged.probabilities).log_loss).toBeGreaterThan(
      scoresOf(truth, apply(noise)).log_loss,
    );
  });
});

describe("of a panel", () => {
  /** 120 people, each on 40 dates with the same answer and label: what is learnt of one is known of all his rows. */
  const PEOPLE = 120;
  const DATES = 40;
  const own = Float64Array.from({ length: PEOPLE }, (_, person) => uniform(person, 5));
  const truth = Uint8Array.from(own, (_, person) => (uniform(person, 6) < 0.4 ? 1 : 0));
  const person = Uint32Array.from({ length: PEOPLE * DATES }, (_, row) => Math.floor(row / DATES));
  const panel = {
    labels: Uint8Array.from(person, (key) => truth[key]!),
    probabilities: Float64Array.from(person, (key) => own[key]!),
    rows: Uint32Array.from(person.keys()),
  };
  const lossOf = (keys: Uint32Array | null) =>
    scoresOf(panel.labels, calibrateModel(panel, "isotonic", keys).judged.probabilities).log_loss;

  test("no row is judged by a fit that has seen its key on another date", () => {
    const people = { labels: truth, probabilities: own };
    // A row a person: what the same judgement gives without dates.
    const { judged } = calibrateModel(people, "platt");
    const put = calibrateModel(panel, "platt", person).judged.probabilities;
    for (let key = 0; key < PEOPLE; key++) {
      const rows = put.subarray(key * DATES, (key + 1) * DATES);
      expect(new Set(rows).size).toBe(1);
      expect(Math.abs(rows[0]! - judged.probabilities[key]!)).toBeLessThan(0.02);
    }
    expect(lossOf(person)).toBeGreaterThan(lossOf(null) + 0.02);
  });

  test("auto is not sure of what a few people say often", () => {
    expect(calibrateModel(panel, "auto").record.method).not.toBe("none");
    const shifted = { ...panel, probabilities: panel.probabilities.map((p) => (2 + 96 * p) / 100) };
    const few = Uint32Array.from(person.keys()).filter((row) => person[row]! < 12);
    const alone = {
      labels: few.map((row) => shifted.labels[row]!),
      probabilities: Float64Array.from(few, (row) => shifted.probabilities[row]!),
      rows: few,
    };
    const asked = { ...alone, labels: Uint8Array.from(alone.labels) };
    expect(calibrateModel(asked, "auto", person).record.method).toBe("none");
  });
});

const data = tableOf(MIXED_FEATURES, mixedRows(2500));
const PARAMS = {
  GRADIENT_BOOSTING: { trees: 30 },
  RANDOM_FOREST: { trees: 40 },
  LOGISTIC_REGRESSION: { class_weight: 20 },
};
const ALGORITHMS = Object.keys(PARAMS) as Algorithm[];
const run = (algorithm: Algorithm, more: Partial<TrainOptions> = {}): TrainResult =>
  train(data, { algorithm, seed: 5, testFraction: 0.25, params: PARAMS[algorithm], ...more }, () => {});
const reportOf = ({ reports }: TrainResult) =>
  JSON.parse(reports.find(({ name }) => name === "decision.json")!.json);

describe.each(ALGORITHMS)("a calibrated file of %s", (algorithm) => {
  test.each(["platt", "isotonic"] as const)("answers as the trainer does: %s", async (method) => {
    const { model, onnx, matrix } = fitTable(data, algorithm, PARAMS[algorithm], 1500);
    const given = model.predict(matrix);
    const calibration = calibrateModel({ labels: data.labels, probabilities: given }, method);
    const own = calibration.apply(given);
    expect(maxDifference(own, given)).toBeGreaterThan(0.01);
    expect(maxDifference(own, await scoreOnnx(calibration.extend(onnx), data))).toBeLessThanOrEqual(1e-5);
  });

  test("comes out the same each time, and as without where nothing is put right", () => {
    const plain = run(algorithm);
    expect(run(algorithm, { calibration: "none" }).sha256).toBe(plain.sha256);
    const put = run(algorithm, { calibration: "isotonic" });
    expect(put.sha256).not.toBe(plain.sha256);
    expect(run(algorithm, { calibration: "isotonic" }).sha256).toBe(put.sha256);
    const auto = run(algorithm, { calibration: "auto" });
    const { method } = reportOf(auto).calibration;
    expect(auto.sha256 === plain.sha256).toBe(method === "none");
  });

  test("has explanations that add up to what they say they do", async () => {
    for (const method of ["platt", "isotonic"] as const) {
      const { onnx } = run(algorithm, { calibration: method });
      const plain = run(algorithm).onnx;
      const explainer = Explainer.read(onnx)!;
      const isForest = algorithm === "RANDOM_FOREST";
      expect(explainer.margin).toBe(
        isForest ? "uncalibrated_probability" : method === "platt" ? "log_odds" : "uncalibrated_log_odds",
      );
      const row = { age: 44, plan: "plus", spend: 12, senior: false, city: "city-3" };
      const { baseValue, contributions } = explainer.explain(row);
      const sum = contributions.reduce((total, { contribution }) => total + contribution, baseValue);
      const answer = isForest ? sum : 1 / (1 + Math.exp(-sum));
      const one = tableOf(MIXED_FEATURES, [{ key: "one", label: false, values: Object.values(row) }]);
      const file = explainer.margin === "log_odds" ? onnx : plain;
      expect(maxDifference(await scoreOnnx(file, one), [answer])).toBeLessThan(1e-6);
    }
  });
});

describe("weights that distort probabilities", () => {
  const plain = run("LOGISTIC_REGRESSION");
  const put = run("LOGISTIC_REGRESSION", { calibration: "auto" });

  test("are put right on the held-out rows", () => {
    const { calibration, uncalibrated } = reportOf(put);
    expect(calibration).toMatchObject({ asked: "auto", method: "platt" });
    expect(uncalibrated.brier).toBe(plain.metrics.brier);
    expect(put.metrics.brier).toBeLessThan(plain.metrics.brier! * 0.9);
    expect(put.metrics.expected_calibration_error).toBeLessThan(
      plain.metrics.expected_calibration_error! / 2,
    );
    expect(put.metrics.auc).toBeCloseTo(plain.metrics.auc!, 12);
  });

  test("and each fold of the training rows is put right by itself", () => {
    const folds = run("LOGISTIC_REGRESSION", { calibration: "platt", folds: 3 });
    const before = run("LOGISTIC_REGRESSION", { folds: 3 });
    expect(folds.metrics.cv_brier_mean).toBeLessThan(before.metrics.cv_brier_mean!);
  });
});

test("a report says what the threshold makes of the rows it was chosen on", () => {
  const result = run("GRADIENT_BOOSTING", { decision: { kind: "recall", target: 0.9 } });
  const { decision, threshold, outOfFold, calibration, uncalibrated } = reportOf(result);
  expect(decision).toEqual({ kind: "recall", target: 0.9 });
  expect(threshold).toBe(result.threshold);
  expect(outOfFold.rows).toBe(1875);
  expect(outOfFold.recall).toBeGreaterThanOrEqual(0.9);
  expect(outOfFold.recall).toBeLessThan(0.92);
  expect([calibration.method, uncalibrated]).toEqual(["none", null]);
});
