import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Notifications } from "../db/notifications.js";
import type { Queryable } from "../db/pool.js";
import { lineageEvents } from "./lineage-event.js";
import { LineageOutbox, type WaitingChange } from "./lineage-outbox.js";
import { type LineageReceiver, ReceiverAwayError, sendLineage } from "./receiver.js";
import { findRunFacts } from "./run-facts.js";

/** How often it is asked for events that no notification told of, and whether another process has gone. */
const LOOK_MS = 5_000;
/** What comes in a burst is looked for once. */
const TOGETHER_MS = 250;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 60_000;

/**
 * Sends what runs do to a receiver of OpenLineage, beside them: no run waits for it. One process of all sends, one event after
 * the other, so that a run's are in their order; one that is not taken is sent again until it is, or is too old.
 * Each is sent at least once.
 */
export class LineageSender {
  readonly #outbox: LineageOutbox;
  readonly #closing = new AbortController();
  #wake = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #failures = 0;

  constructor(
    private readonly db: Queryable,
    private readonly receiver: LineageReceiver,
    private readonly logger: Logger,
    listener: Notifications,
  ) {
    this.#outbox = new LineageOutbox(db);
    listener.on("asof_run_events", () => this.#wake.abort());
  }

  start(): void {
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#wake.abort();
    await this.#running;
    await this.#outbox.release().catch(() => {});
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      // What comes from here on wakes it.
      this.#wake = new AbortController();
      try {
        await this.#sendWaiting();
        await pause(LOOK_MS, this.#wake.signal);
        await pause(TOGETHER_MS, signal);
      } catch (error) {
        if (signal.aborted) return;
        await this.#failed(error as Error);
        await pause(Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), LAST_RETRY_MS), signal);
      }
    }
  }

  /** Everything that waits, unless another process sends. */
  async #sendWaiting(): Promise<void> {
    if (!(await this.#outbox.waits())) return;
    let after = await this.#outbox.take();
    while (after !== null) {
      const changes = await this.#outbox.page(after, this.receiver.keepDays);
      if (changes.length === 0) return;
      if (!(await this.#sendEach(changes))) return;
      after = changes.at(-1)!.id;
    }
  }

  /** @returns false: another process took this one's place */
  async #sendEach(changes: readonly WaitingChange[]): Promise<boolean> {
    const old = changes.filter(({ isOld }) => isOld).length;
    const { keepDays } = this.receiver;
    if (old > 0)
      this.logger.warn({ events: old }, `lineage: events older than ${keepDays} days are not sent`);
    for (const change of changes) {
      if (!change.isOld) await this.#send(change);
      if (!(await this.#outbox.advance(change.id))) return false;
      this.#succeeded();
    }
    return true;
  }

  async #send(change: WaitingChange): Promise<void> {
    const { id, runId } = change;
    const facts = await findRunFacts(this.db, change);
    if (!facts) return;
    for (const event of lineageEvents(this.receiver.namespace, change, facts)) {
      const status = await sendLineage(this.receiver, event, this.#closing.signal);
      if (status >= 300)
        this.logger.error(
          { event: id, runId, status },
          "lineage: the receiver refuses the event; it is not sent again",
        );
    }
  }

  #succeeded(): void {
    if (this.#failures > 0) this.logger.info("lineage: events are sent again");
    this.#failures = 0;
  }

  /** Logged once where it begins, however often it is tried. */
  async #failed(error: Error): Promise<void> {
    const problem = error instanceof ReceiverAwayError ? error.message : "the database cannot be asked";
    if (this.#failures++ === 0)
      this.logger.warn(
        { problem, ...(error instanceof ReceiverAwayError ? {} : { err: error }) },
        "lineage: events wait, and are sent once the receiver takes them",
      );
    await this.#outbox.failed(problem).catch(() => {});
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal }).catch(() => {});
