import DataLoader from "dataloader";
import { QueryTooComplexError } from "../errors/limit-errors.js";
import { currentRequest } from "../observability/request-scope.js";
import { LOOK_UP, ROW } from "../schema/field-costs.js";
import { ListPacer } from "./list-pacer.js";

/**
 * What the look-ups of one request come to, as they are made: the lengths of lists that no argument bounds are known only
 * then.
 */
export class Meter {
  #spent = 0;
  readonly turns = new ListPacer();

  constructor(private readonly max: number) {}

  /** @throws {QueryTooComplexError} */
  charge(cost: number): void {
    this.#spent += cost;
    if (this.#spent <= this.max) return;
    const advice = "the lists it follows are longer than a request may go through: ask for fewer at once";
    throw new QueryTooComplexError("cost", this.max, this.#spent, advice);
  }
}

/** Keys of one statement: enough for any page, and a plan PostgreSQL still makes quickly. */
const KEYS_TOGETHER = 1_000;

export type Read<K, V> = (keys: readonly K[]) => Promise<readonly (V | Error)[]>;

export type Loader<K, V> = DataLoader<K, V, unknown>;

/** @param name makes a cache key of a key that is no text or number */
export function loader<K, V>(meter: Meter, read: Read<K, V>, name?: (key: K) => unknown): Loader<K, V> {
  const charged: Read<K, V> = async (keys) => {
    meter.charge(keys.length * LOOK_UP);
    const values = await read(keys);
    meter.charge(rowsOf(values) * ROW);
    // The loader resolves with a promise among them, so the caller that asked for its key awaits it.
    return meter.turns.handOn(values, fieldsOf) as readonly (V | Error)[];
  };
  return new DataLoader<K, V, unknown>(charged, {
    batchScheduleFn: (dispatch) => meter.turns.schedule(dispatch),
    maxBatchSize: KEYS_TOGETHER,
    ...(name && { cacheKeyFn: name }),
  });
}

/** For what cannot be asked together, and takes long: one after the other, as long as the request waits for it. */
export function eachInTurn<K, V>(
  meter: Meter,
  price: number,
  work: (key: K) => Promise<V>,
): (keys: readonly K[]) => Promise<(V | Error)[]> {
  return async (keys) => {
    meter.charge(keys.length * price);
    const request = currentRequest();
    const values: (V | Error)[] = [];
    for (const key of keys) {
      if (request?.ended) throw request.ended;
      values.push(await work(key).catch((error: Error) => error));
    }
    return values;
  };
}

/** What of a value is completed at once: its own fields, or those of its rows. */
const fieldsOf = (value: unknown): number => (Array.isArray(value) ? 1 + 2 * value.length : 2);

function rowsOf(values: readonly unknown[]): number {
  let rows = 0;
  for (const value of values) if (Array.isArray(value)) rows += value.length;
  return rows;
}

/** A field with arguments: parents that are asked with the same ones are one statement. */
export class LoadersByArguments<A, K, V> {
  readonly #loaders = new Map<string, Loader<K, V>>();

  constructor(private readonly make: (args: A) => Loader<K, V>) {}

  with(args: A): Loader<K, V> {
    const key = JSON.stringify(args);
    let made = this.#loaders.get(key);
    if (!made) {
      made = this.make(args);
      this.#loaders.set(key, made);
    }
    return made;
  }
}
