import { AsofError } from "../../errors/errors.js";

/** More would take the machine from those who are served. */
const AT_ONCE = 2;
const WAITING = 8;

/** Registrations that try a model at once, and that wait to. */
export class TrialQueue {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(
    private readonly atOnce = AT_ONCE,
    private readonly mostWaiting = WAITING,
  ) {}

  /** @throws {AsofError} SERVICE_UNAVAILABLE: too many wait already */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.atOnce) await this.#wait();
    else this.#running++;
    try {
      return await work();
    } finally {
      // The place goes to the next, who need not count himself.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }

  #wait(): Promise<void> {
    if (this.#waiting.length < this.mostWaiting) return new Promise((resolve) => this.#waiting.push(resolve));
    throw new AsofError(
      "SERVICE_UNAVAILABLE",
      `${this.atOnce} models are being tried and ${this.mostWaiting} wait for it; register this one again later`,
      { retryAfterSeconds: 10 },
    );
  }
}
