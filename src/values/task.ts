/** What the definitions, gates and clients know of a task; src/training/tasks has the rest of it. */
export interface TaskDeclaration {
  /** As GraphQL's enum `Task` has it. */
  readonly name: string;
  /** The type of the label columns that it learns. */
  readonly labelType: "bool" | "int" | "float" | "string";
  /** What models of it are compared by: by gates, by `tune`, out of fold and with Production. */
  readonly compared: readonly ComparedMetric[];
  /** What candidates are chosen by, out of fold: equal ones by the next. */
  readonly deciding: readonly ComparedMetric[];
  /** What is measured of logged predictions when labels come: fields of the GraphQL type LiveMetrics, in camelCase. */
  readonly live: readonly string[];
}

export interface ComparedMetric {
  readonly name: string;
  readonly better: "higher" | "lower";
  /** One sentence, of the GraphQL enum. */
  readonly description: string;
}

const auc = {
  name: "auc",
  better: "higher",
  description: "Area under the ROC curve; more is better.",
} as const satisfies ComparedMetric;
const logLoss = {
  name: "log_loss",
  better: "lower",
  description: "Mean negative log likelihood; less is better.",
} as const satisfies ComparedMetric;

export const BINARY = {
  name: "BINARY",
  labelType: "bool",
  compared: [
    auc,
    {
      name: "average_precision",
      better: "higher",
      description: "Area under the precision-recall curve; more is better.",
    },
    logLoss,
    { name: "brier", better: "lower", description: "Mean squared error of the probability; less is better." },
  ],
  deciding: [auc, logLoss],
  live: ["auc", "log_loss", "brier", "accuracy", "precision", "recall", "f1"],
} as const satisfies TaskDeclaration;

/** Every task there is. */
export const TASKS = [BINARY] as const satisfies readonly TaskDeclaration[];
export type DeclaredTask = (typeof TASKS)[number];
export type TaskName = DeclaredTask["name"];
export type LiveMetricName = DeclaredTask["live"][number];
type Compared = DeclaredTask["compared"][number];
export type ComparedMetricName = Compared["name"];

/** What signatures that name no task were trained for. */
export const DEFAULT_TASK: string = BINARY.name;

/** By name, of all tasks, each once. */
export const comparedMetrics: ReadonlyMap<ComparedMetricName, Compared> = new Map(
  TASKS.flatMap(({ compared }) => compared.map((metric) => [metric.name, metric])),
);

/** The task that learns labels of a column type, or undefined. */
export const taskOfLabel = (type: string): TaskDeclaration | undefined =>
  TASKS.find(({ labelType }) => labelType === type);

/** Whether the first value is the better one. */
export function isBetter({ better }: Pick<ComparedMetric, "better">, first: number, second: number): boolean {
  return better === "higher" ? first > second : first < second;
}
