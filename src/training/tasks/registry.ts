import { BadUserInputError } from "../../errors/errors.js";
import { Registry } from "../../values/registry.js";
import { DEFAULT_TASK, LABEL_TYPES, type TaskName, taskOfLabel } from "../../values/task.js";
import { binary } from "./binary/binary.task.js";
import { namedLabels, type RawLabel } from "./classes.js";
import type { Labels } from "./labels.js";
import { multiclass } from "./multiclass/multiclass.task.js";
import { regression } from "./regression/regression.task.js";
import type { Task } from "./task.js";

/** One of each that is declared. */
const records = { BINARY: binary, REGRESSION: regression, MULTICLASS: multiclass } satisfies Record<
  TaskName,
  Task
>;
export const tasks = new Registry<Task>("task", Object.values(records));

/** A service, as far as it says what its models learn: a column, and the task where the column's type does not say it. */
interface LearningService {
  readonly label: {
    readonly source: { readonly columns: Readonly<Record<string, { readonly type: string }>> };
    readonly column: string;
  };
  readonly task?: string;
}

/** @throws {BadUserInputError} no task learns labels of that column type */
export function taskForService({ label, task }: LearningService): Task {
  const { type } = label.source.columns[label.column]!;
  const declared = taskOfLabel(type, task);
  if (declared) return tasks.get(declared.name);
  throw new BadUserInputError(
    `no task learns labels of type ${type}; a label is one of ${LABEL_TYPES.join(", ")}`,
    { type },
  );
}

/**
 * Labels as the task holds them, and the classes that they are places in, where it has some.
 * @param known classes that some models know
 */
export const readLabels = (
  task: Task,
  raw: readonly RawLabel[],
  known: readonly (readonly string[] | null | undefined)[] = [],
): { labels: Labels; classes: string[] | null } =>
  task.hasClasses
    ? namedLabels(raw, known)
    : { labels: task.labelArray.from(raw.map(Number)), classes: null };

/** `auc 0.8312, f1 0.6021` */
export const headline = (task: Task, metrics: Readonly<Record<string, number>>): string =>
  task.headline.map((name) => `${name} ${metrics[name]?.toFixed(4)}`).join(", ");

/** Of a signature. Those of the default task do not name it, as those of earlier releases do not. */
export const signatureTask = ({ name }: Task): { task?: string } =>
  name === DEFAULT_TASK ? {} : { task: name };

/** The task that a registered version answers. */
export const taskOf = ({ task }: { task?: string }): Task => tasks.get(task ?? DEFAULT_TASK);
