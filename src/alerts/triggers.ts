import type { Logger } from "pino";
import type { AlertEvent } from "./events/alert-event.js";
import { alertEvents } from "./events/registry.js";
import type { StoredAlertRule } from "./rule-store.js";

export interface Trigger {
  readonly event: AlertEvent;
  readonly options: unknown;
}

/** What rules ask for, parsed as it was when they were set. What this deployment has no record of any more is passed over. */
export class Triggers {
  readonly #said = new Set<string>();

  constructor(private readonly logger: Logger) {}

  of({ name: rule, triggers }: Pick<StoredAlertRule, "name" | "triggers">): Trigger[] {
    return Object.entries(triggers).flatMap(([name, given]) => {
      const event = alertEvents.find(name);
      const options = event && optionsOf(event, given);
      if (options) return [{ event, options }];
      this.#sayOnce(rule, name);
      return [];
    });
  }

  /** It is asked every few seconds. */
  #sayOnce(rule: string, event: string): void {
    const asked = JSON.stringify([rule, event]);
    if (this.#said.has(asked)) return;
    this.#said.add(asked);
    this.logger.warn({ rule, event }, "alerts: the rule asks for what this deployment does not know");
  }
}

/** Options of an event from outside may be checked by anything. */
function optionsOf(event: AlertEvent, given: unknown): NonNullable<unknown> | null {
  try {
    return event.options.safeParse(given).data ?? null;
  } catch {
    return null;
  }
}
