import { ServiceBusyError } from "../errors/limit-errors.js";
import { currentRequest } from "./request-scope.js";

interface Waiting {
  begin(): void;
}

/** Requests that may wait for their turn; whoever comes after them is told at once. */
const MOST_WAITING = 8;

/**
 * Work that reads and computes for long, one piece at a time in this process, however many ask: the rest of the database's
 * connections and of the machine is everybody else's. A request that ends while it waits gives up its place.
 */
export class ExclusiveQueue {
  #busy = false;
  readonly #waiting = new Set<Waiting>();

  constructor(
    /** As the one who is refused is told, such as "comparisons of snapshots". */
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

  /** It stays busy while it changes hands, so that nobody who comes meanwhile is first. */
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
