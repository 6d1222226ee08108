import type { Refuse } from "../../definitions/language/contradictions.js";
import type { Deployment } from "../../definitions/language/deployment.js";
import { Registry } from "../../values/registry.js";

/**
 * A program that trains outside of asof, for what is too large for its own learners. Only a deployment declares one: who
 * starts a run names it, and sends parameters as data.
 */
export interface TrainingCommand {
  /** As requests name it: xgboost_dask. */
  readonly name: string;
  /** One sentence. */
  readonly description: string;
  /** The program and its arguments; the path of the specification follows them. No shell reads them. */
  readonly command: readonly [string, ...string[]];
  /** Variables of asof's own environment that it gets. Beside PATH, LANG, LC_ALL, TZ and TMPDIR it gets no other. */
  readonly inherits?: readonly string[];
  /** Variables that are set for it. */
  readonly variables?: Readonly<Record<string, string>>;
  /** It is ended after so many seconds, 1 to 604 800; 21 600 unless given. */
  readonly timeLimitSeconds?: number;
  /** Where asof answers MLflow's clients, as the command reaches it; absent: it logs nothing there. */
  readonly trackingUrl?: string;
}

export const TIME_LIMIT = { min: 1, max: 7 * 86_400, default: 6 * 3_600 } as const;

/** asof comes with none: it starts no program that its operator has not named. */
export const builtInTrainingCommands: readonly TrainingCommand[] = [];

/** Those of this process. */
export const trainingCommands = new Registry<TrainingCommand>("training command", builtInTrainingCommands);

const NAME = /^[a-z][a-z0-9_]{0,62}$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Calls `refuse` with what is wrong with each, and with policies that name none of them. */
export function checkTrainingCommands({ services }: Pick<Deployment, "services">, refuse: Refuse): void {
  for (const each of trainingCommands) {
    const said = (problem: string) => refuse(`training command ${JSON.stringify(each.name)}: ${problem}`);
    const {
      command,
      inherits = [],
      variables = {},
      timeLimitSeconds = TIME_LIMIT.default,
      trackingUrl,
    } = each;
    if (!NAME.test(each.name)) said("its name must be of a-z, 0-9 and _, as in xgboost_dask");
    if (!command[0]) said("command must begin with a program");
    for (const name of [...inherits, ...Object.keys(variables)])
      if (!VARIABLE.test(name)) said(`${JSON.stringify(name)} is no name of a variable`);
    if (!(timeLimitSeconds >= TIME_LIMIT.min && timeLimitSeconds <= TIME_LIMIT.max))
      said(`timeLimitSeconds ${timeLimitSeconds} must be from ${TIME_LIMIT.min} to ${TIME_LIMIT.max}`);
    if (trackingUrl !== undefined && !URL.canParse(trackingUrl))
      said(`trackingUrl ${JSON.stringify(trackingUrl)} is no URL`);
  }
  for (const { name, driftPolicy } of services) {
    const trainer = driftPolicy?.trainWith;
    if (trainer !== undefined && !trainingCommands.find(trainer))
      refuse(
        `service ${name}: driftPolicy.trainWith ${JSON.stringify(trainer)} is no training command; known: ${trainingCommands.names().join(", ") || "none"}`,
      );
  }
}
