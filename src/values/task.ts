/** What the definitions, gates and clients know of a task; src/training/tasks has the rest of it. */
export interface TaskDeclaration {
  /** As GraphQL's enum `Task` has it. */
  readonly name: string;
  /** The type of the label columns that it learns. */
  readonly labelType: "bool" | "int" | "float" | "string";
  /** What models of it are compared by: by gates, by `tune`, out of fold and with Production. The first decides among candidates. */
  readonly compared: readonly ComparedMetric[];
}

export interface ComparedMetric {
  readonly name: string;
  readonly better: "higher" | "lower";
  /** One sentence, of the GraphQL enum. */
  readonly description: string;
}

export const BINARY = {
  name: "BINARY",
  labelType: "bool",
  compared: [
    { name: "auc", better: "higher", description: "Area under the ROC curve; more is better." },
    {
      name: "average_precision",
      better: "higher",
      description: "Area under the precision-recall curve; more is better.",
    },
    { name: "log_loss", better: "lower", description: "Mean negative log likelihood; less is better." },
    { name: "brier", better: "lower", description: "Mean squared error of the probability; less is better." },
  ],
} as const satisfies TaskDeclaration;

/** Every task there is. */
export const TASKS = [BINARY] as const satisfies readonly TaskDeclaration[];
type Compared = (typeof TASKS)[number]["compared"][number];
export type ComparedMetricName = Compared["name"];

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
