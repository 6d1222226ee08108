import { setImmediate as nextTurn } from "node:timers/promises";
import type { SampleWeights } from "../sample-weights.js";
import type { PairedDifference, PairedOptions } from "./task.js";

/** Rows drawn in all resamples together: beyond it fewer resamples are taken, but at least 200. */
const MAX_DRAWS = 3e8;
const MIN_RESAMPLES = 200;

/**
 * Percentile interval of the difference of a metric between two models scored on the same rows (Efron and Tibshirani,
 * An Introduction to the Bootstrap, 1993, chapter 13). Rows are drawn with replacement within each stratum,
 * the same rows for both models, so that what makes a row easy or hard for both cancels out. Lets other work pass between
 * resamples.
 *
 * @param strata row numbers; together all rows
 * @param difference of the two models where each row counts so much: as often as it was drawn, times what it weighs
 */
export async function bootstrapDifference(
  rows: number,
  strata: readonly Uint32Array[],
  difference: (counts: RowCounts) => number,
  options: PairedOptions,
  weights: SampleWeights = null,
): Promise<PairedDifference> {
  const resamples = Math.max(
    Math.min(options.resamples, MIN_RESAMPLES),
    Math.min(options.resamples, Math.floor(MAX_DRAWS / rows)),
  );
  const drawn = new Uint32Array(rows).fill(1);
  const counts = weights && new Float64Array(rows);
  const measured = () => {
    if (!counts) return difference(drawn);
    for (let row = 0; row < rows; row++) counts[row] = drawn[row]! * weights[row]!;
    return difference(counts);
  };
  const observed = measured();
  const random = sfc32(options.seed);
  const differences = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    drawn.fill(0);
    for (const members of strata) {
      const size = members.length;
      // High bits times the size: no modulo, and 2^32 is so much more than the rows that the bias is nil.
      for (let k = 0; k < size; k++) drawn[members[Math.floor((random() / 4294967296) * size)]!]!++;
    }
    differences[resample] = measured();
    if (resample % 16 === 0 || rows > 10_000) await nextTurn();
  }
  differences.sort();
  const tail = (1 - options.confidence) / 2;
  return {
    ...options,
    resamples,
    observed,
    lower: quantile(differences, tail),
    upper: quantile(differences, 1 - tail),
  };
}

/** How much each row counts in a resample. */
export type RowCounts = Uint32Array | Float64Array;

/** Linear between neighbours, as NumPy's default. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (at - below) * (sorted[above]! - sorted[below]!);
}

/** Chris Doty-Humphrey's small fast counter generator, seeded through its counter; 32 random bits a call. */
export function sfc32(seed: number): () => number {
  let [a, b, c, d] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, seed | 0];
  const next = () => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let k = 0; k < 15; k++) next();
  return next;
}
