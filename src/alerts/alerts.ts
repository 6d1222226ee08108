import { randomUUID } from "node:crypto";
import { type Pool, withTransaction } from "../db/pool.js";
import type { AlertRule } from "../definitions/language/alerts.js";
import { alertNameProblem } from "../definitions/language/alerts.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { BadUserInputError } from "../errors/errors.js";
import type { ChannelParts } from "./channels/alert-channel.js";
import { sendingProblem } from "./channels/registry.js";
import { parseAlertRule } from "./declared.js";
import {
  type AlertDelivery,
  type AlertDeliveryCount,
  type AlertDeliveryFilter,
  AlertDeliveryStore,
  addDelivery,
} from "./delivery-store.js";
import { messageOf } from "./message.js";
import { BACKOFF } from "./outbox.js";
import { AlertRuleStore, type StoredAlertRule } from "./rule-store.js";
import type { AlertSender } from "./sender.js";

/** What sends at once; of a process that is stopping it is gone. */
export type SendsNow = Pick<AlertSender, "send">;

/** The rules, what they sent, and a test of one. */
export class Alerts {
  readonly #rules: AlertRuleStore;
  readonly #deliveries: AlertDeliveryStore;

  constructor(
    private readonly pool: Pool,
    private readonly definitions: Deployment,
    private readonly parts: ChannelParts,
    private readonly sender: SendsNow,
  ) {
    this.#rules = new AlertRuleStore(pool);
    this.#deliveries = new AlertDeliveryStore(pool);
  }

  rules(first: number | null = null): Promise<StoredAlertRule[]> {
    return this.#rules.list(first);
  }

  /**
   * Sets a rule, or changes the one of this name. What happened before there was the rule is not told.
   * @throws {BadUserInputError} it cannot be used, or this process could not send by it
   * @throws {ConflictError} the definitions declare it
   */
  async set(rule: AlertRule, actor: string): Promise<StoredAlertRule> {
    const nameProblem = alertNameProblem(rule.name);
    if (nameProblem) throw new BadUserInputError(`name: ${nameProblem}`, { argument: "name" });
    const read = parseAlertRule(rule);
    const problem = await sendingProblem(read.channel, read.options, this.parts);
    if (problem) throw new BadUserInputError(`to: ${problem}`, { argument: "to" });
    return this.#rules.set(read, actor);
  }

  /** What waits for it is sent no more. @throws {AlertNotFoundError} @throws {ConflictError} the definitions declare it */
  delete(name: string): Promise<StoredAlertRule> {
    return this.#rules.delete(name);
  }

  /** Sends a message now, once, and waits for what becomes of it. @throws {AlertNotFoundError} */
  async test(name: string, actor: string): Promise<AlertDelivery> {
    const { channel, options, name: rule } = await this.#rules.get(name);
    const { rows } = await this.pool.query<{ at: Date }>("select clock_timestamp() as at");
    const { at } = rows[0]!;
    const occasion = { type: "TEST", phase: "TEST", at, deployment: this.definitions.name, rule } as const;
    const message = messageOf(occasion, {
      subject: `rule ${rule}`,
      summary: `${actor} asked for a test of the alert rule ${rule}`,
      data: { actor },
      page: "/alerts",
    });
    const lease = randomUUID();
    const delivery = { rule, event: "TEST", key: randomUUID(), channel, message };
    const id = await withTransaction(this.pool, (tx) =>
      addDelivery(tx, delivery, { lease, forMs: BACKOFF.leaseMs }),
    );
    await this.sender.send({ id: id!, rule, message, channel, options, lease, attempts: 1, at }, "never");
    return this.#deliveries.get(id!);
  }

  deliveries(filter: AlertDeliveryFilter, first: number): Promise<AlertDelivery[]> {
    return this.#deliveries.list(filter, first);
  }

  /** @throws {AlertNotFoundError} */
  delivery(id: string): Promise<AlertDelivery> {
    return this.#deliveries.get(id);
  }

  /** @throws {AlertNotFoundError} @throws {ConflictError} it was delivered, or its rule is gone */
  retry(id: string): Promise<AlertDelivery> {
    return this.#deliveries.retry(id);
  }

  counts(): Promise<AlertDeliveryCount[]> {
    return this.#deliveries.counts();
  }
}
