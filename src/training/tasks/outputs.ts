import type { TaskName } from "../../values/task.js";
import { binaryOutput } from "./binary/output.js";
import { multiclassOutput } from "./multiclass/output.js";
import { regressionOutput } from "./regression/output.js";
import type { TaskOutput } from "./task-output.js";

/** Apart from the tasks' records, so that the process of a model made elsewhere does not load what trains. */
export const taskOutputs: Readonly<Record<string, TaskOutput>> = {
  BINARY: binaryOutput,
  REGRESSION: regressionOutput,
  MULTICLASS: multiclassOutput,
} satisfies Record<TaskName, TaskOutput>;
