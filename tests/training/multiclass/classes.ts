import { TrainingDataBuilder } from "../../../src/training/training-data.js";
import type { TrainingData } from "../../../src/training/types.js";
import { MIXED_FEATURES, mixedRows, uniform } from "../tables.js";

export const CLASSES = ["never", "often", "rarely", "sometimes"];

/** Rows of every kind of feature, missing values among them, of four classes, the rarest about an eighth. */
export function classTable(rows: number, salt = 90, name = (of: string) => of): TrainingData {
  const builder = new TrainingDataBuilder(MIXED_FEATURES, rows, undefined, [], true);
  for (const [k, { key, values }] of mixedRows(rows).entries()) {
    const [age, plan, spend, senior, city] = values as [
      number,
      string,
      number | null,
      boolean | null,
      string,
    ];
    const scores = [
      (50 - age) / 8,
      plan === "plus" ? 2.5 : -0.5,
      0.5 * (spend === null ? 4 : Math.log10(spend) - 3) * (senior ? -1 : 1),
      city === "city-3" ? 3 : 0,
    ];
    const likely = scores.map((score, of) => score - Math.log(-Math.log(uniform(k, salt + of) || 1e-9)));
    builder.add(key, name(CLASSES[likely.indexOf(Math.max(...likely))]!), values);
  }
  return builder.finish();
}

export const MULTICLASS_OPTIONS = { task: "MULTICLASS", seed: 1, testFraction: 0.25 } as const;

/** Small enough to be quick; each with the log-loss that it is to stay below: the shares of the classes alone have 1.34. */
export const LEARNERS = [
  ["GRADIENT_BOOSTING", { trees: 60, learning_rate: 0.2 }, 1],
  ["RANDOM_FOREST", { trees: 60, min_leaf_rows: 5 }, 1.15],
  ["LOGISTIC_REGRESSION", {}, 1.08],
] as const;
