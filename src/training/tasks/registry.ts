import { BadUserInputError } from "../../errors/errors.js";
import { Registry } from "../../values/registry.js";
import { DEFAULT_TASK, type TaskName, taskOfLabel } from "../../values/task.js";
import { binary } from "./binary/binary.task.js";
import type { Task } from "./task.js";

/** One of each that is declared. */
const records = { BINARY: binary } satisfies Record<TaskName, Task>;
export const tasks = new Registry<Task>("task", Object.values(records));

/** @throws {BadUserInputError} no task learns labels of that column type */
export function taskForLabel(type: string): Task {
  const declared = taskOfLabel(type);
  if (declared) return tasks.get(declared.name);
  const known = [...tasks].map(({ labelType }) => labelType).join(", ");
  throw new BadUserInputError(`no task learns labels of type ${type}; a label is one of ${known}`, { type });
}

/** `auc 0.8312, f1 0.6021` */
export const headline = (task: Task, metrics: Readonly<Record<string, number>>): string =>
  task.headline.map((name) => `${name} ${metrics[name]?.toFixed(4)}`).join(", ");

/** Of a signature. Those of the default task do not name it, as those of earlier releases do not. */
export const signatureTask = ({ name }: Task): { task?: string } =>
  name === DEFAULT_TASK ? {} : { task: name };

/** The task that a registered version answers. */
export const taskOf = ({ task }: { task?: string }): Task => tasks.get(task ?? DEFAULT_TASK);
