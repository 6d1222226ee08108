import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { Explainer, type RawValue } from "../../../src/training/explain/explainer.js";
import { train } from "../../../src/training/pipeline.js";
import { evaluateValues } from "../../../src/training/tasks/regression/metrics.js";
import { regression } from "../../../src/training/tasks/regression/regression.task.js";
import { trainInWorker } from "../../../src/training/train.js";
import type { TrainingData } from "../../../src/training/types.js";
import { LEARNERS, REGRESSION_OPTIONS, valueTable } from "./values.js";

const silent = () => {};
const data = valueTable(2400);

/** What onnxruntime answers to all rows, from raw features. */
async function scoreOnnx(onnx: Uint8Array, table: TrainingData<Float64Array>): Promise<Float64Array> {
  const session = await InferenceSession.create(onnx, { logSeverityLevel: 3 });
  const rows = table.keys.length;
  const width = table.features.filter(({ kind }) => kind === "numeric").length;
  const feeds: Record<string, Tensor> = {
    numeric: new Tensor("float32", table.numeric.slice(), [rows, width]),
  };
  const categorical = table.features.filter(({ kind }) => kind === "categorical");
  for (const [k, { name }] of categorical.entries()) {
    const { codes, vocabulary } = table.categorical[k]!;
    feeds[name] = new Tensor(
      "string",
      Array.from(codes, (code) => vocabulary[code] ?? ""),
      [rows, 1],
    );
  }
  const { value } = await session.run(feeds);
  await session.release();
  return Float64Array.from(value!.data as Float32Array);
}

function rawRow(table: TrainingData<Float64Array>, row: number): Record<string, RawValue> {
  let [numeric, categorical] = [0, 0];
  const width = table.features.filter(({ kind }) => kind === "numeric").length;
  const values = table.features.map(({ name, kind }) => {
    if (kind === "numeric") {
      const value = table.numeric[row * width + numeric++]!;
      return [name, Number.isNaN(value) ? null : value];
    }
    const { codes, vocabulary } = table.categorical[categorical++]!;
    return [name, vocabulary[codes[row]!] ?? null];
  });
  return Object.fromEntries(values);
}

describe.each(LEARNERS)("%s %o", (algorithm, params, atMost) => {
  const options = { ...REGRESSION_OPTIONS, algorithm, params };
  const result = train(data, options, silent);

  test("comes near to the noise of the labels, and says so of the held-out rows", async () => {
    expect(result.metrics.rmse).toBeLessThan(atMost);
    expect(result.metrics.validation_rmse).toBeLessThan(atMost);
    expect(result.threshold).toBeNull();
    expect(result.signature.task).toBe("REGRESSION");
    expect(result.signature.outputs).toEqual([{ name: "value", type: "float32", shape: [null, 1] }]);
  });

  test("is a file that answers what the trainer measured", async () => {
    const answers = await scoreOnnx(result.onnx, data);
    const held = heldOut(result.heldOut.rows);
    const of = (values: Float64Array) => Float64Array.from(held, (row) => values[row]!);
    const measured = evaluateValues(of(data.labels), of(answers));
    for (const [name, value] of Object.entries(measured))
      expect(Math.abs(value - result.metrics[name]!) / Math.abs(value)).toBeLessThan(1e-5);
  });

  test("is taken apart by feature, up to the margin of each answer", async () => {
    const explainer = Explainer.read(result.onnx)!;
    const isLog = "loss" in params && ["poisson", "tweedie"].includes(params.loss);
    expect(explainer.margin).toBe(isLog ? "log_value" : "value");
    const answers = await scoreOnnx(result.onnx, data);
    for (let row = 0; row < 200; row++) {
      const { baseValue, contributions } = explainer.explain(rawRow(data, row));
      const margin = contributions.reduce((sum, { contribution }) => sum + contribution, baseValue);
      const value = isLog ? Math.exp(margin) : margin;
      expect(Math.abs(value - answers[row]!) / Math.abs(answers[row]!)).toBeLessThan(1e-5);
    }
  });

  test("is the same whatever the order of the rows, and of twice the labels twice the model", () => {
    const reversed = reverse(data);
    expect(train(reversed, options, silent).sha256).toBe(result.sha256);
    // Where the loss has the label's unit; penalties and Poisson's variance have not.
    const isScaled = algorithm !== "LINEAR_REGRESSION" && !("loss" in params && params.loss === "poisson");
    if (!isScaled || ("loss" in params && params.loss === "tweedie")) return;
    const doubled = train(valueTable(2400, 70, 2), options, silent);
    expect(doubled.metrics.rmse! / result.metrics.rmse!).toBeCloseTo(2, 6);
  });
});

/** Rows that seed 1 holds out, as the task splits them. */
function heldOut(rows: number): number[] {
  const { test } = regression.split(data.keys, data.labels, 0.25, 1);
  expect(test).toHaveLength(rows);
  return [...test];
}

function reverse(table: TrainingData<Float64Array>): TrainingData<Float64Array> {
  const rows = table.keys.length;
  const width = table.numeric.length / rows;
  const order = Array.from({ length: rows }, (_, k) => rows - 1 - k);
  return {
    features: table.features,
    keys: order.map((row) => table.keys[row]!),
    labels: Float64Array.from(order, (row) => table.labels[row]!),
    numeric: Float32Array.from(
      order.flatMap((row) => [...table.numeric.subarray(row * width, (row + 1) * width)]),
    ),
    categorical: table.categorical.map(({ codes, vocabulary }) => ({
      codes: Int32Array.from(order, (row) => codes[row]!),
      vocabulary,
    })),
  };
}

test.each([
  ["GRADIENT_BOOSTING", { trees: 12, leaves: 16, min_leaf_rows: 5 }],
  ["GRADIENT_BOOSTING", { trees: 12, leaves: 16, min_leaf_rows: 5, loss: "quantile", quantile: 0.3 }],
  ["GRADIENT_BOOSTING", { trees: 12, leaves: 16, min_leaf_rows: 5, loss: "tweedie" }],
  ["RANDOM_FOREST", { trees: 30 }],
  ["LINEAR_REGRESSION", {}],
])("%s %o is the same byte for byte with one thread and with three", async (algorithm, params) => {
  const options = { ...REGRESSION_OPTIONS, algorithm, params };
  const alone = train(data, options, silent);
  const together = await trainInWorker(data, options, { threads: 3 });
  expect(Buffer.compare(together.onnx, alone.onnx)).toBe(0);
  expect({ ...together.metrics, train_seconds: 0 }).toEqual({ ...alone.metrics, train_seconds: 0 });
  expect(together.curve).toEqual(alone.curve);
  expect(together.reports).toEqual(alone.reports);
});
