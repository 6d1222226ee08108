import { type ComparedMetric, isBetter } from "../values/task.js";

/** Of a rung's trials one in so many goes on, to so many times the rows. */
const FACTOR = 3;
/** A rung of fewer training rows says too little of a trial. */
const LEAST_ROWS = 1_000;

/**
 * Shares of the training rows by rung, the last one all of them: 1/9, 1/3, 1. One rung where rows or trials are few.
 * Successive halving: Jamieson and Talwalkar 2016.
 */
export function rungShares(trainRows: number, trials: number): number[] {
  const rungs = 1 + Math.min(timesDivisible(trials), timesDivisible(trainRows / LEAST_ROWS));
  return Array.from({ length: rungs }, (_, rung) => 1 / FACTOR ** (rungs - 1 - rung));
}

/** How often it can be divided before it is less than 1. */
function timesDivisible(value: number): number {
  let times = 0;
  for (let left = value / FACTOR; left >= 1; left /= FACTOR) times++;
  return times;
}

interface Judged {
  readonly number: number;
  /** Null where it has none. */
  readonly value: number | null;
}

/**
 * Numbers of the trials of a rung that go on, the best first, of equal ones the first: a third of those with a value, and trial 1
 * always, which is the learner's defaults, so that a search is not worse than none.
 */
export function survivors(rung: readonly Judged[], metric: Pick<ComparedMetric, "better">): number[] {
  const valued = rung.filter((trial): trial is { number: number; value: number } => trial.value !== null);
  const ranked = [...valued].sort((one, other) => {
    if (one.value === other.value) return one.number - other.number;
    return isBetter(metric, one.value, other.value) ? -1 : 1;
  });
  const best = ranked.slice(0, Math.ceil(ranked.length / FACTOR)).map(({ number }) => number);
  const hasDefaults = ranked.some(({ number }) => number === 1);
  return hasDefaults && !best.includes(1) ? [...best, 1] : best;
}

/** The best of a rung; of equal ones the first. */
export const bestOfRung = <T extends Judged>(
  rung: readonly T[],
  metric: Pick<ComparedMetric, "better">,
): T | null =>
  rung.reduce<T | null>((best, trial) => {
    if (trial.value === null) return best;
    return best === null || isBetter(metric, trial.value, best.value!) ? trial : best;
  }, null);
