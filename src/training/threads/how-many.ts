import { availableParallelism } from "node:os";
import { learners } from "../learners/registry.js";

const MAX_THREADS = 64;

/**
 * Threads to train a table of `rows` rows with: as many as asked for, else as are available, or one for small tables.
 * @throws RangeError for a number that is not one.
 */
export function threadsFor(
  algorithm: string,
  rows: number,
  asked?: number,
  available = availableParallelism(),
): number {
  if (asked === undefined) {
    return rows < learners.get(algorithm).minRowsForThreads ? 1 : Math.min(available, MAX_THREADS);
  }
  if (Number.isInteger(asked) && asked >= 1 && asked <= MAX_THREADS) return asked;
  throw new RangeError(`threads must be an integer from 1 to ${MAX_THREADS}, got ${asked}`);
}
