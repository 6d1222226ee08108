import { ServiceBusyError } from "../errors/limit-errors.js";
import { currentRequest } from "./request-scope.js";

interface Waiting {
  begin(): void;
}

/** Requests that may wait; later ones are refused at once. */
const MOST_WAITING = 8;

/**
 * Runs expensive work one piece at a time in this process, so that it takes at most one database connection and one core
 * from other requests. A request that ends while it waits leaves the queue.
 */
export class ExclusiveQueue {
  #busy = false;
  readonly #waiting = new Set<Waiting>();

  constructor(
    /** Named in the error of a refused request, such as "comparisons of snapshots". */
    private readonly what: string,
    private readonly mostWaiting = MOST_WAITING,
  ) {}

  /** @throws {ServiceBusyError} too many wait already */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy) await this.#wait();
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  #wait(): Promise<void> {
    if (this.#waiting.size >= this.mostWaiting)
      throw new ServiceBusyError(`${this.what} are made one at a time`);
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        begin: () => {
          stop?.();
          resolve();
        },
      };
      const stop = currentRequest()?.onEnd((reason) => {
        if (this.#waiting.delete(waiting)) reject(reason);
      });
      this.#waiting.add(waiting);
    });
  }

  /** It stays busy until the next one starts, so that a new request cannot overtake those that wait. */
  #next(): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#busy = false;
      return;
    }
    this.#waiting.delete(next);
    next.begin();
  }
}
