import type { ProcessEndedError } from "./model-process.js";

/** Deaths that are forgiven at once. */
const FORGIVEN = 3;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 60_000;
/** One death is forgotten a minute. */
const FORGET_MS = 60_000;
const KNOWN_ROWS = 1_000;

/**
 * What is held against one version: how often its process died of it, and of which rows. In memory alone: it can keep no
 * process from starting. The more often it died the longer it is not asked.
 */
export class Suspicion {
  #strikes = 0;
  #lastAt = 0;
  #last: ProcessEndedError | null = null;
  /** Rows that ended the process, by their values: they are not asked again. */
  readonly #rows = new Map<string, ProcessEndedError>();

  constructor(private readonly now: () => number = Date.now) {}

  died(error: ProcessEndedError): void {
    this.#strikes = this.#left() + 1;
    this.#lastAt = this.now();
    this.#last = error;
  }

  /** That row alone did it. */
  diedOf(row: string, error: ProcessEndedError): void {
    this.#rows.set(row, error);
    if (this.#rows.size > KNOWN_ROWS) this.#rows.delete(this.#rows.keys().next().value!);
  }

  get knowsRows(): boolean {
    return this.#rows.size > 0;
  }

  known(row: string): ProcessEndedError | null {
    return this.#rows.get(row) ?? null;
  }

  /** How long it is not to be asked yet; 0: it may be. */
  pauseMs(): number {
    const over = this.#left() - FORGIVEN;
    if (over <= 0) return 0;
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (over - 1));
    return Math.max(0, this.#lastAt + pause - this.now());
  }

  /** What is wrong with it, in words; null while nothing much is. */
  problem(): string | null {
    const left = this.#left();
    if (left <= FORGIVEN || !this.#last) return null;
    return `its process ended ${left} times of late, the last time because ${this.#last.message}`;
  }

  #left(): number {
    return Math.max(0, this.#strikes - Math.floor((this.now() - this.#lastAt) / FORGET_MS));
  }
}
