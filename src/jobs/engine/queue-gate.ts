import { type Poll, queueRunner } from "./dbos-internals.js";

/** How long queues are polled after a notification: until what follows is written, such as the end of a run in DBOS. */
const OPEN_MS = 3_000;
/** How often a queue is polled without a notification: one may have been lost with a connection. */
const CLOSED_POLL_MS = 2_000;
/** By how much a poll of another process may be late. */
const POLL_SLACK_MS = 1_000;

/**
 * DBOS polls each queue ten times a second, which is most of the load of an idle process. The gate lets it poll after a
 * NOTIFY about a run, and every 2 s otherwise, so runs start as soon as before.
 */
export class QueueGate {
  readonly #polledAt = new Map<string, number>();
  readonly #closedUntil = new Map<string, number>();
  #openUntil = 0;
  #original: Poll | null = null;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Something happened to a run, of whatever process. */
  open(): void {
    this.#openUntil = this.now() + OPEN_MS;
  }

  /** This process stops polling a queue until every other process has polled it at least once. */
  leaveToOthers(queue: string): void {
    this.#closedUntil.set(queue, this.now() + CLOSED_POLL_MS + POLL_SLACK_MS);
  }

  /** Whether the queue is to be asked at this moment. */
  admits(queue: string): boolean {
    const now = this.now();
    if (now < (this.#closedUntil.get(queue) ?? 0)) return false;
    if (
      now >= this.#openUntil &&
      now - (this.#polledAt.get(queue) ?? Number.NEGATIVE_INFINITY) < CLOSED_POLL_MS
    )
      return false;
    this.#polledAt.set(queue, now);
    return true;
  }

  /** Puts itself before DBOS's poll. */
  install(): void {
    const runner = queueRunner();
    const original = runner.pollQueue;
    this.#original = original;
    this.open();
    runner.pollQueue = async (executor, queue) =>
      queue.databaseBacked && !this.admits(queue.name) ? false : original.call(runner, executor, queue);
  }

  remove(): void {
    if (this.#original) queueRunner().pollQueue = this.#original;
    this.#original = null;
  }
}
