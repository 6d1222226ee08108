import type { LabelArray } from "../../../src/training/tasks/labels.js";
import { TrainingDataBuilder } from "../../../src/training/training-data.js";
import type { TrainingData } from "../../../src/training/types.js";
import { MIXED_FEATURES, mixedRows, uniform } from "../tables.js";

/** Rows of every kind of feature, missing values among them, with a number to learn: about 20 to 260, never below 0. */
export function valueTable(rows: number, salt = 70, scale = 1): TrainingData<Float64Array> {
  const builder = new TrainingDataBuilder<Float64Array>(
    MIXED_FEATURES,
    rows,
    Float64Array as unknown as LabelArray<Float64Array>,
  );
  for (const [k, { key, values }] of mixedRows(rows).entries()) {
    const [age, plan, spend, senior, city] = values as [
      number,
      string,
      number | null,
      boolean | null,
      string,
    ];
    const mean =
      50 +
      age +
      (plan === "plus" ? 30 : 0) +
      10 * Math.log10(1 + (spend ?? 1e5)) * (senior ? 2 : 1) +
      (city === "city-3" ? 25 : 0);
    const noise = uniform(k, salt) + uniform(k, salt + 1) + uniform(k, salt + 2) - 1.5;
    builder.add(key, scale * Math.max(0, mean + 20 * noise), values);
  }
  return builder.finish();
}

export const REGRESSION_OPTIONS = { task: "REGRESSION", seed: 1, testFraction: 0.25 } as const;

/** Small enough to be quick; the noise of `valueTable` has a deviation of 10. */
export const LEARNERS = [
  ["GRADIENT_BOOSTING", { trees: 60, learning_rate: 0.2 }, 11.5],
  ["GRADIENT_BOOSTING", { trees: 60, learning_rate: 0.2, loss: "absolute" }, 12],
  ["GRADIENT_BOOSTING", { trees: 60, learning_rate: 0.2, loss: "huber" }, 11.5],
  ["GRADIENT_BOOSTING", { trees: 60, learning_rate: 0.2, loss: "quantile", quantile: 0.8 }, 16],
  ["GRADIENT_BOOSTING", { trees: 60, learning_rate: 0.2, loss: "poisson" }, 11.5],
  ["GRADIENT_BOOSTING", { trees: 60, learning_rate: 0.2, loss: "tweedie" }, 11.5],
  ["RANDOM_FOREST", { trees: 30, min_leaf_rows: 5 }, 12.5],
  ["LINEAR_REGRESSION", {}, 22],
  ["LINEAR_REGRESSION", { l1: 20, l2: 5 }, 22],
] as const;
