import { describe, expect, test } from "vitest";
import type { FitInput, Fitted } from "../../../src/training/learner.js";
import { fitOf } from "../../../src/training/learners/registry.js";
import { gatherMatrix, learnColumns } from "../../../src/training/matrix.js";
import { resolveParams } from "../../../src/training/params.js";
import { train } from "../../../src/training/pipeline.js";
import type { Labels } from "../../../src/training/tasks/labels.js";
import { tasks } from "../../../src/training/tasks/registry.js";
import type { Part } from "../../../src/training/threads/part.js";
import { SOLO, type Team } from "../../../src/training/threads/team.js";
import type { TrainingData } from "../../../src/training/types.js";
import { classTable } from "../multiclass/classes.js";
import { valueTable } from "../regression/values.js";
import { MIXED_FEATURES, mixedRows, tableOf, uniform } from "../tables.js";

const ROWS = 400;
const data = {
  BINARY: coarse(tableOf(MIXED_FEATURES, mixedRows(ROWS))),
  REGRESSION: coarse(valueTable(ROWS)),
  MULTICLASS: coarse(classTable(ROWS)),
} as const;
type TaskName = keyof typeof data;
/**
 * Few values, each of many rows: bins are of rows, not of what they weigh, and least rows of a leaf a share of its hessian, which
 * copies of a row do not change.
 */
function coarse<L extends Labels>(table: TrainingData<L>): TrainingData<L> {
  const numeric = table.numeric.map((value, k) =>
    k % 3 === 0 ? Math.round(value / 15) : k % 3 === 1 ? Math.floor(Math.log10(value) / 2) : value,
  );
  const [plan, city] = table.categorical;
  const codes = city!.codes.map((code) => code % 3);
  return { ...table, numeric, categorical: [plan!, { codes, vocabulary: city!.vocabulary.slice(0, 3) }] };
}

/** 1, 2 or 3. */
const whole = Float64Array.from({ length: ROWS }, (_, row) => 1 + Math.floor(3 * uniform(row, 40)));
const uneven = whole.map((weight, row) => weight * 10 ** (3 * uniform(row, 41) - 2));

/** The learner on rows, each as often as it is listed; a row is in one fold with all its copies. */
function fitted(
  task: TaskName,
  algorithm: string,
  params: object,
  rows: readonly number[],
  weights: Float64Array | null,
  team: Team = SOLO,
): Fitted<unknown, Labels> {
  const table: TrainingData<Labels> = data[task];
  const all = Uint32Array.from(table.keys.keys());
  const columns = learnColumns(table, all);
  const input: FitInput<never, Labels> = {
    matrix: gatherMatrix(table, columns, Uint32Array.from(rows)),
    labels: tasks.get(task).labelArray.from(rows.map((row) => table.labels[row]!)),
    weights,
    classes: table.classes ?? null,
    params: resolveParams(algorithm, params, task) as never,
    seed: 1,
    folds: () =>
      [0, 1].map((fold) => {
        const [validate, fit] = [true, false].map((isIn) =>
          Uint32Array.from(rows.keys()).filter((k) => (rows[k]! % 2 === fold) === isIn),
        );
        return { fit: fit!, validate: validate! };
      }),
    starts: null,
    report: () => {},
    team,
  };
  return fitOf(algorithm, task)(input as never);
}

/** Every thread's part, one after the other in this thread. */
const inTurn = (threads: number): Team => ({
  threads,
  begin(kind, input) {
    const parts = Array.from(
      { length: threads },
      (_, thread): Part => new kind.make(input, { thread, threads }),
    );
    const run = (task: number) => {
      for (const part of parts) part.run(task);
    };
    return { run, end: () => {} };
  },
});

const once = [...whole.keys()];
const often = once.flatMap((row) => Array.from({ length: whole[row]! }, () => row));
const answers = (task: TaskName, { model }: Fitted<unknown, Labels>) => {
  const table: TrainingData<Labels> = data[task];
  const rows = Uint32Array.from(table.keys.keys());
  return model.predict(gatherMatrix(table, learnColumns(table, rows), rows));
};

const BOOSTING = { trees: 12, l2: 0.01, leaves: 4, min_leaf_rows: 1, early_stopping_rounds: 0 };

describe("a row that weighs 2 is the row twice", () => {
  test.each([
    ["BINARY", { linear_start: 0 }],
    ["BINARY", { linear_start: 0, class_weight: "balanced" }],
    ["REGRESSION", {}],
    ["REGRESSION", { loss: "huber" }],
    ["REGRESSION", { loss: "absolute" }],
    ["REGRESSION", { loss: "poisson" }],
    ["REGRESSION", { loss: "tweedie" }],
    ["REGRESSION", { loss: "quantile", quantile: 0.7 }],
    ["MULTICLASS", {}],
    ["MULTICLASS", { class_weight: "balanced" }],
  ] as const)("of boosting: %s %j, curve and all", (task, own) => {
    const params = { ...BOOSTING, ...own };
    const weighed = fitted(task, "GRADIENT_BOOSTING", params, once, whole);
    const copied = fitted(task, "GRADIENT_BOOSTING", params, often, new Float64Array(often.length).fill(1));
    const [one, other] = [answers(task, weighed), answers(task, copied)];
    expect(Math.max(...one.map((answer, k) => Math.abs(answer / other[k]! - 1)))).toBeLessThan(1e-5);
    for (const [k, { value }] of weighed.curve.entries())
      expect(Math.abs(value / copied.curve[k]!.value - 1)).toBeLessThan(1e-5);
  });

  test.each([
    ["BINARY", "LOGISTIC_REGRESSION", {}],
    ["BINARY", "LOGISTIC_REGRESSION", { class_weight: "balanced", l2: 20 }],
    ["MULTICLASS", "LOGISTIC_REGRESSION", { tolerance: 1e-10 }],
    ["MULTICLASS", "LOGISTIC_REGRESSION", { class_weight: { never: 3 }, tolerance: 1e-10 }],
    ["REGRESSION", "LINEAR_REGRESSION", { l2: 7 }],
    ["REGRESSION", "LINEAR_REGRESSION", { l1: 30, l2: 3 }],
  ] as const)("of linear models: %s %s %j", (task, algorithm, params) => {
    const weighed = fitted(task, algorithm, params, once, whole);
    const copied = fitted(task, algorithm, params, often, null);
    const [one, other] = [answers(task, weighed), answers(task, copied)];
    expect(Math.max(...one.map((answer, k) => Math.abs(answer - other[k]!)))).toBeLessThan(
      task === "REGRESSION" ? 1e-4 : 2e-6,
    );
    expect(weighed.curve.at(-1)!.value).toBeCloseTo(copied.curve.at(-1)!.value, 5);
  });
});

test("weights of a class and of a row are multiplied", () => {
  const { labels } = data.BINARY;
  const both = uneven.map((weight, row) => weight * (labels[row] === 1 ? 4 : 1));
  const params = { ...BOOSTING, linear_start: 0 };
  const onnx = (own: object, weights: Float64Array) =>
    Buffer.from(fitted("BINARY", "GRADIENT_BOOSTING", { ...params, ...own }, once, weights).model.toOnnx({}));
  expect(onnx({ class_weight: 4 }, uneven).equals(onnx({}, both))).toBe(true);
  expect(onnx({ class_weight: 4 }, uneven).equals(onnx({}, uneven))).toBe(false);
});

describe.each([
  ["BINARY", "GRADIENT_BOOSTING", { ...BOOSTING, linear_start: 1 }],
  ["BINARY", "RANDOM_FOREST", { trees: 30, min_leaf_rows: 5, class_weight: 2 }],
  ["BINARY", "LOGISTIC_REGRESSION", {}],
  ["REGRESSION", "GRADIENT_BOOSTING", { ...BOOSTING, loss: "absolute", trees: 40, learning_rate: 0.3 }],
  ["REGRESSION", "RANDOM_FOREST", { trees: 30, min_leaf_rows: 5 }],
  ["REGRESSION", "LINEAR_REGRESSION", {}],
  ["MULTICLASS", "GRADIENT_BOOSTING", BOOSTING],
  ["MULTICLASS", "RANDOM_FOREST", { trees: 30, min_leaf_rows: 5, class_weight: "balanced" }],
  ["MULTICLASS", "LOGISTIC_REGRESSION", {}],
] as const)("%s %s of rows that weigh", (task, algorithm, params) => {
  test("has the same bytes and curve on one thread and on three", () => {
    const [one, other] = [SOLO, inTurn(3)].map((team) => fitted(task, algorithm, params, once, uneven, team));
    expect(Buffer.from(one!.model.toOnnx({})).equals(Buffer.from(other!.model.toOnnx({})))).toBe(true);
    expect(other!.curve).toEqual(one!.curve);
    expect(other!.outOfFold).toEqual(one!.outOfFold);
    expect(one!.outOfFold.weights).toHaveLength(one!.outOfFold.labels.length);
  });

  test("goes by them: rows that hardly weigh are hardly learnt", () => {
    const light = whole.map((_, row) => (row % 4 === 0 ? 1 : 1e-4));
    const [weighed, plain] = [
      fitted(task, algorithm, params, once, light),
      fitted(task, algorithm, params, once, null),
    ];
    const heavy = Uint32Array.from(once.filter((row) => row % 4 === 0));
    const of = tasks.get(task);
    // Of yes and no the log-loss, of numbers the mean absolute error.
    const { name, better } = of.compared[{ BINARY: 2, REGRESSION: 1, MULTICLASS: 0 }[task]]!;
    const width = data[task].classes?.length ?? 1;
    const measured = (model: Fitted<unknown, Labels>) => {
      const all = answers(task, model);
      const own = Float64Array.from(
        { length: heavy.length * width },
        (_, k) => all[heavy[Math.floor(k / width)]! * width + (k % width)]!,
      );
      const labels = of.labelArray.from(Array.from(heavy, (row) => data[task].labels[row]!));
      return of.evaluate(labels, own, task === "BINARY" ? 0.5 : null).metrics[name]!;
    };
    const [own, others] = [measured(weighed), measured(plain)];
    expect(better === "lower" ? own < others : own > others).toBe(true);
  });
});

describe("a training of rows that weigh", () => {
  const options = { algorithm: "LOGISTIC_REGRESSION", seed: 1, testFraction: 0.25, params: {}, folds: 2 };
  const run = (weights: Float64Array | null, own: object = {}) =>
    train(
      { ...data.BINARY, ...(weights && { weights, weightName: "n of accounts" }) },
      { ...options, ...own },
      () => {},
    );

  test("measures, decides and calibrates by the weights, and not by their unit", () => {
    const own = { calibration: "platt", decision: { kind: "cost", falsePositive: 1, falseNegative: 4 } };
    const [plain, one, double] = [
      run(null, own),
      run(uneven, own),
      run(
        uneven.map((each) => 2 * each),
        own,
      ),
    ];
    expect(one.heldOut).toEqual(plain.heldOut);
    for (const name of ["auc", "log_loss", "cost_per_row", "validation_auc", "cv_auc_mean"])
      expect(one.metrics[name]).not.toBe(plain.metrics[name]);
    // The penalty weighs less beside greater weights: of the metrics alone, what is said does not depend on the unit.
    expect(double.metrics.rows).toBe(one.metrics.rows);
    expect(Math.abs(double.metrics.auc! - one.metrics.auc!)).toBeLessThan(0.03);
  });

  test.each([
    [[Number.NaN, Number.NaN, 1], "2 empty"],
    [[0, -1, 1], "2 0 or less"],
    [[Number.POSITIVE_INFINITY, 1, Number.NaN], "1 empty, 1 infinite"],
  ])("is refused with weights %j", (first, what) => {
    const weights = Float64Array.from(uneven, (weight, row) => first[row] ?? weight);
    const message =
      `weight: of the ${ROWS} rows to train on ${what} in n of accounts; a weight is a number above 0: ` +
      "deliver one for each row, or empty the label of rows that are not to count";
    expect(() => run(weights)).toThrow(expect.objectContaining({ code: "BAD_USER_INPUT", message }));
  });
});
