import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { LearntTable } from "../../src/training/encoding/learnt-table.js";
import { Explainer } from "../../src/training/explain/explainer.js";
import { keyStarts, splitByKey } from "../../src/training/panel.js";
import { train } from "../../src/training/pipeline.js";
import type { Labels } from "../../src/training/tasks/labels.js";
import { tasks } from "../../src/training/tasks/registry.js";
import { trainInWorker } from "../../src/training/train.js";
import { type FeatureValue, TrainingDataBuilder } from "../../src/training/training-data.js";
import type { FeatureSpec, TrainingData, TrainOptions, TrainResult } from "../../src/training/types.js";
import { scoreOnnx } from "./score-onnx.js";
import { uniform } from "./tables.js";

const FEATURES: FeatureSpec[] = [
  { name: "age", kind: "numeric" },
  { name: "shop", kind: "categorical" },
  { name: "plan", kind: "categorical" },
];
const ENCODED = { above: 254, smoothing: 10, minRows: 2 };
const SHOPS = 3000;
const PARAMS: Record<string, Record<string, unknown>> = {
  GRADIENT_BOOSTING: { trees: 60, linear_start: 0 },
  RANDOM_FOREST: { trees: 40 },
  LOGISTIC_REGRESSION: {},
};
const LEARNERS = Object.keys(PARAMS);
const options = (algorithm: string, more: Partial<TrainOptions> = {}): TrainOptions => ({
  ...{ algorithm, seed: 3, testFraction: 0.25, params: PARAMS[algorithm]! },
  ...more,
});
const run = (data: TrainingData<Labels>, algorithm: string, more: Partial<TrainOptions> = {}) =>
  train(data, options(algorithm, { reports: false, ...more }), () => {});

/** Shops of very different trade, and a bit of age; one in fifty names no shop. @param effect of the shop on the log odds */
function shops(rows: number, effect: number): TrainingData {
  const builder = new TrainingDataBuilder(FEATURES);
  for (let row = 0; row < rows; row++) builder.add(`user-${row}`, labelOf(row, effect), valuesOf(row));
  return builder.finish();
}

const shopOf = (row: number) => Math.floor(SHOPS * uniform(row, 1) ** 1.5);
const oddsOf = (row: number, effect: number) =>
  effect * (2 * uniform(shopOf(row), 2) - 1) + 2 * (uniform(row, 3) - 0.5) - 0.5;
const labelOf = (row: number, effect: number) => uniform(row, 4) < 1 / (1 + Math.exp(-oddsOf(row, effect)));
const valuesOf = (row: number): FeatureValue[] => [
  uniform(row, 3),
  uniform(row, 5) < 0.02 ? null : `shop-${shopOf(row)}`,
  ["basic", "plus"][Math.floor(2 * uniform(row, 6))]!,
];

const without = <L extends Labels>(data: TrainingData<L>): TrainingData<L> => ({
  ...data,
  features: [FEATURES[0]!, FEATURES[2]!],
  categorical: [data.categorical[1]!],
});

describe("a feature of 3 000 categories", () => {
  const data = shops(12_000, 4);

  it.each(LEARNERS)(
    "makes %s much better than the model without it, and than its 254 most frequent ones",
    (learner) => {
      const left = run(without(data), learner).metrics.auc!;
      const encoded = run(data, learner, { targetEncoding: ENCODED });
      expect(encoded.metrics.auc).toBeGreaterThan(left + 0.1);
      // A column for each of 254 categories takes long, and says no more.
      if (learner !== "LOGISTIC_REGRESSION")
        expect(encoded.metrics.auc).toBeGreaterThan(run(data, learner).metrics.auc! + 0.03);
      // What is said out of fold holds on rows that were held out.
      expect(Math.abs(encoded.metrics.validation_auc! - encoded.metrics.auc!)).toBeLessThan(0.025);
    },
  );

  it.each(LEARNERS)(
    "is in the file of %s: onnxruntime answers as the trainer does, to unknown ones too",
    async (learner) => {
      const result = run(data, learner, { targetEncoding: ENCODED });
      const builder = new TrainingDataBuilder(FEATURES);
      for (const [k, shop] of ["shop-never", "", null, "shop-7"].entries())
        builder.add(`new-${k}`, false, [0.5, shop, "plus"]);
      const answers = await scoreOnnx(result.onnx, builder.finish());
      expect(answers.every((answer) => answer > 0 && answer < 1)).toBe(true);
      expect(answers[1]).toBe(answers[2]);
      const explainer = Explainer.read(result.onnx)!;
      const logOdds = explainer.margin === "log_odds";
      for (const [k, shop] of ["shop-never", "", null, "shop-7"].entries()) {
        const { baseValue, contributions } = explainer.explain({ age: 0.5, shop, plan: "plus" });
        expect(contributions.map(({ feature }) => feature).sort()).toEqual(["age", "plan", "shop"]);
        const margin = contributions.reduce((sum, { contribution }) => sum + contribution, baseValue);
        const explained = logOdds ? 1 / (1 + Math.exp(-margin)) : margin;
        expect(Math.abs(explained - answers[k]!)).toBeLessThan(1e-5);
      }
      expect(result.signature.inputs).toEqual([
        { name: "numeric", type: "float32", shape: [null, 1] },
        { name: "shop", type: "string", shape: [null, 1] },
        { name: "plan", type: "string", shape: [null, 1] },
      ]);
    },
  );

  it("gives the held-out metrics that onnxruntime's answers give", async () => {
    const result = run(data, "GRADIENT_BOOSTING", { targetEncoding: ENCODED });
    const { test } = splitByKey(tasks.get("BINARY"), data, 0.25, 3);
    const answers = await scoreOnnx(result.onnx, data);
    const given = Float64Array.from(test, (row) => answers[row]!);
    const labels = Uint8Array.from(test, (row) => data.labels[row]!);
    const { metrics } = tasks.get("BINARY").evaluate(labels, given, result.threshold);
    expect(metrics.auc).toBeCloseTo(result.metrics.auc!, 6);
    expect(metrics.log_loss).toBeCloseTo(result.metrics.log_loss!, 6);
  });

  it("has one importance, the greatest, in each list", () => {
    const { reports } = run(data, "GRADIENT_BOOSTING", { targetEncoding: ENCODED, reports: true });
    const { permutation, model } = JSON.parse(
      reports.find(({ name }) => name === "feature_importance.json")!.json,
    );
    for (const list of [
      permutation.features,
      ...model.map(({ features }: { features: object[] }) => features),
    ])
      expect(list.map(({ feature }: { feature: string }) => feature).sort()).toEqual(["age", "plan", "shop"]);
    const worst = [...permutation.features].sort((a, b) => b.log_loss.mean - a.log_loss.mean)[0];
    expect(worst.feature).toBe("shop");
  });

  it("comes out the same on any number of threads, and in any order of the rows", async () => {
    const few = shops(1500, 4);
    const more = { targetEncoding: ENCODED, reports: false };
    const asked = options("GRADIENT_BOOSTING", more);
    const [one, three] = [
      await trainInWorker(few, asked, { threads: 1 }),
      await trainInWorker(few, asked, { threads: 3 }),
    ];
    expect(three.sha256).toBe(one.sha256);
    const builder = new TrainingDataBuilder(FEATURES);
    for (let row = 1499; row >= 0; row--) builder.add(`user-${row}`, labelOf(row, 4), valuesOf(row));
    expect(run(builder.finish(), "GRADIENT_BOOSTING", more).sha256).toBe(one.sha256);
  }, 60_000);
});

describe("a feature that says nothing", () => {
  const noise = shops(8000, 0);
  const data: TrainingData = {
    ...noise,
    features: [FEATURES[1]!],
    numeric: new Float32Array(),
    categorical: [noise.categorical[0]!],
  };

  it.each(LEARNERS)("leaks no label into %s", (learner) => {
    const { metrics } = run(data, learner, { targetEncoding: { ...ENCODED, smoothing: 1 } });
    expect(Math.abs(metrics.auc! - 0.5)).toBeLessThan(0.03);
    expect(Math.abs(metrics.validation_auc! - 0.5)).toBeLessThan(0.03);
  });
});

describe("what a row is encoded by", () => {
  const small = (labels: readonly number[], keys?: readonly string[]): TrainingData => ({
    features: [FEATURES[1]!],
    keys: labels.map((_, row) => keys?.[row] ?? `k${row}`),
    numeric: new Float32Array(),
    categorical: [
      { codes: Int32Array.from(labels, (_, row) => (row < 10 ? row % 2 : 2)), vocabulary: ["a", "b", "c"] },
    ],
    labels: Uint8Array.from(labels),
  });
  const all = (data: TrainingData) => Uint32Array.from(data.keys.keys());
  const encoding = { above: 0, smoothing: 2, minRows: 2 };
  const LABELS = [1, 0, 1, 0, 0, 0, 1, 1, 1, 0, 1];

  it("is the smoothed mean of its category, and of rare ones the mean of all", () => {
    const data = small(LABELS);
    const { codings } = new LearntTable(data, all(data), encoding);
    const mean = 6 / 11;
    expect(codings[0]!.categories).toEqual(["a", "b"]);
    expect([...codings[0]!.table]).toEqual([(4 + 2 * mean) / 7, (1 + 2 * mean) / 7, mean].map(Math.fround));
  });

  it("counts by the rows' weights, those of the smoothing by the mean weight", () => {
    const weights = Float64Array.of(4, 1, 2, 1, 1, 1, 2, 1, 1, 1, 1);
    const { codings } = new LearntTable({ ...small(LABELS), weights }, all(small(LABELS)), encoding);
    const [sums, rows] = [
      [9, 1],
      [10, 5],
    ];
    const mean = 11 / 16;
    const [smoothed] = [2 * (16 / 11)];
    expect([...codings[0]!.table]).toEqual(
      [0, 1]
        .map((k) => Math.fround((sums[k]! + smoothed * mean) / (rows[k]! + smoothed)))
        .concat(Math.fround(mean)),
    );
  });

  it("is the same of weights that are all alike, and of a row that weighs 2 as of two rows", () => {
    const values = (data: TrainingData, smoothing = 2) => [
      ...new LearntTable(data, all(data), { ...encoding, smoothing }).codings[0]!.table,
    ];
    const alike = { ...small(LABELS), weights: new Float64Array(LABELS.length).fill(8) };
    expect(values(alike)).toEqual(values(small(LABELS)));
    const doubled = { ...small(LABELS), weights: new Float64Array(LABELS.length).fill(1).fill(2, 2, 4) };
    const codes = Int32Array.of(...small(LABELS).categorical[0]!.codes, 0, 1);
    const twice = small([...LABELS, LABELS[2]!, LABELS[3]!]);
    expect(values(doubled, 0)).toEqual(
      values({ ...twice, categorical: [{ ...twice.categorical[0]!, codes }] }, 0),
    );
  });

  it("leaves nothing of its own label where its category has no other row, whatever it weighs", () => {
    const weights = Float64Array.from(LABELS, (_, row) => 0.1 + 0.7 * row);
    const once = { ...small(LABELS), weights };
    const values = new LearntTable(once, all(once), { ...encoding, minRows: 1, smoothing: 0 }).gatherLearnt()
      .values;
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const mean = LABELS.reduce((sum, label, row) => sum + label * weights[row]!, 0) / total;
    expect(values[10]).toBeCloseTo(mean, 6);
  });

  it("never its own label, nor, in a panel, one of its key", () => {
    const data = small(LABELS);
    const valuesWith = (labels: number[], keys?: string[]) => {
      const changed = small(labels, keys);
      const dated = keys
        ? { ...changed, dates: { names: ["1", "2"], of: Uint16Array.from(labels, (_, k) => k % 2) } }
        : changed;
      return new LearntTable(dated, all(data), encoding).gatherLearnt().values;
    };
    // The mean of all labels stays.
    const swapped = [...LABELS];
    [swapped[0], swapped[5]] = [swapped[5]!, swapped[0]!];
    expect(valuesWith(swapped)[0]).toBe(valuesWith(LABELS)[0]);
    const keys = LABELS.map((_, row) => `k${Math.floor(row / 2)}`);
    expect(
      keyStarts({ keys, dates: { names: ["1", "2"], of: new Uint16Array(11) } }, all(data)),
    ).toHaveLength(7);
    const other = [...LABELS];
    // Rows 0 and 1 are of one key, of categories a and b.
    [other[0], other[1]] = [0, 1];
    expect(valuesWith(other, keys).slice(0, 2)).toEqual(valuesWith(LABELS, keys).slice(0, 2));
  });

  it("of a fold's fit, the labels of the fold's own rows alone", () => {
    const data = small(LABELS);
    const table = new LearntTable(data, all(data), encoding);
    const fold = { fit: Uint32Array.of(0, 1, 2, 3, 5, 7, 8), validate: Uint32Array.of(4, 6, 9) };
    const seen = table.forFold(table.gatherLearnt(), fold).matrix!.values;
    const flipped = small(LABELS.map((label, row) => ([4, 6, 9, 10].includes(row) ? 1 - label : label)));
    const other = new LearntTable(flipped, all(data), encoding);
    expect(other.forFold(other.gatherLearnt(), fold).matrix!.values).toEqual(seen);
  });

  it("is refused where there are too many categories, with what to do", () => {
    const rows = 200_002;
    const codes = Int32Array.from({ length: rows }, (_, row) => row >> 1);
    const vocabulary = Array.from({ length: rows / 2 }, (_, k) => `v${k}`);
    const data = {
      ...small([]),
      keys: Array.from(codes, (_, row) => `k${row}`),
      categorical: [{ codes, vocabulary }],
      labels: new Uint8Array(rows),
    };
    expect(() => new LearntTable(data, all(data), encoding)).toThrow(
      'feature "shop" has 100001 categories in the training rows; at most 100000 are encoded: leave it out (features), group its values, or take a greater targetEncoding.minRows',
    );
    expect(new LearntTable(data, all(data), { ...encoding, minRows: 3 }).codings[0]!.categories).toEqual([]);
  });
});

describe("of other tasks", () => {
  const feeds = (data: TrainingData<Labels>) => ({
    numeric: new Tensor("float32", data.numeric.slice(), [data.keys.length, 1]),
    ...Object.fromEntries(
      [1, 2].map((k) => {
        const { codes, vocabulary } = data.categorical[k - 1]!;
        return [
          FEATURES[k]!.name,
          new Tensor(
            "string",
            Array.from(codes, (code) => vocabulary[code] ?? ""),
            [codes.length, 1],
          ),
        ];
      }),
    ),
  });
  const answered = async ({ onnx }: TrainResult, data: TrainingData<Labels>, output: string) => {
    const session = await InferenceSession.create(onnx, { logSeverityLevel: 3 });
    const { [output]: found } = await session.run(feeds(data));
    await session.release();
    return found!.data as Float32Array;
  };

  it.each(["GRADIENT_BOOSTING", "RANDOM_FOREST", "LINEAR_REGRESSION"])(
    "%s learns values by it",
    async (algorithm) => {
      const task = tasks.get("REGRESSION");
      const builder = new TrainingDataBuilder(FEATURES, 1, task.labelArray);
      for (let row = 0; row < 4000; row++) builder.add(`user-${row}`, oddsOf(row, 3), valuesOf(row));
      const data = builder.finish();
      const asked = {
        algorithm,
        seed: 3,
        testFraction: 0.25,
        params: algorithm === "LINEAR_REGRESSION" ? {} : { trees: 40 },
        task: "REGRESSION",
        reports: false,
      };
      const encoded = train(data, { ...asked, targetEncoding: { ...ENCODED, smoothing: 1 } }, () => {});
      expect(encoded.metrics.r2).toBeGreaterThan(train(data, asked, () => {}).metrics.r2! + 0.1);
      const answers = await answered(encoded, data, "value");
      expect(answers.every(Number.isFinite)).toBe(true);
      const explainer = Explainer.read(encoded.onnx)!;
      const [age, shop, plan] = valuesOf(0);
      const { baseValue, contributions } = explainer.explain({ age, shop, plan });
      expect(contributions.reduce((sum, { contribution }) => sum + contribution, baseValue)).toBeCloseTo(
        answers[0]!,
        4,
      );
    },
  );

  it.each(LEARNERS)("%s learns classes by it", async (algorithm) => {
    const task = tasks.get("MULTICLASS");
    const builder = new TrainingDataBuilder(FEATURES, 1, task.labelArray, [], true);
    for (let row = 0; row < 4000; row++) {
      const own = uniform(shopOf(row), 8) < 0.8 ? uniform(shopOf(row), 9) : uniform(row, 9);
      builder.add(`user-${row}`, ["red", "green", "blue"][Math.floor(3 * own)]!, valuesOf(row));
    }
    const data = builder.finish();
    const params = algorithm === "LOGISTIC_REGRESSION" ? {} : { trees: 20 };
    const asked = { algorithm, seed: 3, testFraction: 0.25, params, task: "MULTICLASS" };
    const encoded = train(data, { ...asked, targetEncoding: { ...ENCODED, smoothing: 1 } }, () => {});
    expect(encoded.metrics.accuracy).toBeGreaterThan(
      train(without(data), { ...asked, reports: false }, () => {}).metrics.accuracy! + 0.03,
    );
    const { permutation } = JSON.parse(
      encoded.reports.find(({ name }) => name === "feature_importance.json")!.json,
    );
    expect(permutation.features.map(({ feature }: { feature: string }) => feature)).toEqual([
      "age",
      "shop",
      "plan",
    ]);
    const answers = await answered(encoded, data, "probabilities");
    const explainer = Explainer.read(encoded.onnx)!;
    const [age, shop, plan] = valuesOf(0);
    const { classMargins } = explainer.explain({ age, shop, plan });
    const own = Array.from(answers.slice(0, 3));
    expect(classMargins!.indexOf(Math.max(...classMargins!))).toBe(own.indexOf(Math.max(...own)));
  });
});
