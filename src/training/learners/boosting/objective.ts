import { type ClassObjective, classWork } from "./class-objective.js";
import type { ObjectiveWork } from "./objective-work.js";
import { type ValueObjective, valueWork } from "./value-objective.js";

/** What trees are to lower, as plain data: it is sent to the threads. */
export type Objective = ClassObjective | ValueObjective;

export const workOf = (objective: Objective): ObjectiveWork =>
  objective.kind === "classes" ? classWork(objective) : valueWork(objective);
