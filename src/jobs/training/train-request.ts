import { z } from "zod";
import type { Deployment } from "../../definitions/language/deployment.js";
import { calendarDate, folds, jsonValue, model, named, seed, testFraction } from "../../inputs/fields.js";
import { defaultLearner, learners } from "../../training/learners/registry.js";
import { resolveParams } from "../../training/params.js";
import type { CandidateParams } from "./train-params.js";

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

/** Which rows are trained from, and with what: of every kind that trains. */
export const rowsFields = (deployment: Deployment) => ({
  asOf: calendarDate().describe("The snapshot the features come from."),
  labelAsOf: calendarDate().nullish().describe("The snapshot the labels come from."),
  model: model(deployment),
  algorithm: algorithm().default(defaultLearner()),
  seed: seed(),
  testFraction: testFraction(),
});

/** What train and trainAndCompare take: `TrainInput`. */
export const trainFields = (deployment: Deployment) => {
  const rows = rowsFields(deployment);
  return {
    ...rows,
    labelAsOf: rows.labelAsOf.describe(
      "The snapshot the labels come from, asOf unless given; a later date trains a forecast.",
    ),
    testFraction: rows.testFraction.describe("Share of the users held out to measure on."),
    params: jsonValue().nullish().describe("The algorithm's own parameters, by name."),
    folds: folds(),
    undeclared: undeclared(),
  };
};

/** @throws {BadUserInputError} a parameter is unknown or out of range */
export const resolveCandidate = (algorithm: string, params: unknown): CandidateParams => ({
  algorithm,
  hyperparameters: { ...resolveParams(algorithm, params ?? {}) },
});
