import type { Logger } from "pino";
import type { Notifications } from "../db/notifications.js";
import type { Queryable } from "../db/pool.js";
import { type LoopTimes, WokenLoop } from "../db/woken-loop.js";
import { lineageEvents } from "./lineage-event.js";
import { LineageOutbox, type WaitingChange } from "./lineage-outbox.js";
import { type LineageReceiver, ReceiverAwayError, sendLineage } from "./receiver.js";
import { findRunFacts } from "./run-facts.js";

/** It also asks whether another process has gone. */
const TIMES: LoopTimes = { lookMs: 5_000, togetherMs: 250, firstRetryMs: 500, lastRetryMs: 60_000 };

/**
 * Sends what runs do to a receiver of OpenLineage, beside them: no run waits for it. One process of all sends, one event after
 * the other, so that a run's are in their order; one that is not taken is sent again until it is, or is too old.
 * Each is sent at least once.
 */
export class LineageSender {
  readonly #outbox: LineageOutbox;
  readonly #loop: WokenLoop;

  constructor(
    private readonly db: Queryable,
    private readonly receiver: LineageReceiver,
    private readonly logger: Logger,
    listener: Notifications,
  ) {
    this.#outbox = new LineageOutbox(db);
    this.#loop = new WokenLoop({
      ...TIMES,
      work: (signal) => this.#sendWaiting(signal),
      failed: (error, isFirst) => this.#failed(error, isFirst),
    });
    listener.on("asof_run_events", () => this.#loop.wake());
  }

  start(): void {
    this.#loop.start();
  }

  async close(): Promise<void> {
    await this.#loop.close();
    await this.#outbox.release().catch(() => {});
  }

  /** Everything that waits, unless another process sends. */
  async #sendWaiting(signal: AbortSignal): Promise<void> {
    if (!(await this.#outbox.waits())) return;
    let after = await this.#outbox.take();
    while (after !== null) {
      const changes = await this.#outbox.page(after, this.receiver.keepDays);
      if (changes.length === 0) return;
      if (!(await this.#sendEach(changes, signal))) return;
      after = changes.at(-1)!.id;
    }
  }

  /** @returns false: another process took this one's place */
  async #sendEach(changes: readonly WaitingChange[], signal: AbortSignal): Promise<boolean> {
    const old = changes.filter(({ isOld }) => isOld).length;
    const { keepDays } = this.receiver;
    if (old > 0)
      this.logger.warn({ events: old }, `lineage: events older than ${keepDays} days are not sent`);
    for (const change of changes) {
      if (!change.isOld) await this.#send(change, signal);
      if (!(await this.#outbox.advance(change.id))) return false;
      if (this.#loop.progressed()) this.logger.info("lineage: events are sent again");
    }
    return true;
  }

  async #send(change: WaitingChange, signal: AbortSignal): Promise<void> {
    const { id, runId } = change;
    const facts = await findRunFacts(this.db, change);
    if (!facts) return;
    for (const event of lineageEvents(this.receiver.namespace, change, facts)) {
      const status = await sendLineage(this.receiver, event, signal);
      if (status >= 300)
        this.logger.error(
          { event: id, runId, status },
          "lineage: the receiver refuses the event; it is not sent again",
        );
    }
  }

  /** Logged once where it begins, however often it is tried. */
  async #failed(error: Error, isFirst: boolean): Promise<void> {
    const problem = error instanceof ReceiverAwayError ? error.message : "the database cannot be asked";
    if (isFirst)
      this.logger.warn(
        { problem, ...(error instanceof ReceiverAwayError ? {} : { err: error }) },
        "lineage: events wait, and are sent once the receiver takes them",
      );
    await this.#outbox.failed(problem).catch(() => {});
  }
}
