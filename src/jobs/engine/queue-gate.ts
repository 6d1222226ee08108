import { type Poll, queueRunner } from "./dbos-internals.js";

/** After word of a run: long enough for what follows it, such as DBOS's own note that a run ended. */
const OPEN_MS = 3_000;
/** Nobody told of anything: a queue is looked at all the same, as word may have been lost with a connection. */
const CLOSED_POLL_MS = 2_000;
/** By how much a poll of another process may be late. */
const POLL_SLACK_MS = 1_000;

/**
 * DBOS asks the database for each queue ten times a second, work or no work, which is most of what an idle process
 * uses. The gate lets a queue be asked while something happens to runs, which asof is told of by NOTIFY, and every
 * 2 s otherwise: runs start as soon as before.
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

  /** This process lets a queue be for so long that every other one looks into it at least once. */
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
