import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { train } from "../../src/training/pipeline.js";
import type { LabelArray, Labels } from "../../src/training/tasks/labels.js";
import { trainInWorker } from "../../src/training/train.js";
import { TrainingDataBuilder } from "../../src/training/training-data.js";
import type { FeatureSpec, TrainingData, TrainOptions } from "../../src/training/types.js";
import { uniform } from "./tables.js";

const FEATURES: FeatureSpec[] = [
  { name: "up", kind: "numeric" },
  { name: "down", kind: "numeric" },
  { name: "free", kind: "numeric" },
  { name: "plan", kind: "categorical" },
];
const BOUND = { up: 1, down: -1 };
const PARAMS = { trees: 40, leaves: 12, learning_rate: 0.2, min_leaf_rows: 5, early_stopping_rounds: 0 };
const silent = () => {};

/** Rises with `up` and falls with `down` on the whole, and back and forth on the way, otherwise for each plan; never below 0. */
function meanOf(up: number, down: number, free: number, plan: string): number {
  const wave =
    2 * Math.sin(4 * up) * (plan === "b" ? 1 : 0.4) + 2 * Math.cos(5 * down) * (free > 0.5 ? 1 : 0.3);
  return 8 + 2 * up - 2 * down + wave + 3 * free;
}

function rowOf(row: number, salt: number): [number | null, number | null, number, string] {
  const place = (k: number) => uniform(row, salt + k);
  const missing = (k: number) => place(k) < 0.05;
  return [
    missing(4) ? null : 3 * place(0),
    missing(5) ? null : 3 * place(1),
    place(2),
    ["a", "b", "c"][Math.floor(3 * place(3))]!,
  ];
}

function table(task: "BINARY" | "REGRESSION", rows = 2000): TrainingData<Labels> {
  const type = (task === "BINARY" ? Uint8Array : Float64Array) as LabelArray<Labels>;
  const builder = new TrainingDataBuilder<Labels>(FEATURES, rows, type);
  for (let row = 0; row < rows; row++) {
    const [up, down, free, plan] = rowOf(row, 10);
    const mean = meanOf(up ?? 1.5, down ?? 1.5, free, plan);
    const label = task === "BINARY" ? uniform(row, 20) < mean / 20 : mean + 2 * uniform(row, 20) - 1;
    builder.add(`key-${row}`, label, [up, down, free, plan]);
  }
  return builder.finish();
}

const POINTS = 80;

/** How far the answer goes the wrong way at most, on a way along `feature` from each of 150 rows that were not learnt. */
async function wrongWay(onnx: Uint8Array, output: string, feature: "up" | "down"): Promise<number> {
  const starts = Array.from({ length: 150 }, (_, row) => rowOf(row, 50));
  const rows = starts.flatMap((row) =>
    Array.from({ length: POINTS }, (_, point) => {
      const value = -0.5 + (4 * point) / (POINTS - 1);
      return feature === "up" ? [value, ...row.slice(1)] : [row[0], value, ...row.slice(2)];
    }),
  );
  const session = await InferenceSession.create(onnx, { logSeverityLevel: 3 });
  const numeric = Float32Array.from(
    rows.flatMap((row) => row.slice(0, 3).map((value) => Number(value ?? Number.NaN))),
  );
  const answers = await session.run({
    numeric: new Tensor("float32", numeric, [rows.length, 3]),
    plan: new Tensor(
      "string",
      rows.map((row) => String(row[3])),
      [rows.length, 1],
    ),
  });
  await session.release();
  const values = answers[output]!.data as Float32Array;
  let most = 0;
  for (let k = 0; k < values.length; k++) {
    if (k % POINTS === 0) continue;
    most = Math.max(most, -BOUND[feature] * (values[k]! - values[k - 1]!));
  }
  return most;
}

const LOSSES = [
  ["BINARY", {}],
  ["BINARY", { class_weight: "balanced" }],
  ["REGRESSION", {}],
  ["REGRESSION", { loss: "absolute" }],
  ["REGRESSION", { loss: "quantile", quantile: 0.8 }],
  ["REGRESSION", { loss: "huber" }],
  ["REGRESSION", { loss: "poisson" }],
  ["REGRESSION", { loss: "tweedie" }],
] as const;

describe.each(LOSSES)("monotone constraints of %s %j", (task, own) => {
  const data = table(task);
  const output = task === "BINARY" ? "probability" : "value";
  const options = (params: object): TrainOptions => ({
    ...{ task, algorithm: "GRADIENT_BOOSTING", seed: 1, testFraction: 0.25, reports: false },
    params: { ...PARAMS, ...own, ...params },
  });
  const noLine = task === "BINARY" ? { linear_start: 0 } : {};
  const free = train(data, options(noLine), silent);
  const bound = train(data, options({ monotone_constraints: BOUND }), silent);

  test("hold wherever a row stands, and not without them", async () => {
    // The unit of the last digit of a sum of 40 trees.
    const rounding = task === "BINARY" ? 1e-6 : 1e-4;
    for (const feature of ["up", "down"] as const) {
      expect(await wrongWay(bound.onnx, output, feature)).toBeLessThan(rounding);
      expect(await wrongWay(free.onnx, output, feature)).toBeGreaterThan(100 * rounding);
    }
  });

  test("leave the model something to learn from both features", () => {
    const one = train(data, options({ monotone_constraints: { up: 1, down: 1 } }), silent);
    const metric = task === "BINARY" ? "log_loss" : "mae";
    expect(bound.metrics[metric]).toBeLessThan(one.metrics[metric]!);
  });

  test("give the same bytes on three threads as on one", async () => {
    const together = await trainInWorker(data, options({ monotone_constraints: BOUND }), { threads: 3 });
    expect(together.sha256).toBe(bound.sha256);
  });

  test("of 0 change nothing", () => {
    const zeros = train(data, options({ ...noLine, monotone_constraints: { up: 0, free: 0 } }), silent);
    expect(zeros.sha256).toBe(free.sha256);
  });
});

describe.each(LOSSES)("a missing value has no place in the order of %s %j", (task, own) => {
  const rows = 1200;
  const type = (task === "BINARY" ? Uint8Array : Float64Array) as LabelArray<Labels>;
  /** Half of the rows lack `up`, and are `other` than those that have it. */
  const rowsWith = (missing: number, present: number) => {
    const builder = new TrainingDataBuilder<Labels>(FEATURES.slice(0, 1), rows, type);
    for (let row = 0; row < rows; row++) {
      const up = row % 2 === 0 ? null : uniform(row, 1);
      const level = up === null ? missing : present;
      const noise = uniform(row, 2) / 10;
      const label = task === "BINARY" ? uniform(row, 2) < level : 10 * level + noise;
      builder.add(`key-${row}`, Number(label), [up]);
    }
    return builder.finish();
  };
  const answersOf = async (data: TrainingData<Labels>, direction: number) => {
    const params = { ...PARAMS, ...own, monotone_constraints: { up: direction } };
    const options = { task, algorithm: "GRADIENT_BOOSTING", seed: 1, testFraction: 0.25, reports: false };
    const { onnx } = train(data, { ...options, params }, silent);
    const session = await InferenceSession.create(onnx, { logSeverityLevel: 3 });
    const numeric = new Tensor("float32", Float32Array.from([Number.NaN, 0, 0.5, 1]), [4, 1]);
    const answers = await session.run({ numeric });
    await session.release();
    return [...(answers[task === "BINARY" ? "probability" : "value"]!.data as Float32Array)];
  };

  test.each([
    [1, 0.9, 0.1],
    [1, 0.1, 0.9],
    [-1, 0.9, 0.1],
    [-1, 0.1, 0.9],
  ])("bound to %d its answer may lie on either side: %d and %d", async (direction, missing, present) => {
    const [lacking, ...having] = await answersOf(rowsWith(missing, present), direction);
    const apart = task === "BINARY" ? 0.25 : 5;
    for (const answer of having)
      expect((lacking! - answer) * Math.sign(missing - present)).toBeGreaterThan(apart);
  });
});

describe("monotone constraints are refused", () => {
  const data = table("BINARY", 200);
  test.each([
    [
      { monotone_constraints: { upp: 1 } },
      'parameter "monotone_constraints" of GRADIENT_BOOSTING: "upp" is no feature that is learnt from; take of up, down, free; did you mean "up"?',
    ],
    [
      { monotone_constraints: { plan: 1 } },
      'parameter "monotone_constraints" of GRADIENT_BOOSTING: "plan" is a category, which has no order; take of up, down, free',
    ],
    [
      { monotone_constraints: { up: 1 }, linear_start: 1 },
      'parameter "linear_start" of GRADIENT_BOOSTING: a logistic regression keeps no "monotone_constraints", got 1; take 0, or leave it out',
    ],
  ])("where they are %j", (params, message) => {
    const options = { algorithm: "GRADIENT_BOOSTING", seed: 1, testFraction: 0.25, params };
    expect(() => train(data, options, silent)).toThrow(
      expect.objectContaining({ code: "BAD_USER_INPUT", message: expect.stringContaining(message) }),
    );
  });
});
