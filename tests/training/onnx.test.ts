import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import type { Fitted } from "../../src/training/learner.js";
import { fitBoosting } from "../../src/training/learners/boosting/fit-boosting.js";
import { fitForest } from "../../src/training/learners/forest/fit-forest.js";
import { fitLogistic } from "../../src/training/learners/logistic/fit-logistic.js";
import type { BuiltInAlgorithm } from "../../src/training/learners/registry.js";
import { gatherMatrix, learnColumns } from "../../src/training/matrix.js";
import { resolveParams } from "../../src/training/params.js";
import { train } from "../../src/training/pipeline.js";
import { stratifiedFolds } from "../../src/training/tasks/stratified.js";
import type { TrainingData } from "../../src/training/types.js";
import { maxDifference, scoreOnnx } from "./score-onnx.js";
import { hasStreamflow, readMonth } from "./streamflow.js";
import { MIXED_FEATURES, mixedRows, tableOf } from "./tables.js";

type Algorithm = Exclude<BuiltInAlgorithm, "LINEAR_REGRESSION">;

/** Fits on the first `fitRows` rows, then predicts all of them with the trainer and with the file it wrote. */
async function disagreement(data: TrainingData, fitRows: number, algorithm: Algorithm): Promise<number> {
  const rows = Uint32Array.from({ length: fitRows }, (_, row) => row);
  const columns = learnColumns(data, rows);
  const matrix = gatherMatrix(data, columns, rows);
  const labels = data.labels.slice(0, fitRows);
  const folds = stratifiedFolds(labels, 2);
  const fits: Record<Algorithm, () => Fitted> = {
    GRADIENT_BOOSTING: () =>
      fitBoosting(matrix, labels, folds, resolveParams("GRADIENT_BOOSTING", { leaves: 16 }), () => {}),
    RANDOM_FOREST: () =>
      fitForest(matrix, labels, resolveParams("RANDOM_FOREST", { trees: 60 }), 1, () => {}),
    LOGISTIC_REGRESSION: () =>
      fitLogistic(matrix, labels, folds, resolveParams("LOGISTIC_REGRESSION"), () => {}),
  };
  const { model } = fits[algorithm]();
  const all = gatherMatrix(data, columns, Uint32Array.from(data.keys.keys()));
  return maxDifference(model.predict(all), await scoreOnnx(model.toOnnx({}), data));
}

describe.each(["GRADIENT_BOOSTING", "RANDOM_FOREST", "LOGISTIC_REGRESSION"] as const)(
  "the ONNX file of %s",
  (algorithm) => {
    const options = { algorithm, seed: 1, testFraction: 0.25, params: {} };

    test("agrees with the trainer on every row, missing values and unknown categories included", async () => {
      const data = tableOf(MIXED_FEATURES, mixedRows(4000));
      // The 400 rows fitted on lack cities of the tail.
      expect(await disagreement(data, 400, algorithm)).toBeLessThanOrEqual(1e-5);
      expect(await disagreement(data, 4000, algorithm)).toBeLessThanOrEqual(1e-5);
    });

    test.each([
      ["numeric", ["numeric"]],
      ["categorical", ["plan"]],
    ] as const)("works with %s features alone", async (kind, inputs) => {
      const features = MIXED_FEATURES.filter((feature) => feature.kind === kind).slice(
        0,
        kind === "numeric" ? 3 : 1,
      );
      const rows = mixedRows(1000).map((row) => ({
        ...row,
        values: row.values.filter((_, k) => features.includes(MIXED_FEATURES[k]!)),
      }));
      const data = tableOf(features, rows);
      expect(await disagreement(data, 800, algorithm)).toBeLessThanOrEqual(1e-5);
      expect(train(data, options, () => {}).signature.inputs.map(({ name }) => name)).toEqual(inputs);
    });

    test("a model without any signal is a valid file", async () => {
      const data = tableOf(
        [MIXED_FEATURES[0]!, MIXED_FEATURES[1]!],
        Array.from({ length: 40 }, (_, k) => ({ key: `${k}`, label: k % 2 === 0, values: [null, ""] })),
      );
      expect(await disagreement(data, 40, algorithm)).toBeLessThanOrEqual(1e-5);
    });

    test("declares the signature it returns, with any number of rows", async () => {
      const { onnx, signature } = train(tableOf(MIXED_FEATURES, mixedRows(400)), options, () => {});
      expect(signature).toEqual({
        inputs: [
          { name: "numeric", type: "float32", shape: [null, 3] },
          { name: "plan", type: "string", shape: [null, 1] },
          { name: "city", type: "string", shape: [null, 1] },
        ],
        outputs: [{ name: "probability", type: "float32", shape: [null, 1] }],
      });
      const session = await InferenceSession.create(onnx);
      expect(session.inputNames).toEqual(["numeric", "plan", "city"]);
      expect(session.inputMetadata[0]).toMatchObject({ type: "float32", shape: ["N", 3] });
      expect(session.outputNames).toEqual(["probability"]);
      const one = await session.run({
        numeric: new Tensor("float32", [Number.NaN, Number.NaN, Number.NaN], [1, 3]),
        plan: new Tensor("string", [""], [1, 1]),
        city: new Tensor("string", ["Atlantis"], [1, 1]),
      });
      expect(one.probability!.dims).toEqual([1, 1]);
      await session.release();
    });

    test("names its features, their order and categories", () => {
      const { onnx, threshold } = train(tableOf(MIXED_FEATURES, mixedRows(400)), options, () => {});
      const text = Buffer.from(onnx).toString("utf8");
      expect(text).toContain("asof.features");
      expect(text).toContain(
        '[{"name":"age","kind":"numeric"},{"name":"plan","kind":"categorical","categories":',
      );
      expect(text).toContain(String(threshold));
    });

    test.skipIf(!hasStreamflow)("agrees with the trainer on every row of the real input", async () => {
      const data = readMonth("month_000");
      const difference = await disagreement(data, 5282, algorithm);
      console.log(
        `${algorithm}: max |onnx - trainer| = ${difference.toExponential(1)} over ${data.keys.length} rows`,
      );
      expect(difference).toBeLessThanOrEqual(1e-5);
    });
  },
);
