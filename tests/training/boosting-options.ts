import type { TrainOptions } from "../../src/training/types.js";

/** A short training. */
export const options: TrainOptions = {
  algorithm: "GRADIENT_BOOSTING",
  seed: 1,
  testFraction: 0.25,
  params: { trees: 20, linear_start: 0 },
};

/** Minutes of work, unless it is aborted. */
export const endless: TrainOptions = {
  ...options,
  params: { trees: 5000, early_stopping_rounds: 0, leaves: 256, min_leaf_rows: 1 },
};
