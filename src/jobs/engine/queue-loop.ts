import { type PolledQueue, type QueueRunner, queueRunner } from "./dbos-internals.js";

/** How long queues are looked into often after something happened to a run: until what follows is written, such as its end in DBOS. */
const OPEN_MS = 3_000;
const OPEN_PAUSE_MS = 100;
/** How often they are looked into without a notification: one may have been lost with a connection. */
const REST_PAUSE_MS = 2_000;
/** By how much a look of another process may be late. */
const SLACK_MS = 1_000;
/** How often the queues' limits are read again: another release may have changed them. */
const REFRESH_MS = 10_000;
/** The longest that a queue is left alone after another process claimed from it at the same moment. */
const MAX_BACK_OFF_MS = 2_000;

export interface QueueLoopParts {
  /** Which of these queues hold a workflow that waits. Looking into one costs six statements, this one for all. */
  waiting(queues: readonly string[]): Promise<readonly string[]>;
  /** In ms, of a clock that is never set. */
  now?: () => number;
}

/**
 * Decides when DBOS looks into its queues, in place of DBOS's own loop: that one looks ten times a second into each, which
 * is most of what an idle process would do, and by the wall clock, so that a clock set back by an hour leaves them alone for
 * an hour. This one asks once for all queues, at once after a NOTIFY about a run and every 2 s otherwise.
 *
 * Workflows with a delay, of which asof has none, would stay delayed.
 */
export class QueueLoop {
  readonly #now: () => number;
  readonly #polling = new Map<string, Promise<void>>();
  readonly #closedUntil = new Map<string, number>();
  readonly #backOffMs = new Map<string, number>();
  #openUntil = 0;
  #refreshAt = 0;
  #wake: (() => void) | null = null;
  #original: QueueRunner["schedulerLoop"] | null = null;

  constructor(private readonly parts: QueueLoopParts) {
    this.#now = parts.now ?? (() => performance.now());
  }

  /** Something happened to a run, of whatever process. */
  open(): void {
    this.#openUntil = this.#now() + OPEN_MS;
    this.#wake?.();
  }

  /** Queues were registered, or changed. */
  refresh(): void {
    this.#refreshAt = 0;
    this.open();
  }

  /** This process leaves a queue alone until every other process has looked into it at least once. */
  leaveToOthers(queue: string): void {
    this.#closedUntil.set(queue, this.#now() + REST_PAUSE_MS + SLACK_MS);
  }

  /** Puts itself in the place of DBOS's loop, before DBOS is launched. */
  install(): void {
    const runner = queueRunner();
    this.#original = runner.schedulerLoop;
    this.open();
    runner.schedulerLoop = (executor) => this.#run(runner, executor);
  }

  remove(): void {
    if (this.#original) queueRunner().schedulerLoop = this.#original;
    this.#original = null;
  }

  async #run(runner: QueueRunner, executor: unknown): Promise<void> {
    const { signal } = runner.abortController;
    while (!signal.aborted) {
      await this.#look(runner, executor);
      const pauseMs = this.#now() < this.#openUntil ? OPEN_PAUSE_MS : REST_PAUSE_MS;
      if (!signal.aborted) await this.#pause(pauseMs, signal);
    }
    await Promise.all(this.#polling.values());
  }

  async #look(runner: QueueRunner, executor: unknown): Promise<void> {
    if (this.#now() >= this.#refreshAt) {
      this.#refreshAt = this.#now() + REFRESH_MS;
      await runner.refreshDbQueues(executor, Date.now());
    }
    const queues = new Map([...runner.states.values()].map(({ queue }) => [queue.name, queue]));
    const free = [...queues.keys()].filter((name) => this.#isFree(name));
    // Where it cannot be known, as while a connection is renewed, the next look will tell.
    const waiting = await this.parts.waiting(free).catch(() => []);
    for (const name of waiting) {
      const queue = queues.get(name);
      if (queue) this.#polling.set(name, this.#poll(runner, executor, queue));
    }
  }

  #isFree(queue: string): boolean {
    return !this.#polling.has(queue) && this.#now() >= (this.#closedUntil.get(queue) ?? 0);
  }

  async #poll(runner: QueueRunner, executor: unknown, queue: PolledQueue): Promise<void> {
    const { name } = queue;
    try {
      // It logs its errors, and is true where another process claimed from the queue at that moment.
      const wasContended = await runner.pollQueue(executor, queue).catch(() => true);
      if (!wasContended) return void this.#backOffMs.delete(name);
      const pauseMs = Math.min(MAX_BACK_OFF_MS, 2 * (this.#backOffMs.get(name) ?? OPEN_PAUSE_MS / 2));
      this.#backOffMs.set(name, pauseMs);
      this.#closedUntil.set(name, this.#now() + pauseMs * (0.5 + Math.random()));
      this.open();
    } finally {
      this.#polling.delete(name);
    }
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        this.#wake = null;
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener("abort", end, { once: true });
      this.#wake = end;
    });
  }
}
