import { z } from "zod";
import type { Deployment } from "../../definitions/language/deployment.js";
import { jsonValue, model, name, ranged, seed, testFraction } from "../../inputs/fields.js";
import { DELTA } from "../../values/ranges.js";
import { exportParams } from "../export/export-params.js";
import { exportRequest, pinExport } from "../export/export-request.js";
import type { Pinning } from "../run-kind.js";
import { dateFields, forecastFields } from "../training/date-fields.js";
import { trainingCommands } from "./training-commands.js";

/** `TrainExternallyInput`. */
export const trainExternallyRequest = (deployment: Deployment) =>
  z.strictObject({
    command: name().describe("One of the training commands that the deployment declares."),
    ...dateFields(),
    ...forecastFields(),
    model: model(deployment),
    features: z
      .array(z.string())
      .nullish()
      .describe(
        "snake_case names, in the order of the columns; unless given, all of the service that the caller may see.",
      ),
    seed: seed(),
    testFraction: testFraction().describe("Share of the users held out to measure on."),
    params: jsonValue()
      .nullish()
      .describe("The command gets them as they are, in its specification; what they mean is its own affair."),
    delta: ranged(z.number(), DELTA)
      .nullish()
      .describe(
        "What the version must win by to take Production's place, as in trainAndCompare; absent: it is registered, and not compared.",
      ),
  });
type TrainExternallyRequest = z.infer<ReturnType<typeof trainExternallyRequest>>;

/** What a run is stored with. */
export const trainExternallyParams = z.object({
  command: z.string(),
  model: z.string(),
  seed: z.number(),
  testFraction: z.number(),
  params: z.unknown().describe("The command's own."),
  delta: z.number().nullable().describe("What it must win by; null: it is not compared."),
  export: exportParams.describe("Its training set, of pinned snapshots."),
});
export type TrainExternallyParams = z.infer<typeof trainExternallyParams>;

/**
 * @throws {UnknownNameError} the deployment declares no such command
 * @throws what `pinExport` throws
 */
export async function pinTraining(
  request: TrainExternallyRequest,
  on: Pinning,
): Promise<TrainExternallyParams> {
  const { command, model, seed, testFraction, params = null, delta = null } = request;
  trainingCommands.get(command);
  const { asOf, asOfFrom, asOfTo, labelAsOf, labelAfterDays, knownAt, features } = request;
  const asked = exportRequest(on.definitions).parse({
    ...{ asOf, asOfFrom, asOfTo, labelAsOf, labelAfterDays, knownAt, model, features },
    ...{ formats: ["HIVE"], heldOut: { seed, testFraction }, encoding: "ORDINAL" },
  });
  return { command, model, seed, testFraction, params, delta, export: await pinExport(asked, on) };
}
