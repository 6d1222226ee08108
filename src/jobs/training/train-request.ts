import { z } from "zod";
import { type Deployment, findService } from "../../definitions/language/deployment.js";
import { serviceFeatures } from "../../definitions/language/service-features.js";
import { folds, jsonValue, model, named, seed, testFraction } from "../../inputs/fields.js";
import { defaultLearner, learners, requireTask } from "../../training/learners/registry.js";
import { requireFeatures, resolveParams } from "../../training/params.js";
import { taskForService, tasks } from "../../training/tasks/registry.js";
import type { Task } from "../../training/tasks/task.js";
import { DEFAULT_TASK } from "../../values/task.js";
import { dateFields, forecastFields } from "./date-fields.js";
import { decisionFields } from "./pin-decision.js";
import { selectFeaturesField } from "./select-features-field.js";
import { targetEncodingField } from "./target-encoding-field.js";
import type { CandidateParams, TrainingRowsParams } from "./train-params.js";
import { featureSpecs } from "./training-features.js";

/** One of the learners. */
export const algorithm = () =>
  named(
    z.string().refine((name) => learners.find(name) !== undefined, {
      error: ({ input }) => `${input} cannot be trained yet; take one of ${learners.names().join(", ")}`,
    }),
    { type: "Algorithm" },
  );

/** What is done with declared features that the snapshot was made without. */
export const undeclared = () =>
  named(
    z
      .enum(["REFUSE", "LEAVE_OUT"])
      .describe("What training does with a feature that the snapshot was made without."),
    {
      type: "Undeclared",
      values: {
        REFUSE: "It is refused, by the features' names.",
        LEAVE_OUT: "It is trained without; the run's parameters say which were left out.",
      },
    },
  ).default("REFUSE");

/** What is held out. */
const splitBy = () =>
  named(z.enum(["KEYS", "TIME"]).describe("What a training holds out, to measure on."), {
    type: "SplitBy",
    values: {
      KEYS: "testFraction of the keys, on all dates.",
      TIME: "testFraction of the dates, the newest: trained on the past, measured on what came after.",
    },
  })
    .default("KEYS")
    .describe(
      "TIME holds out the newest dates of a panel; dates whose labels came after the first of them are left out.",
    );

/** Which rows are trained from, and with what: of every kind that trains. */
export const rowsFields = (deployment: Deployment) => ({
  ...dateFields(),
  model: model(deployment),
  algorithm: algorithm().default(defaultLearner()),
  seed: seed(),
  testFraction: testFraction(),
  splitBy: splitBy(),
  features: z
    .array(z.string())
    .nullish()
    .describe("snake_case names of the features to learn from; all of the service unless given."),
  selectFeatures: selectFeaturesField(),
  targetEncoding: targetEncodingField(),
  ...decisionFields(),
});

/** What train and trainAndCompare take: `TrainInput`. */
export const trainFields = (deployment: Deployment) => {
  const rows = rowsFields(deployment);
  return {
    ...rows,
    ...forecastFields(),
    testFraction: rows.testFraction.describe("Share of the users held out to measure on."),
    params: jsonValue().nullish().describe("The algorithm's own parameters, by name."),
    folds: folds(),
    undeclared: undeclared(),
  };
};

/** What a model answers. Of one that is not declared, which pinning its rows refuses, the default. */
export function taskOfModel(definitions: Deployment, model: string): Task {
  const service = findService(definitions, model);
  return service ? taskForService(service) : tasks.get(DEFAULT_TASK);
}

/** @throws {BadUserInputError} the algorithm does not do the task, or a parameter is unknown or out of range */
export function resolveCandidate(algorithm: string, params: unknown, task: string): CandidateParams {
  requireTask(algorithm, task);
  return { algorithm, hyperparameters: { ...resolveParams(algorithm, params ?? {}, task) } };
}

/** @throws {BadUserInputError} a parameter names what is no feature that these rows are learnt from */
export function requireFeaturesOf(
  definitions: Deployment,
  { model, features, leftOut = [] }: TrainingRowsParams,
  { algorithm, hyperparameters }: CandidateParams,
): void {
  const learnt = serviceFeatures(findService(definitions, model)!).filter(
    ({ name }) => (features?.includes(name) ?? true) && !leftOut.includes(name),
  );
  const specs = featureSpecs(learnt.map(({ name, column }) => ({ name, type: column.type })));
  requireFeatures(algorithm, hyperparameters, specs);
}
