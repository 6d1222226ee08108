import { setTimeout as delay } from "node:timers/promises";

const RETRY_MS = 200;

/**
 * Reads on in a growing table whenever it is woken, one reading at a time; a wake-up during a reading is another
 * reading after it. A failed read is repeated: the same rows are not notified again.
 */
export class Tail {
  #reading = false;
  #again = false;
  readonly #closing = new AbortController();

  /** @param readOn hands out everything that is new; throws where the connection is gone */
  constructor(private readonly readOn: () => Promise<void>) {}

  wake(): void {
    this.#again = true;
    if (!this.#reading) void this.#read();
  }

  close(): void {
    this.#closing.abort();
  }

  async #read(): Promise<void> {
    const { signal } = this.#closing;
    this.#reading = true;
    while (this.#again && !signal.aborted) {
      this.#again = false;
      try {
        await this.readOn();
      } catch {
        this.#again = true;
        await delay(RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
    this.#reading = false;
  }
}
