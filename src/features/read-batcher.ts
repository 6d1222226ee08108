import { outsideRequests } from "../observability/request-scope.js";

interface Asked<K, V> {
  keys: readonly K[];
  resolve(values: V[]): void;
  reject(error: unknown): void;
}

/** Keys in one read: enough to share its cost, few enough that no request waits long for the rows of others. */
const MOST_KEYS = 256;
/** Reads at once. Later requests are batched into the next read, which starts as soon as one of these returns. */
const UNDER_WAY = 2;
/** The longest that a batch is collected, so that a read that hangs delays no other. */
const GATHER_MS = 2;

/**
 * Small reads of many requests made as one. A batch closes at the end of the event-loop turn it was opened in; where
 * two are under way already, when one of them returns, or after 2 ms. A single reader does not wait.
 */
export class ReadBatcher<K, V> {
  #gathering: Asked<K, V>[] = [];
  #gathered = 0;
  #underWay = 0;
  #closing: NodeJS.Immediate | null = null;
  #bound: NodeJS.Timeout | null = null;

  /** Not in a request's scope: it must not end with the request that came first. */
  private readonly readAll: (keys: readonly K[]) => Promise<V[]>;
  private readonly readAlone: (keys: readonly K[]) => Promise<V[]>;

  constructor(
    /** One value per key, in the keys' order. */
    readAll: (keys: readonly K[]) => Promise<V[]>,
    /** Whether an error may be one key's fault: then each reader reads alone, and the others are answered. */
    private readonly isOfOneKey: (error: unknown) => boolean,
  ) {
    this.readAlone = readAll;
    this.readAll = (keys) => outsideRequests(() => readAll(keys));
  }

  /** One value per key, in the keys' order. @throws what the read throws */
  read(keys: readonly K[]): Promise<V[]> {
    if (keys.length >= MOST_KEYS) return this.readAlone(keys);
    return new Promise((resolve, reject) => {
      if (this.#gathered + keys.length > MOST_KEYS) this.#close();
      this.#gathering.push({ keys, resolve, reject });
      this.#gathered += keys.length;
      if (!this.#bound) this.#closing ??= setImmediate(() => this.#endOfTurn());
    });
  }

  #endOfTurn(): void {
    this.#closing = null;
    if (this.#underWay < UNDER_WAY) this.#close();
    else this.#bound ??= setTimeout(() => this.#close(), GATHER_MS);
  }

  #close(): void {
    if (this.#bound) clearTimeout(this.#bound);
    if (this.#closing) clearImmediate(this.#closing);
    this.#bound = null;
    this.#closing = null;
    const batch = this.#gathering;
    if (batch.length === 0) return;
    this.#gathering = [];
    this.#gathered = 0;
    this.#underWay++;
    void this.#answer(batch).finally(() => {
      this.#underWay--;
      if (this.#bound) this.#close();
    });
  }

  async #answer(batch: readonly Asked<K, V>[]): Promise<void> {
    try {
      if (batch.length === 1) return batch[0]!.resolve(await this.readAll(batch[0]!.keys));
      const values = await this.readAll(batch.flatMap(({ keys }) => keys));
      let from = 0;
      for (const { keys, resolve } of batch) {
        resolve(values.slice(from, from + keys.length));
        from += keys.length;
      }
    } catch (error) {
      const alone = batch.length > 1 && this.isOfOneKey(error);
      for (const { keys, resolve, reject } of batch) {
        if (alone) this.readAll(keys).then(resolve, reject);
        else reject(error);
      }
    }
  }
}
