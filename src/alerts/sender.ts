import type { Logger } from "pino";
import { WokenLoop } from "../db/woken-loop.js";
import type { ChannelParts } from "./channels/alert-channel.js";
import { NotTakenError } from "./channels/not-taken.js";
import { alertChannels } from "./channels/registry.js";
import { inOneLine } from "./channels/said.js";
import { parseMessage } from "./message.js";
import type { AlertOutbox, Claimed } from "./outbox.js";
import { waitAtMost } from "./wait-at-most.js";

/** By one process. */
const AT_ONCE = 8;
const TIMES = { togetherMs: 20, firstRetryMs: 500, lastRetryMs: 60_000 };
const FORGET_EVERY_MS = 3_600_000;
/** Of why it was not taken: channels from outside say what they like. */
const SHOWN_CHARACTERS = 1_000;
/** Of the lease. */
const SENDS_FOR = 0.75;

/**
 * Sends what waits, several receivers at once and one message of a rule at a time. What is not taken is sent again after longer
 * and longer pauses, until it is dead. One that a killed process had under way is sent again: at least once, with the same id.
 */
export class AlertSender {
  readonly #loop: WokenLoop;
  readonly #underWay = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #forgotten = 0;

  constructor(
    private readonly outbox: AlertOutbox,
    private readonly parts: ChannelParts,
    private readonly logger: Logger,
    lookMs: () => number = () => 5_000,
  ) {
    this.#loop = new WokenLoop({
      ...{ ...TIMES, lookMs },
      work: () => this.#sendWaiting(),
      failed: (err, isFirst) => {
        if (isFirst) logger.warn({ err }, "alerts: what waits cannot be looked for; trying again");
      },
    });
  }

  start(): void {
    this.#loop.start();
  }

  wake(): void {
    this.#loop.wake();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#loop.close();
    await Promise.all(this.#underWay);
  }

  /** One attempt with what the caller has taken. @returns what kept it from being taken; null: it was */
  async send(claimed: Claimed, again?: "never"): Promise<string | null> {
    const { signal } = this.#closing;
    try {
      await this.#attempt(claimed, signal);
      await this.outbox.delivered(claimed);
      return null;
    } catch (error) {
      if (signal.aborted) {
        await this.outbox.giveBack(claimed);
        return "the process stops";
      }
      return this.#failed(claimed, error, again);
    }
  }

  async #sendWaiting(): Promise<void> {
    const room = AT_ONCE - this.#underWay.size;
    if (room > 0)
      for (const claimed of await this.outbox.claim(room)) {
        // What it cannot write is taken again once the lease is over.
        const sending: Promise<void> = this.send(claimed)
          .then(
            () => {},
            (err) => this.logger.warn({ err }, "alerts: what became of one cannot be written"),
          )
          .finally(() => {
            this.#underWay.delete(sending);
            this.#loop.wake();
          });
        this.#underWay.add(sending);
      }
    this.#loop.progressed();
    if (performance.now() - this.#forgotten < FORGET_EVERY_MS && this.#forgotten > 0) return;
    await this.outbox.forgetOld();
    this.#forgotten = performance.now();
  }

  /** @throws {NotTakenError} */
  async #attempt(
    { id, channel: named, options, message: stored, at }: Claimed,
    signal: AbortSignal,
  ): Promise<void> {
    const message = parseMessage(stored);
    if (!message) throw new NotTakenError("what is stored is no message of an alert", "never");
    const channel = alertChannels.find(named);
    const read = channel?.options.safeParse(options);
    if (!channel || !read?.success)
      throw new NotTakenError(`this deployment has no channel ${named} that takes the rule's options`);
    // Shorter than the lease: a channel from outside that hangs must not be sent by twice, nor keep the process from stopping.
    const mostMs = this.outbox.backoff.leaseMs * SENDS_FOR;
    const late = new NotTakenError(`the channel did not end in ${mostMs / 1000} s`);
    await waitAtMost(mostMs, late, signal, (ends) =>
      channel.send({ id, message, at }, read.data, this.parts, ends),
    );
  }

  async #failed(claimed: Claimed, error: unknown, again?: "never"): Promise<string> {
    const { id, rule, channel, attempts } = claimed;
    const isKnown = error instanceof NotTakenError;
    const why = isKnown
      ? inOneLine(error.message).slice(0, SHOWN_CHARACTERS)
      : "it could not be sent; the log says why";
    if (!isKnown) this.logger.error({ err: error, delivery: id, rule }, "alerts: the channel failed");
    const isDead = await this.outbox.failed(claimed, why, again ?? (isKnown ? error.again : 0));
    if (isDead && !again)
      this.logger.error(
        { delivery: id, rule, channel, attempts, problem: why },
        "alerts: a message is given up",
      );
    return why;
  }
}
