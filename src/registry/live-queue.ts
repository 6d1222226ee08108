/**
 * Rows handed to one live subscriber: pushed by the process's reader, taken when the subscriber is ready. One that
 * does not keep up overflows: what it held is dropped, and it reads on from the table.
 */
export class LiveQueue<T> {
  readonly #items: T[] = [];
  #wake: (() => void) | null = null;
  #ended = false;
  #overflowed = false;

  constructor(
    private readonly wants: (item: T) => boolean,
    private readonly limit = Number.POSITIVE_INFINITY,
  ) {}

  push(item: T): void {
    if (this.#ended || this.#overflowed || !this.wants(item)) return;
    if (this.#items.length < this.limit) this.#items.push(item);
    else {
      this.#items.length = 0;
      this.#overflowed = true;
    }
    this.#wake?.();
  }

  /** The subscriber gets what is queued, then the end. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Whether rows were dropped since the last call. From this call on the queue takes rows again. */
  takeOverflow(): boolean {
    const overflowed = this.#overflowed;
    this.#overflowed = false;
    return overflowed;
  }

  /** Until the end, or an overflow. */
  async *drain(): AsyncGenerator<T, void, undefined> {
    while (true) {
      while (this.#items.length > 0) yield this.#items.shift()!;
      if (this.#ended || this.#overflowed) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
  }
}

/**
 * A generator's `return()` waits for a pending `next()`, which here may wait for ever; `stop` ends that wait
 * first, so that a client that goes away leaves nothing behind.
 */
export function stoppable<T>(
  generator: AsyncGenerator<T, void, undefined>,
  stop: () => void,
): AsyncIterableIterator<T> {
  return {
    next: () => generator.next(),
    return: () => {
      stop();
      return generator.return();
    },
    throw: (error) => {
      stop();
      return generator.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
