import type { Logger } from "pino";
import type { Notifications } from "../db/notifications.js";
import type { Pool } from "../db/pool.js";
import { WokenLoop } from "../db/woken-loop.js";
import type { Deployment } from "../definitions/language/deployment.js";
import type { ChannelParts } from "./channels/alert-channel.js";
import { AlertCollector } from "./collector.js";
import { declaredAlertRules } from "./declared.js";
import { AlertOutbox, type Backoff } from "./outbox.js";
import { AlertRuleStore } from "./rule-store.js";
import { AlertSender } from "./sender.js";
import { type StateSources, StateWatch } from "./state-watch.js";

const TIMES = { togetherMs: 250, firstRetryMs: 500, lastRetryMs: 60_000 };
/** How often both loops look though nothing woke them: where there are rules, and where there is nobody to tell. */
const PAUSE_MS = { rules: 5_000, rest: 60_000 };
/** How often what lasts is looked at: where no run ended and no version moved, and where one did. */
const LOOK_MS = { else: 60_000, changed: 1_000 };

export interface AlertLoopParts {
  readonly pool: Pool;
  readonly definitions: Deployment;
  readonly channels: ChannelParts;
  readonly states: StateSources;
  readonly logger: Logger;
  readonly backoff?: Backoff;
}

/**
 * Finds what is to be told, and sends it, in every process: they take turns by rows of the database. Where there is no rule
 * they rest: no run and no move wakes them, only a rule that is set, by whatever process.
 */
export class AlertLoop {
  readonly sender: AlertSender;
  readonly #finding: WokenLoop;
  readonly #rules: AlertRuleStore;
  #rests = false;

  /** Before the listener starts. */
  constructor(
    private readonly parts: AlertLoopParts,
    listener: Notifications,
  ) {
    const { pool, definitions, channels, states, logger, backoff } = parts;
    this.#rules = new AlertRuleStore(pool);
    const lookMs = () => (this.#rests ? PAUSE_MS.rest : PAUSE_MS.rules);
    this.sender = new AlertSender(new AlertOutbox(pool, backoff), channels, logger, lookMs);
    const collector = new AlertCollector(pool, definitions, logger);
    const watch = new StateWatch(pool, definitions, states, logger);
    // As long as nobody has looked since.
    let hasChanged = false;
    this.#finding = new WokenLoop({
      ...{ ...TIMES, lookMs },
      work: async (closing) => {
        if (await this.#mayRest()) return;
        hasChanged = (await collector.collect()) || hasChanged;
        if (await watch.look(hasChanged ? LOOK_MS.changed : LOOK_MS.else, closing)) hasChanged = false;
        this.#finding.progressed();
      },
      failed: (err, isFirst) => {
        if (isFirst) logger.warn({ err }, "alerts: changes cannot be looked through; trying again");
      },
    });
    for (const channel of ["asof_run_events", "asof_stage_transitions", "asof_canaries"])
      listener.on(channel, () => this.#rests || this.#finding.wake());
    listener.on("asof_alert_rules", () => this.#finding.wake());
    listener.on("asof_alerts", () => this.sender.wake());
    listener.onReconnect(() => this.#finding.wake());
    listener.onReconnect(() => this.sender.wake());
  }

  /** Brings the rules into line with the definitions first. */
  async start(): Promise<void> {
    await this.#rules.declare(declaredAlertRules(this.parts.definitions));
    this.#finding.start();
    this.sender.start();
  }

  /** Whether there is nobody to tell. */
  async #mayRest(): Promise<boolean> {
    const rested = this.#rests;
    this.#rests = !(await this.#rules.any());
    if (rested && !this.#rests) this.sender.wake();
    return this.#rests;
  }

  async close(): Promise<void> {
    await this.#finding.close();
    await this.sender.close();
  }
}
