import { z } from "zod";
import type { FeatureService } from "../../definitions/language/deployment.js";
import { decisionOf } from "../../definitions/language/learns.js";
import { BadUserInputError } from "../../errors/errors.js";
import { named } from "../../inputs/fields.js";
import { taskForService } from "../../training/tasks/registry.js";
import {
  CALIBRATIONS,
  type Calibration,
  DECISIONS,
  type DecisionKind,
  type DecisionRule,
  decisionProblem,
} from "../../values/decision.js";
import type { TrainingRowsParams } from "./train-params.js";

/** As GraphQL's enums call them: PRECISION. */
export const enumOf = <Name extends string>(names: readonly Name[]): Record<string, Name> =>
  Object.fromEntries(names.map((name) => [name.toUpperCase(), name]));
export const describedBy = (texts: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name.toUpperCase(), text]));

const KINDS = Object.keys(DECISIONS) as DecisionKind[];
const NUMBERS = [...new Set(Object.values(DECISIONS).flatMap(({ numbers }) => Object.keys(numbers)))];

/** Of every kind that trains. */
export const decisionFields = () => ({
  decision: decision()
    .nullish()
    .describe("How the threshold is chosen; absent: as the service declares it, or by the best F1."),
  calibration: calibration()
    .nullish()
    .describe("How probabilities are put right; absent: as the service declares it, or not at all."),
});

const decision = () =>
  named(
    z
      .strictObject({
        kind: named(
          z.enum(enumOf(KINDS)).describe("How a threshold is chosen on training rows, out of fold."),
          {
            type: "DecisionKind",
            values: describedBy(Object.fromEntries(KINDS.map((kind) => [kind, DECISIONS[kind].description]))),
          },
        ),
        ...Object.fromEntries(
          NUMBERS.map((name) => [
            name,
            z
              .number()
              .nullish()
              .describe(`Of ${kindsWith(name)}.`),
          ]),
        ),
      })
      .describe("How a threshold is chosen, and what that way takes."),
    { type: "DecisionInput" },
  );

const calibration = () =>
  named(
    z
      .enum(enumOf(Object.keys(CALIBRATIONS) as Calibration[]))
      .describe("How probabilities are put right on training rows, out of fold."),
    { type: "Calibration", values: describedBy(CALIBRATIONS) },
  );

const kindsWith = (name: string): string =>
  KINDS.filter((kind) => Object.hasOwn(DECISIONS[kind].numbers, name))
    .map((kind) => kind.toUpperCase())
    .join(" and ");

export type AskedDecision = z.infer<ReturnType<typeof decision>>;

/**
 * What decides where an answer becomes a yes, of a training; nothing where it is the best F1 of probabilities as they are.
 * @throws {BadUserInputError} the decision lacks a number, or models of the service decide nothing
 */
export function pinDecision(
  service: FeatureService,
  request: { decision?: AskedDecision | null | undefined; calibration?: Calibration | null | undefined },
): Pick<TrainingRowsParams, "decision" | "calibration"> {
  const asked = request.decision && askedDecision(request.decision);
  const task = taskForService(service);
  if (!task.decision && (asked || request.calibration))
    throw new BadUserInputError(
      `${asked ? "decision" : "calibration"}: models of ${task.name} decide nothing; leave it out`,
      { argument: asked ? "decision" : "calibration" },
    );
  const chosen = asked ?? decisionOf(service.threshold);
  const calibrated = request.calibration ?? service.calibration ?? "none";
  return {
    ...(chosen.kind !== "f1" && { decision: { ...chosen } }),
    ...(calibrated !== "none" && { calibration: calibrated }),
  };
}

function askedDecision(asked: AskedDecision): DecisionRule {
  const given = Object.fromEntries(
    Object.entries(asked).filter(([, value]) => value !== null && value !== undefined),
  );
  const problem = decisionProblem(given);
  if (problem) throw new BadUserInputError(`decision: ${problem}`, { argument: "decision" });
  return given as DecisionRule;
}
