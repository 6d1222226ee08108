/** What the definitions, gates and clients know of a task; src/training/tasks has the rest of it. */
export interface TaskDeclaration {
  /** As GraphQL's enum `Task` has it. */
  readonly name: string;
  /** The types of the label columns that it learns where a service names no task; no two tasks learn the same. */
  readonly labelTypes: readonly LabelType[];
  /** Further types that it learns where the service names it. */
  readonly namedTypes?: readonly LabelType[];
  /** What models of it are compared by: by gates, by `tune`, out of fold and with Production. */
  readonly compared: readonly ComparedMetric[];
  /** What candidates are chosen by, out of fold: equal ones by the next. */
  readonly deciding: readonly ComparedMetric[];
  /** What is measured of logged predictions when labels come: fields of the GraphQL type LiveMetrics, in camelCase. */
  readonly live: readonly string[];
  /** What the gate `notWorse` asks where a service does not say it: one of `compared`, and how much of it may be lost. */
  readonly notWorse: { readonly metric: string; readonly maxLoss: number };
}

type LabelType = "bool" | "int" | "bigint" | "float" | "decimal" | "string";

export interface ComparedMetric {
  readonly name: string;
  readonly better: "higher" | "lower";
  /** Of a metric that has the label's unit, two models differ by a share of the second one's value; else by the numbers. */
  readonly difference: "absolute" | "share";
  /** One sentence, of the GraphQL enum. */
  readonly description: string;
}

const auc = {
  name: "auc",
  better: "higher",
  difference: "absolute",
  description: "Area under the ROC curve; more is better.",
} as const satisfies ComparedMetric;
const logLoss = {
  name: "log_loss",
  better: "lower",
  difference: "absolute",
  description: "Mean negative log likelihood; less is better.",
} as const satisfies ComparedMetric;

export const BINARY = {
  name: "BINARY",
  labelTypes: ["bool"],
  compared: [
    auc,
    {
      name: "average_precision",
      better: "higher",
      difference: "absolute",
      description: "Area under the precision-recall curve; more is better.",
    },
    logLoss,
    {
      name: "brier",
      better: "lower",
      difference: "absolute",
      description: "Mean squared error of the probability; less is better.",
    },
  ],
  deciding: [auc, logLoss],
  live: ["auc", "log_loss", "brier", "accuracy", "precision", "recall", "f1"],
  notWorse: { metric: "auc", maxLoss: 0.02 },
} as const satisfies TaskDeclaration;

const rmse = {
  name: "rmse",
  better: "lower",
  difference: "share",
  description: "Root of the mean squared error, in the label's unit; less is better.",
} as const satisfies ComparedMetric;
const mae = {
  name: "mae",
  better: "lower",
  difference: "share",
  description: "Mean absolute error, in the label's unit; less is better.",
} as const satisfies ComparedMetric;

export const REGRESSION = {
  name: "REGRESSION",
  labelTypes: ["int", "bigint", "float", "decimal"],
  compared: [
    rmse,
    mae,
    {
      name: "mape",
      better: "lower",
      difference: "absolute",
      description: "Mean error as a share of the label; less is better.",
    },
    {
      name: "r2",
      better: "higher",
      difference: "absolute",
      description: "Share of the label's variance that is explained; more is better.",
    },
  ],
  deciding: [rmse, mae],
  live: ["rmse", "mae", "mape", "r2"],
  notWorse: { metric: "rmse", maxLoss: 0.02 },
} as const satisfies TaskDeclaration;

export const MULTICLASS = {
  name: "MULTICLASS",
  labelTypes: ["string"],
  namedTypes: ["int"],
  compared: [
    logLoss,
    {
      name: "accuracy",
      better: "higher",
      difference: "absolute",
      description: "Share of rows whose likeliest class is theirs; more is better.",
    },
    {
      name: "macro_f1",
      better: "higher",
      difference: "absolute",
      description: "Mean of the classes' F1, each counting the same; more is better.",
    },
    {
      name: "weighted_f1",
      better: "higher",
      difference: "absolute",
      description: "Mean of the classes' F1, each counting by its rows; more is better.",
    },
    {
      name: "macro_auc",
      better: "higher",
      difference: "absolute",
      description: "Mean of the areas under the ROC curves of each class against the rest; more is better.",
    },
  ],
  deciding: [logLoss],
  live: ["log_loss", "accuracy", "macro_f1", "weighted_f1", "macro_auc"],
  notWorse: { metric: "log_loss", maxLoss: 0.02 },
} as const satisfies TaskDeclaration;

/** Classes that a model of MULTICLASS tells apart: of two it is BINARY's, and each has rows, trees and columns of its own. */
export const CLASSES = { min: 3, max: 100 } as const;

/** Every task there is. */
export const TASKS = [BINARY, REGRESSION, MULTICLASS] as const satisfies readonly TaskDeclaration[];
export type DeclaredTask = (typeof TASKS)[number];
export type TaskName = DeclaredTask["name"];
export type LiveMetricName = DeclaredTask["live"][number];
type Compared = DeclaredTask["compared"][number];
export type ComparedMetricName = Compared["name"];

/** What signatures that name no task were trained for. */
export const DEFAULT_TASK: string = BINARY.name;

/** By name, of all tasks, each once. */
export const comparedMetrics: ReadonlyMap<ComparedMetricName, Compared> = new Map(
  TASKS.flatMap(({ compared }) =>
    compared.map((metric): [ComparedMetricName, Compared] => [metric.name, metric]),
  ),
);

/**
 * The task that learns labels of a column type, such as `decimal(18,2)`, or undefined.
 * @param named what the service calls it, where it does
 */
export const taskOfLabel = (type: string, named?: string): TaskDeclaration | undefined => {
  const isOf = (types: readonly string[] = []) => types.includes(type.replace(/\(.*/, ""));
  return TASKS.find((task: TaskDeclaration) =>
    named === undefined
      ? isOf(task.labelTypes)
      : task.name === named && isOf([...task.labelTypes, ...(task.namedTypes ?? [])]),
  );
};

/** Of a signature, which names none where it is the default. */
export const declaredTask = ({ task = DEFAULT_TASK }: { task?: string }): TaskDeclaration =>
  TASKS.find(({ name }) => name === task) ?? BINARY;

/** The types of label columns that any task learns. */
export const LABEL_TYPES: readonly string[] = TASKS.flatMap(({ labelTypes }) => [...labelTypes]);

/** Whether the first value is the better one. */
export function isBetter({ better }: Pick<ComparedMetric, "better">, first: number, second: number): boolean {
  return better === "higher" ? first > second : first < second;
}
