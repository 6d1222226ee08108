import { type AlertRule, readAlertOptions } from "../definitions/language/alerts.js";
import {
  about,
  collectContradictions,
  DefinitionError,
  type Refuse,
} from "../definitions/language/contradictions.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { BadUserInputError } from "../errors/errors.js";
import { UnknownNameError } from "../values/registry.js";
import { alertChannels } from "./channels/registry.js";
import { alertEvents } from "./events/registry.js";

/** A rule as it is kept: each option with its default. */
export interface ReadAlertRule {
  name: string;
  triggers: Record<string, unknown>;
  channel: string;
  options: unknown;
}

/** Checks every rule that the definitions declare against the records that are there. */
export function checkDeclaredAlerts({ alerts = [] }: Pick<Deployment, "alerts">, refuse: Refuse): void {
  for (const rule of alerts) readRule(rule, about(`alert ${JSON.stringify(rule.name)}`, refuse));
}

/** Those that the definitions declare. @throws {DefinitionError} one cannot be used */
export function declaredAlertRules({ alerts = [] }: Pick<Deployment, "alerts">): ReadAlertRule[] {
  let rules: (ReadAlertRule | null)[] = [];
  collectContradictions((refuse) => {
    rules = alerts.map((rule) => readRule(rule, about(`alert ${JSON.stringify(rule.name)}`, refuse)));
  });
  return rules.filter((rule) => rule !== null);
}

/** A rule from outside. @throws {BadUserInputError} with everything that is wrong with it */
export function parseAlertRule(rule: AlertRule): ReadAlertRule {
  try {
    let read: ReadAlertRule | null = null;
    collectContradictions((refuse) => {
      read = readRule(rule, refuse);
    });
    return read!;
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    throw new BadUserInputError(error.contradictions.join("; "), { argument: "input" });
  }
}

function readRule({ name, on, to }: AlertRule, refuse: Refuse): ReadAlertRule | null {
  const triggers = readTriggers(on, refuse);
  const { channel: named, ...given } = (to ?? {}) as Record<string, unknown>;
  const channel = alertChannels.find(String(named));
  if (!channel) {
    refuse(new UnknownNameError("alert channel", String(named), alertChannels.names()).message);
    return null;
  }
  const options = readAlertOptions(channel.options, given, about("to", refuse));
  return options === null ? null : { name, triggers, channel: channel.name, options };
}

function readTriggers(on: AlertRule["on"], refuse: Refuse): Record<string, unknown> {
  const asked = Object.entries(on ?? {}).filter(([, given]) => given !== undefined);
  if (asked.length === 0) refuse(`on: at least one of ${alertEvents.names().join(", ")} was expected`);
  const read: Record<string, unknown> = {};
  for (const [name, given] of asked) {
    const event = alertEvents.find(name);
    if (event) read[name] = readAlertOptions(event.options, given, about(name, refuse));
    else refuse(new UnknownNameError("alert event", name, alertEvents.names()).message);
  }
  return read;
}
