/** What a number may be, both ends included. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Of a split, a search or a resampling. */
export const SEED = { min: 0, max: 2 ** 32 - 1, default: 42 } as const;
/** The share of rows that is held out to measure on. */
export const TEST_FRACTION = { min: 0.05, max: 0.5, default: 0.25 } as const;
/** Days from a row's date to the day its label is of. */
export const LABEL_AFTER_DAYS = { min: 1, max: 3_660 } as const;
/** Of a model that was made elsewhere: from here on a sample of the labelled rows is judged. */
export const MOST_JUDGED_ROWS = { min: 100, max: 20_000_000, default: 1_000_000 } as const;
/** Of the training rows, for cross-validation. */
export const FOLDS = { min: 2, max: 20 } as const;
/** What a candidate must win by, in the metric compared. */
export const DELTA = { min: -1, max: 1, default: 0.01 } as const;

export const PROBABILITY = { min: 0, max: 1 } as const;

export const isWithin = (value: number, { min, max }: Range): boolean => value >= min && value <= max;

export const outOfRange = (value: unknown, { min, max }: Range): string =>
  `${value} is out of range; take a value from ${min} to ${max}`;
