import { availableParallelism } from "node:os";
import type { Algorithm } from "../types.js";

/** From so many rows on a second thread pays for its start and for waiting for each other; docs/training.md has the measurements. */
const MIN_ROWS_FOR_THREADS: Record<Algorithm, number> = {
  GRADIENT_BOOSTING: 20_000,
  RANDOM_FOREST: 2_000,
  LOGISTIC_REGRESSION: 50_000,
};
const MAX_THREADS = 64;

/**
 * Threads to train a table of `rows` rows with: as many as asked for, else as are available, or one for small tables.
 * @throws RangeError for a number that is not one.
 */
export function threadsFor(
  algorithm: Algorithm,
  rows: number,
  asked?: number,
  available = availableParallelism(),
): number {
  if (asked === undefined) {
    return rows < MIN_ROWS_FOR_THREADS[algorithm] ? 1 : Math.min(available, MAX_THREADS);
  }
  if (Number.isInteger(asked) && asked >= 1 && asked <= MAX_THREADS) return asked;
  throw new RangeError(`threads must be an integer from 1 to ${MAX_THREADS}, got ${asked}`);
}
