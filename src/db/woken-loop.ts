import { setTimeout as delay } from "node:timers/promises";

/** When a loop looks, and how soon it tries again. */
export interface LoopTimes {
  /** How often it looks though nothing woke it: a notification may have been lost. */
  readonly lookMs: number | (() => number);
  /** What comes in a burst is looked for once. */
  readonly togetherMs: number;
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
}

interface LoopParts extends LoopTimes {
  /** Does whatever is there to do. */
  work(signal: AbortSignal): Promise<void>;
  /** @param isFirst it went well before: what follows is the same failure */
  failed(error: Error, isFirst: boolean): Promise<void> | void;
}

/** Work that is done when something woke it, each so many seconds, and again after longer and longer pauses where it fails. */
export class WokenLoop {
  readonly #closing = new AbortController();
  #wake = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #failures = 0;

  constructor(private readonly parts: LoopParts) {}

  start(): void {
    this.#running = this.#run();
  }

  wake(): void {
    this.#wake.abort();
  }

  /** Something of it went well: the next failure is a first one. @returns whether it failed before */
  progressed(): boolean {
    const failed = this.#failures > 0;
    this.#failures = 0;
    return failed;
  }

  /** Aborts what is under way, and waits for it. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#wake.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { work, failed, lookMs, togetherMs, firstRetryMs, lastRetryMs } = this.parts;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      // What comes from here on wakes it.
      this.#wake = new AbortController();
      try {
        await work(signal);
        await pause(typeof lookMs === "number" ? lookMs : lookMs(), this.#wake.signal);
        await pause(togetherMs, signal);
      } catch (error) {
        if (signal.aborted) return;
        await failed(error as Error, this.#failures++ === 0);
        await pause(Math.min(firstRetryMs * 2 ** (this.#failures - 1), lastRetryMs), signal);
      }
    }
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal }).catch(() => {});
