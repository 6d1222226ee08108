/** Rows of one value, or one bucket of values, on either side of a comparison. */
export interface Counts {
  before: number;
  after: number;
}

/**
 * Population stability index, Σ (q − p) ln(q / p) over buckets, p and q the shares before and after. A count of
 * 0 is taken as half a row. Null where either side has no rows.
 */
export function stabilityIndex(buckets: readonly Counts[]): number | null {
  const n = buckets.reduce((sum, { before }) => sum + before, 0);
  const m = buckets.reduce((sum, { after }) => sum + after, 0);
  if (n === 0 || m === 0) return null;
  return buckets.reduce((sum, { before, after }) => {
    const p = Math.max(before, 0.5) / n;
    const q = Math.max(after, 0.5) / m;
    return sum + (q - p) * Math.log(q / p);
  }, 0);
}
