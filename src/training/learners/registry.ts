import { BadUserInputError } from "../../errors/errors.js";
import { Registry } from "../../values/registry.js";
import type { FitOf, Learner } from "../learner.js";
import type { Labels } from "../tasks/labels.js";
import { boosting } from "./boosting/boosting.learner.js";
import { forest } from "./forest/forest.learner.js";
import { logistic } from "./logistic/logistic.learner.js";
import type { Hyperparameters } from "./param.js";

export const builtInLearners = [logistic, forest, boosting] as const satisfies readonly Learner[];
export type BuiltInLearner = (typeof builtInLearners)[number];
export type BuiltInAlgorithm = BuiltInLearner["name"];

export const learners = new Registry<Learner>("learner", builtInLearners);

/** Whether the record of that name is one that asof comes with, which every thread has without being told. */
export const isBuiltIn = (name: string): boolean =>
  builtInLearners.some((builtIn) => builtIn === learners.find(name));

/** Trained where nothing else is asked for: boosting, or the first one where a deployment does without. */
export const defaultLearner = (): string => learners.find(boosting.name)?.name ?? learners.names()[0]!;

/** @throws {BadUserInputError} there is no such learner, or it does not do the task */
export function fitOf(name: string, task: string): FitOf<Hyperparameters, Labels, unknown> {
  const { fits: own, title } = learners.get(name);
  const fits: Readonly<Record<string, FitOf<Hyperparameters, Labels, unknown> | undefined>> = own;
  const fit = fits[task];
  if (fit) return fit;
  throw new BadUserInputError(
    `algorithm: ${title} (${name}) trains no ${task} models, only ${Object.keys(fits).join(", ")}`,
    { algorithm: name, task },
  );
}
