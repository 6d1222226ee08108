import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { Explainer, type RawValue } from "../../../src/training/explain/explainer.js";
import { train } from "../../../src/training/pipeline.js";
import { evaluateClasses } from "../../../src/training/tasks/multiclass/metrics.js";
import { multiclass } from "../../../src/training/tasks/multiclass/multiclass.task.js";
import { trainInWorker } from "../../../src/training/train.js";
import type { TrainingData } from "../../../src/training/types.js";
import { CLASSES, classTable, LEARNERS, MULTICLASS_OPTIONS } from "./classes.js";

const silent = () => {};
const data = classTable(2400);

/** What onnxruntime answers to all rows, from raw features. */
async function scoreOnnx(
  onnx: Uint8Array,
  table: TrainingData,
): Promise<{ answers: Float64Array; named: string[] }> {
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
  const { probabilities, class: named } = await session.run(feeds);
  expect([probabilities!.dims, named!.dims]).toEqual([
    [rows, CLASSES.length],
    [rows, 1],
  ]);
  await session.release();
  return {
    answers: Float64Array.from(probabilities!.data as Float32Array),
    named: [...(named!.data as unknown as string[])],
  };
}

function rawRow(table: TrainingData, row: number): Record<string, RawValue> {
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

const softmax = (scores: readonly number[]): number[] => {
  const sum = scores.reduce((total, score) => total + Math.exp(score), 0);
  return scores.map((score) => Math.exp(score) / sum);
};

describe.each(LEARNERS)("%s %o", (algorithm, params, atMost) => {
  const options = { ...MULTICLASS_OPTIONS, algorithm, params };
  const result = train(data, options, silent);

  test("learns the classes, and says so of the held-out rows", () => {
    expect(result.metrics.log_loss).toBeLessThan(atMost);
    expect(result.metrics.validation_log_loss).toBeLessThan(atMost);
    expect(result.metrics.macro_auc).toBeGreaterThan(0.8);
    expect(result.threshold).toBeNull();
    expect(result.signature).toMatchObject({ task: "MULTICLASS", classes: CLASSES });
    expect(result.signature.outputs).toEqual([
      { name: "probabilities", type: "float32", shape: [null, 4] },
      { name: "class", type: "string", shape: [null, 1] },
    ]);
  });

  test("is a file that answers what the trainer measured, and names the likeliest class", async () => {
    const { answers, named } = await scoreOnnx(result.onnx, data);
    const { test: held } = multiclass.split(data.keys, data.labels, 0.25, 1);
    const labels = Uint8Array.from(held, (row) => data.labels[row]!);
    const own = Float64Array.from(
      { length: held.length * 4 },
      (_, k) => answers[held[k >> 2]! * 4 + (k % 4)]!,
    );
    const measured = evaluateClasses(labels, own);
    for (const [name, value] of Object.entries(measured))
      expect(Math.abs(value - result.metrics[name]!) / Math.abs(value)).toBeLessThan(1e-5);
    for (let row = 0; row < named.length; row++) {
      const each = answers.subarray(4 * row, 4 * row + 4);
      expect(Math.abs(each.reduce((sum, one) => sum + one, 0) - 1)).toBeLessThan(1e-5);
      expect(named[row]).toBe(CLASSES[each.indexOf(Math.max(...each))]);
    }
  });

  test("is taken apart by feature, for the class that it answers", async () => {
    const explainer = Explainer.read(result.onnx)!;
    const isForest = algorithm === "RANDOM_FOREST";
    expect(explainer.margin).toBe(isForest ? "probability" : "score");
    const { answers } = await scoreOnnx(result.onnx, data);
    for (let row = 0; row < 200; row++) {
      const { baseValue, contributions, classMargins } = explainer.explain(rawRow(data, row));
      const margin = contributions.reduce((sum, { contribution }) => sum + contribution, baseValue);
      const own = [...answers.subarray(4 * row, 4 * row + 4)];
      const said = isForest ? classMargins! : softmax(classMargins!);
      for (const [k, probability] of own.entries()) expect(said[k]).toBeCloseTo(probability, 5);
      expect(margin).toBeCloseTo(Math.max(...classMargins!), 6);
    }
  });

  test("is taken apart in slices, of several rows at once, as in one go", () => {
    const explainer = Explainer.read(result.onnx)!;
    // Of different classes.
    const margins = Array.from(
      { length: 200 },
      (_, row) => explainer.explain(rawRow(data, row)).classMargins!,
    );
    const best = margins.map((of) => of.indexOf(Math.max(...of)));
    const rows = [0, best.findIndex((place) => place !== best[0])];
    const slices = rows.map((row) => explainer.slices(rawRow(data, row)));
    const ended = new Map<number, unknown>();
    while (ended.size < 2)
      for (const [k, of] of slices.entries()) {
        const { done, value } = of.next();
        if (done && !ended.has(k)) ended.set(k, value);
      }
    expect(rows.map((_, k) => ended.get(k))).toEqual(rows.map((row) => explainer.explain(rawRow(data, row))));
  });

  test("is the same whatever the order of the rows", () => {
    expect(train(reverse(data), options, silent).sha256).toBe(result.sha256);
  });

  test("keeps the confusion, each class' numbers and the importances", () => {
    const file = (name: string) => JSON.parse(result.reports.find((report) => report.name === name)!.json);
    const { confusion, classes } = file("confusion_matrix.json");
    expect(classes).toEqual(CLASSES);
    const rows = confusion.flat().reduce((sum: number, count: number) => sum + count, 0);
    expect(rows).toBe(result.metrics.test_rows);
    const right = confusion.reduce((sum: number, row: number[], k: number) => sum + row[k]!, 0);
    expect(right / rows).toBeCloseTo(result.metrics.accuracy!, 12);
    const evaluation = multiclass.storedEvaluation(
      new Map(multiclass.evaluationFiles.map((name) => [name, file(name)])),
    )!;
    expect(evaluation).toMatchObject({ rows, classes: CLASSES, confusion, roc: null });
    expect(evaluation.perClass!.map((each) => each.class)).toEqual(CLASSES);
    expect(evaluation.importances[0]!.permutation).toBeGreaterThan(0.05);
  });
});

function reverse(table: TrainingData): TrainingData {
  const rows = table.keys.length;
  const width = table.numeric.length / rows;
  const order = Array.from({ length: rows }, (_, k) => rows - 1 - k);
  return {
    ...table,
    keys: order.map((row) => table.keys[row]!),
    labels: Uint8Array.from(order, (row) => table.labels[row]!),
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
  ["RANDOM_FOREST", { trees: 30 }],
  ["LOGISTIC_REGRESSION", {}],
])("%s %o is the same byte for byte with one thread and with three", async (algorithm, params) => {
  const options = { ...MULTICLASS_OPTIONS, algorithm, params };
  const alone = train(data, options, silent);
  const together = await trainInWorker(data, options, { threads: 3 });
  expect(Buffer.compare(together.onnx, alone.onnx)).toBe(0);
  expect({ ...together.metrics, train_seconds: 0 }).toEqual({ ...alone.metrics, train_seconds: 0 });
  expect(together.curve).toEqual(alone.curve);
  expect(together.reports).toEqual(alone.reports);
});

test("names that hold anything come back as they were", async () => {
  const odd = (of: string) => ({ never: "né\u0000ver", often: "", rarely: "  " })[of] ?? of;
  const table = classTable(600, 90, odd);
  expect(table.classes).toEqual(["", "  ", "né\u0000ver", "sometimes"]);
  const options = { ...MULTICLASS_OPTIONS, algorithm: "LOGISTIC_REGRESSION", params: {} };
  const { named } = await scoreOnnx(train(table, options, silent).onnx, table);
  expect(new Set(named)).toEqual(new Set(table.classes));
});

test("a forest of more leaves and classes than a call takes arguments is taken apart", () => {
  const params = { trees: 200, max_leaves: 512, min_leaf_rows: 1 };
  const options = { ...MULTICLASS_OPTIONS, algorithm: "RANDOM_FOREST", params, reports: false };
  const { onnx, metrics } = train(data, options, silent);
  expect(4 * metrics.leaves!).toBeGreaterThan(130_000);
  const { baseValue, contributions, classMargins } = Explainer.read(onnx)!.explain(rawRow(data, 0));
  const margin = contributions.reduce((sum, { contribution }) => sum + contribution, baseValue);
  expect(margin).toBeCloseTo(Math.max(...classMargins!), 6);
});
