import { FairQueue } from "../../db/fair-queue.js";

/** The cost of requests answered at once in one process: they share its event loop. */
const AT_ONCE = 100_000;
/** What costs less begins at once: some thousands of them fit into a second. */
const SMALL = 1_000;
const QUEUE = { requests: 100, waitMs: 20_000, perRequest: 1 };

const nothing = () => {};

/**
 * Lets operations begin as long as what is being answered costs no more than a process can take on at a time; a larger one
 * is answered alone. Who waits does so by caller in turns, and is refused where too many do.
 */
export class Admission {
  #inFlight = 0;
  readonly #queue = new FairQueue(
    "operations that cost as much as one process answers at a time are under way",
    QUEUE,
  );

  /**
   * @returns what ends it
   * @throws {ServiceBusyError} too many wait @throws what its request ended with meanwhile
   */
  async enter(cost: number): Promise<() => void> {
    if (cost < SMALL) return nothing;
    const weight = Math.min(cost, AT_ONCE);
    const asker = this.#queue.enter(weight);
    if (this.#queue.length === 0 && this.#inFlight + weight <= AT_ONCE) {
      asker.held++;
      this.#inFlight += weight;
    } else await this.#queue.wait(asker);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#inFlight -= weight;
      asker.held--;
      this.#queue.forget(asker);
      this.#next();
    };
  }

  #next(): void {
    for (;;) {
      const next = this.#queue.next(({ weight }) => this.#inFlight + weight <= AT_ONCE);
      if (!next) return;
      this.#inFlight += next.weight;
    }
  }
}
