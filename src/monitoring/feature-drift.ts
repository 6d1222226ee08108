import { z } from "zod";
import { type Counts, stabilityIndex } from "../features/stability-index.js";
import { chiSquareTest, kolmogorovSmirnovP } from "./statistics.js";

/** Rows of one value on either side; null is a missing one. Numeric values come in ascending order. */
export interface ValueCounts<Value = number | string | null> extends Counts {
  value: Value;
}

export interface FeatureComparison {
  /** KOLMOGOROV_SMIRNOV for numbers, CHI_SQUARE for categories, booleans and labels. */
  test: "KOLMOGOROV_SMIRNOV" | "CHI_SQUARE";
  /** The test's own: the greatest distance of the distribution functions, or χ². */
  statistic: number;
  /** Of the values that are there. */
  pValue: number;
  /** Over deciles of the earlier side, or values; missing ones are a bucket of their own. */
  psi: number | null;
  missing: { before: number; after: number; pValue: number };
  rows: Counts;
  /** Shares of the commonest values on either side; null for numbers. */
  shares: { value: string; before: number; after: number }[] | null;
  /** Of numbers: shares of the rows that have a value, between the deciles of the earlier side; null for categories. */
  bins: { from: number; to: number; before: number; after: number }[] | null;
}

const share = { before: z.number(), after: z.number() };
/** A comparison as it is stored. */
export const storedComparison: z.ZodType<FeatureComparison> = z.object({
  test: z.enum(["KOLMOGOROV_SMIRNOV", "CHI_SQUARE"]),
  statistic: z.number(),
  pValue: z.number(),
  psi: z.number().nullable(),
  missing: z.object({ ...share, pValue: z.number() }),
  rows: z.object(share),
  shares: z.array(z.object({ value: z.string(), ...share })).nullable(),
  bins: z.array(z.object({ from: z.number(), to: z.number(), ...share })).nullable(),
});

const BUCKETS = 10;
const SHARES_KEPT = 20;

/**
 * Compares two samples of numbers in one pass over their distinct values.
 * @param present rows whose value is not missing
 */
export async function compareNumbers(
  values: AsyncIterable<ValueCounts<number | null>>,
  present: Counts,
): Promise<FeatureComparison> {
  let distance = 0;
  const seen: Counts = { before: 0, after: 0 };
  const empty: Counts = { before: 0, after: 0 };
  const buckets: (Counts & { from: number; to: number })[] = [];
  let bucket: (Counts & { from: number; to: number }) | null = null;
  for await (const { value, before, after } of values) {
    if (value === null) {
      empty.before += before;
      empty.after += after;
      continue;
    }
    seen.before += before;
    seen.after += after;
    distance = Math.max(
      distance,
      Math.abs(shareOf(seen.before, present.before) - shareOf(seen.after, present.after)),
    );
    bucket ??= { from: value, to: value, before: 0, after: 0 };
    bucket.to = value;
    bucket.before += before;
    bucket.after += after;
    if (seen.before >= ((buckets.length + 1) * present.before) / BUCKETS && buckets.length < BUCKETS - 1) {
      buckets.push(bucket);
      bucket = null;
    }
  }
  if (bucket) buckets.push(bucket);
  const both = present.before > 0 && present.after > 0;
  return {
    test: "KOLMOGOROV_SMIRNOV",
    statistic: both ? distance : 0,
    pValue: both ? kolmogorovSmirnovP(distance, present.before, present.after) : 1,
    shares: null,
    bins: buckets.map(({ from, to, before, after }) => ({
      from,
      to,
      before: shareOf(before, present.before),
      after: shareOf(after, present.after),
    })),
    ...withMissing(buckets, present, empty),
  };
}

/** Compares two samples of categories. Memory grows with the number of distinct values. */
export async function compareCategories(
  values: AsyncIterable<ValueCounts<string | null>>,
): Promise<FeatureComparison> {
  const cells: ValueCounts<string>[] = [];
  const empty: Counts = { before: 0, after: 0 };
  const present: Counts = { before: 0, after: 0 };
  for await (const { value, before, after } of values) {
    const into = value === null ? empty : present;
    into.before += before;
    into.after += after;
    if (value !== null) cells.push({ value, before, after });
  }
  const { statistic, pValue } = chiSquareTest(cells);
  cells.sort((a, b) => b.before + b.after - a.before - a.after);
  return {
    test: "CHI_SQUARE",
    statistic,
    pValue,
    shares: cells.slice(0, SHARES_KEPT).map(({ value, before, after }) => ({
      value,
      before: shareOf(before, present.before),
      after: shareOf(after, present.after),
    })),
    bins: null,
    ...withMissing(cells, present, empty),
  };
}

const shareOf = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

function withMissing(buckets: readonly Counts[], present: Counts, empty: Counts) {
  const rows = { before: present.before + empty.before, after: present.after + empty.after };
  const anyEmpty = empty.before + empty.after > 0;
  return {
    rows,
    psi: stabilityIndex(anyEmpty ? [...buckets, empty] : buckets),
    missing: {
      before: shareOf(empty.before, rows.before),
      after: shareOf(empty.after, rows.after),
      pValue: chiSquareTest([present, empty]).pValue,
    },
  };
}
