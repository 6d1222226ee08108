import type { BuiltInAlgorithm } from "../../src/training/learners/registry.js";
import type { TaskName } from "../../src/values/task.js";
import type { LabelKind } from "./training-rows.js";

/** A kind of model that several libraries fit at equal settings, and what its answers are judged by. */
export interface Contest {
  task: TaskName;
  /** Of generated rows. */
  labels: LabelKind;
  algorithm: BuiltInAlgorithm;
  /** Of ours. */
  params(rows: number): Record<string, number | string>;
  /** Unless asked for others; of several classes so many of each. */
  trees: number;
  /** Of bench/training_reference.py. */
  libraries: readonly string[];
  error: Measure;
  /** Sets that scikit-learn brings along. */
  realSets: readonly string[];
}

export interface Measure {
  name: string;
  of(labels: Float64Array, answers: Float64Array): number;
}

const meanOf = (labels: Float64Array, loss: (label: number, row: number) => number): number =>
  labels.reduce((sum, label, row) => sum + loss(label, row), 0) / labels.length;
const each = (name: string, loss: (label: number, answer: number) => number): Measure => ({
  name,
  of: (labels, answers) => meanOf(labels, (label, row) => loss(label, answers[row]!)),
});

const rmse: Measure = {
  name: "rmse",
  of: (labels, answers) => Math.sqrt(meanOf(labels, (label, row) => (label - answers[row]!) ** 2)),
};
const nats = (probability: number) => -Math.log(Math.max(probability, 1e-15));
const logLoss = each("log-loss", (label, answer) => nats(label === 1 ? answer : 1 - answer));
const manyLogLoss: Measure = {
  name: "log-loss",
  of(labels, answers) {
    const classes = answers.length / labels.length;
    return meanOf(labels, (label, row) => nats(answers[row * classes + label]!));
  },
};
const mae = each("mae", (label, answer) => Math.abs(label - answer));
const poissonDeviance = each(
  "deviance",
  (label, mean) => 2 * ((label === 0 ? 0 : label * Math.log(label / mean)) - label + mean),
);
/** Of the power 1.5. */
const tweedieDeviance = each(
  "deviance",
  (label, mean) => 4 * (label / Math.sqrt(mean) - 2 * Math.sqrt(label) + Math.sqrt(mean)),
);
const pinball = each("pinball", (label, answer) => Math.max(0.9 * (label - answer), 0.1 * (answer - label)));

const NUMBERS = ["diabetes"] as const;
const BINARY = { task: "BINARY", labels: "yes or no", error: logLoss, realSets: ["breast_cancer"] } as const;
const CLASSES = {
  ...({ task: "MULTICLASS", labels: "one of five", error: manyLogLoss } as const),
  realSets: ["digits", "wine"],
} as const;
const VALUES = { task: "REGRESSION", labels: "value", error: rmse, realSets: NUMBERS } as const;

const BOOSTED_BY = ["lightgbm", "xgboost", "hist_gradient_boosting"];
const boosting = {
  algorithm: "GRADIENT_BOOSTING",
  params: () => ({ learning_rate: 0.1, l2: 0, min_leaf_rows: 20, leaves: 31 }),
  trees: 100,
  libraries: BOOSTED_BY,
} as const;
const lowering = (loss: string, labels: LabelKind, error: Measure, libraries = BOOSTED_BY): Contest => ({
  ...boosting,
  params: () => ({ ...boosting.params(), loss, ...(loss === "quantile" && { quantile: 0.9 }) }),
  ...{ task: "REGRESSION", labels, error, libraries, realSets: [] },
});
const forest = {
  algorithm: "RANDOM_FOREST",
  params: () => ({ max_leaves: 256, min_leaf_rows: 5 }),
  trees: 100,
  libraries: ["random_forest", "lightgbm_forest"],
} as const;
const linear = { algorithm: "LINEAR_REGRESSION", trees: 0, ...VALUES } as const;
const logistic = {
  algorithm: "LOGISTIC_REGRESSION",
  params: () => ({}),
  trees: 0,
  libraries: ["logistic_regression"],
} as const;

/** By name. What a name says after "boosting-" is the loss, of bench/training_reference.py, too. */
export const CONTESTS: Readonly<Record<string, Contest>> = {
  "boosting-binary": { ...boosting, ...BINARY },
  "boosting-squared": { ...boosting, ...VALUES },
  "boosting-classes": { ...boosting, ...CLASSES },
  "boosting-absolute": lowering("absolute", "far value", mae),
  "boosting-huber": lowering("huber", "far value", rmse, ["lightgbm"]),
  "boosting-quantile": lowering("quantile", "far value", pinball),
  "boosting-poisson": lowering("poisson", "count", poissonDeviance),
  "boosting-tweedie": lowering("tweedie", "amount", tweedieDeviance, ["lightgbm", "xgboost"]),
  "forest-binary": { ...forest, ...BINARY },
  "forest-values": { ...forest, ...VALUES },
  "forest-classes": { ...forest, ...CLASSES },
  ridge: { ...linear, params: () => ({ l2: 1 }), libraries: ["ridge"] },
  "elastic-net": {
    ...linear,
    // scikit-learn's alpha 0.01, half of it of either kind.
    params: (rows) => ({ l1: 0.005 * rows, l2: 0.005 * rows }),
    libraries: ["elastic_net"],
  },
  "logistic-binary": { ...logistic, ...BINARY },
  // scikit-learn's own.
  "logistic-classes": { ...logistic, ...CLASSES, params: () => ({ tolerance: 1e-4 }) },
};
