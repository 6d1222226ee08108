import { z } from "zod";
import type { Deployment } from "../../definitions/language/deployment.js";
import { COMPARED_METRICS } from "../../definitions/language/gates.js";
import { BadUserInputError } from "../../errors/errors.js";
import { jsonValue, named, ranged } from "../../inputs/fields.js";
import { drawTrials, resolveSpace } from "../../training/search-space.js";
import type { Task } from "../../training/tasks/task.js";
import { type ComparedMetricName, comparedMetrics } from "../../values/task.js";
import type { Pinning } from "../run-kind.js";
import { pinRows } from "../training/pin-rows.js";
import { candidateParams, type TrainParams, trainingRowsParams } from "../training/train-params.js";
import {
  requireFeaturesOf,
  resolveCandidate,
  rowsFields,
  taskOfModel,
  undeclared,
} from "../training/train-request.js";

/** As GraphQL calls them: AUC. All are out of fold. */
const TUNED_METRICS = Object.fromEntries(
  COMPARED_METRICS.map((metric) => [metric.toUpperCase(), metric]),
) as Record<string, ComparedMetricName>;

/** What a run is stored with. */
export const tuneParams = z.object({
  ...trainingRowsParams.shape,
  algorithm: candidateParams.shape.algorithm,
  metric: z.enum(COMPARED_METRICS),
  timeBudgetSeconds: z.number(),
  searchSeed: z.number(),
  space: z.record(z.string(), z.unknown()),
  trials: z
    .array(z.record(z.string(), z.unknown()))
    .describe("Complete hyperparameters, drawn when the search was asked for."),
});
export type TuneParams = z.infer<typeof tuneParams>;

/** `TuneInput`. */
export const tuneRequest = (deployment: Deployment) => {
  const rows = rowsFields(deployment);
  return z.strictObject({
    ...rows,
    seed: rows.seed.describe("Of the split, as in train."),
    trials: ranged(z.int(), { min: 1, max: 200 }).default(20).describe("At most, 1 to 200."),
    timeBudgetSeconds: ranged(z.number(), { min: 1, max: 86_400 })
      .default(600)
      .describe("The trial that is under way when they are over is ended and does not count."),
    searchSeed: ranged(z.int(), { min: 0, max: 2 ** 31 - 1 })
      .default(1)
      .describe("Of the search: the same seed draws the same trials."),
    metric: named(z.enum(TUNED_METRICS).describe("Judged out of fold, on training rows."), {
      type: "TuneMetric",
    })
      .nullish()
      .describe("The task's own unless given: AUC of yes and no, RMSE of numbers."),
    space: jsonValue()
      .nullish()
      .describe(
        'Over the algorithm\'s own space, by parameter: a value, {"choices": […]}, {"min", "max", "log"}, or null to leave it at its default.',
      ),
    undeclared: undeclared(),
  });
};

/** @throws what `pinRows` throws */
export async function pinTune(
  request: z.infer<ReturnType<typeof tuneRequest>>,
  on: Pinning,
): Promise<TuneParams> {
  const { trials: count, timeBudgetSeconds, searchSeed } = request;
  const task = taskOfModel(on.definitions, request.model);
  const { algorithm } = resolveCandidate(request.algorithm, {}, task.name);
  const metric = requireMetric(task, request.metric ?? task.notWorse.metric);
  const space = resolveSpace(algorithm, request.space, task.name);
  const trials = drawTrials(algorithm, space, count, searchSeed, task.name);
  const rows = await pinRows(request, on);
  for (const hyperparameters of trials)
    requireFeaturesOf(on.definitions, rows, { algorithm, hyperparameters });
  return { ...rows, algorithm, metric, timeBudgetSeconds, searchSeed, space: { ...space }, trials };
}

/** @throws {BadUserInputError} models of the task are not compared by it */
function requireMetric({ name: task, compared }: Task, metric: string): ComparedMetricName {
  const found = comparedMetrics.get(metric as ComparedMetricName);
  if (found && compared.some(({ name }) => name === metric)) return found.name;
  const known = compared.map(({ name }) => name.toUpperCase());
  throw new BadUserInputError(
    `metric: one of ${known.join(", ")} was expected of a ${task} model; got ${metric.toUpperCase()}`,
    { argument: "metric" },
  );
}

/** Of one fit. @param number from 1 */
export function trialParams(params: TuneParams, number: number, share: number): TrainParams {
  const { metric: _, timeBudgetSeconds: __, searchSeed: ___, space: ____, trials, ...rows } = params;
  return { ...rows, hyperparameters: trials[number - 1]!, ...(share < 1 && { share }) };
}
