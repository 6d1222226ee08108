import { CLASS_WEIGHT } from "../../tasks/binary/class-weight.js";
import { ofTask, oneOf, type ParamsOf, realNumber, wholeNumber } from "../param.js";
import { LOSS_NAMES } from "./losses/registry.js";
import { MONOTONE_CONSTRAINTS } from "./monotone.js";
import { STOP_NAMES } from "./stop-metric.js";

/** docs/training.md has the measurements that the defaults were chosen by. */
export const BOOSTING_PARAMS = {
  trees: wholeNumber(1, 5000, 300, "most trees; exactly so many when `early_stopping_rounds` is 0"),
  leaves: wholeNumber(2, 256, 4, "leaves of a tree"),
  learning_rate: realNumber(0.001, 1, 0.08, "factor on every leaf value"),
  l2: realNumber(0, 1e6, 10, "added to a leaf's hessian"),
  min_leaf_rows: wholeNumber(
    1,
    1e6,
    50,
    "rows per leaf, judged by their share of the hessian (as LightGBM does)",
  ),
  max_bins: wholeNumber(2, 255, 255, "bins of a numeric feature"),
  early_stopping_rounds: wholeNumber(0, 1000, 50, "patience; 0 = no early stopping"),
  linear_start: ofTask(
    "BINARY",
    wholeNumber(0, 2, 2, "1 = from a logistic regression, 2 = if the folds say so (evaluation.md)"),
  ),
  class_weight: CLASS_WEIGHT,
  stop_metric: {
    ...oneOf(
      [...new Set(Object.values(STOP_NAMES).flat())],
      "loss",
      "what early stopping goes by, out of fold: the loss that trees lower, or a metric of the task",
    ),
    namesOf: STOP_NAMES,
  },
  monotone_constraints: MONOTONE_CONSTRAINTS,
  loss: ofTask(
    "REGRESSION",
    oneOf(LOSS_NAMES, "squared", "what trees lower; `poisson` and `tweedie` take labels of 0 or more"),
  ),
  quantile: ofTask(
    "REGRESSION",
    realNumber(0.001, 0.999, 0.5, "of the loss `quantile`: the share below the answer"),
  ),
  huber_share: ofTask(
    "REGRESSION",
    realNumber(
      0.1,
      0.999,
      0.9,
      "of the loss `huber`: the share of the labels that is near enough to their median to count squared",
    ),
  ),
  tweedie_power: ofTask(
    "REGRESSION",
    realNumber(1.01, 1.99, 1.5, "of the loss `tweedie`: the variance is the mean to this power"),
  ),
};
export type BoostingParams = ParamsOf<typeof BOOSTING_PARAMS>;
