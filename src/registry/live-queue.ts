/** Rows handed to one live subscriber: pushed by the process's reader, taken when the subscriber is ready. */
export class LiveQueue<T> {
  readonly #items: T[] = [];
  #wake: (() => void) | null = null;
  #ended = false;

  constructor(private readonly wants: (item: T) => boolean) {}

  push(item: T): void {
    if (this.#ended || !this.wants(item)) return;
    this.#items.push(item);
    this.#wake?.();
  }

  /** The subscriber gets what is queued, then the end. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *drain(): AsyncGenerator<T, void, undefined> {
    while (true) {
      while (this.#items.length > 0) yield this.#items.shift()!;
      if (this.#ended) return;
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
