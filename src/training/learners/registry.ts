import { BadUserInputError } from "../../errors/errors.js";
import { Registry } from "../../values/registry.js";
import type { FitOf, Learner } from "../learner.js";
import type { Labels } from "../tasks/labels.js";
import { boosting } from "./boosting/boosting.learner.js";
import { forest } from "./forest/forest.learner.js";
import { linear } from "./linear/linear.learner.js";
import { logistic } from "./logistic/logistic.learner.js";
import type { Hyperparameters } from "./param.js";

export const builtInLearners = [logistic, forest, boosting, linear] as const satisfies readonly Learner[];
export type BuiltInLearner = (typeof builtInLearners)[number];
export type BuiltInAlgorithm = BuiltInLearner["name"];

export const learners = new Registry<Learner>("learner", builtInLearners);

/** Whether the record of that name is one that asof comes with, which every thread has without being told. */
export const isBuiltIn = (name: string): boolean =>
  builtInLearners.some((builtIn) => builtIn === learners.find(name));

/** Trained where nothing else is asked for: boosting, or the first one where a deployment does without. */
export const defaultLearner = (): string => learners.find(boosting.name)?.name ?? learners.names()[0]!;

/** Whether the learner trains models of the task. */
export const doesTask = (name: string, task: string): boolean => Object.hasOwn(learners.get(name).fits, task);

/** @throws {BadUserInputError} the learner does not do the task */
export function requireTask(name: string, task: string): void {
  if (doesTask(name, task)) return;
  const { title, fits } = learners.get(name);
  const others = learners.names().filter((other) => doesTask(other, task));
  throw new BadUserInputError(
    `algorithm: ${title} (${name}) trains no ${task} models, only ${Object.keys(fits).join(", ")}; take ${others.join(" or ")}`,
    { algorithm: name, task },
  );
}

/** @throws {BadUserInputError} there is no such learner, or it does not do the task */
export function fitOf(name: string, task: string): FitOf<Hyperparameters, Labels, unknown> {
  requireTask(name, task);
  const fits: Readonly<Record<string, FitOf<Hyperparameters, Labels, unknown> | undefined>> =
    learners.get(name).fits;
  return fits[task]!;
}
