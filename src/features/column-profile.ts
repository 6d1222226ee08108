import { z } from "zod";

/** The shares at which the quantiles of a profile are. */
export const QUANTILES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99] as const;
/** Bins of a histogram at most. */
const MOST_BINS = 24;
/** Values that are listed at most; the others are one entry. */
export const MOST_VALUES = 20;
/** From this share of distinct values on, a text is not profiled: its values are those of people. */
const NEARLY_ALL = 0.9;

const histogramBin = z.object({ from: z.number(), to: z.number(), count: z.number() });
const valueCount = z.object({
  /** Null for `other`. */
  value: z.string().nullable(),
  count: z.number(),
  /** Of the rows that have a value, 0 to 1. */
  share: z.number(),
  other: z.boolean(),
});

/** How the values of one column of a snapshot's part are distributed, as it is stored. */
export const columnProfile = z.object({
  rows: z.number(),
  missing: z.number(),
  distinct: z.number().nullable(),
  mean: z.number().nullable(),
  /** Of the sample: over n − 1. */
  deviation: z.number().nullable(),
  min: z.number().nullable(),
  max: z.number().nullable(),
  /** At `QUANTILES`: the least value that so many of the values do not exceed. */
  quantiles: z.array(z.number()).nullable(),
  histogram: z.array(histogramBin).nullable(),
  values: z.array(valueCount).nullable(),
});
export type ColumnProfile = z.infer<typeof columnProfile>;
export type ProfileBin = z.infer<typeof histogramBin>;
export type ProfileValue = z.infer<typeof valueCount>;

/** Of a column that has no value, or whose values say nothing by themselves. */
export const countsOnly = (rows: number, missing: number): ColumnProfile => ({
  rows,
  missing,
  ...{ distinct: null, mean: null, deviation: null, min: null, max: null },
  ...{ quantiles: null, histogram: null, values: null },
});

/**
 * Where the bins of a histogram begin, in ascending order; the last one ends with `max`, which is in it. Bins of whole numbers
 * are as many whole numbers wide each, so that none has more than another by its place alone.
 */
export function binStarts(min: number, max: number, whole: boolean): number[] {
  if (min === max) return [min];
  if (whole) {
    const width = Math.ceil((max - min + 1) / MOST_BINS);
    return Array.from({ length: Math.ceil((max - min + 1) / width) }, (_, bin) => min + bin * width);
  }
  const starts = [min];
  for (let bin = 1; bin < MOST_BINS; bin++) {
    const share = bin / MOST_BINS;
    // Not min + (max − min) × share: the difference of two doubles can be more than a double holds.
    const start = min * (1 - share) + max * share;
    if (start > starts.at(-1)! && start < max) starts.push(start);
  }
  return starts;
}

/** Where a bin ends is where the next one begins; of whole numbers, one past its last. */
export function binsOf(
  starts: readonly number[],
  counts: readonly number[],
  max: number,
  whole: boolean,
): ProfileBin[] {
  const width = starts.length > 1 ? starts[1]! - starts[0]! : 1;
  return starts.map((from, bin) => ({
    from,
    to: starts[bin + 1] ?? (whole ? from + width : max),
    count: counts[bin] ?? 0,
  }));
}

/**
 * The commonest values and the others as one. Null where nearly every row has a value of its own; and a value of a single row is
 * no common one where there are others to put it to.
 * @param common at most `MOST_VALUES`, the commonest first
 */
export function listedValues(
  common: readonly { value: string; count: number }[],
  distinct: number,
  present: number,
  personal: boolean,
): ProfileValue[] | null {
  if (personal && distinct >= NEARLY_ALL * present) return null;
  const listed = distinct > MOST_VALUES && personal ? common.filter(({ count }) => count > 1) : common;
  const values = listed.map(({ value, count }) => ({ value, count, share: count / present, other: false }));
  const rest = present - listed.reduce((sum, { count }) => sum + count, 0);
  return rest === 0 ? values : [...values, { value: null, count: rest, share: rest / present, other: true }];
}
