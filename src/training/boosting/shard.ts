import type { BinnedMatrix } from "./bins.js";
import type { Split } from "./find-split.js";
import { compileHistogramKernel, type HistogramKernel } from "./histogram.js";

/**
 * Gradients are rounded to multiples of 2^-22: |gradient| <= 1 then fits a float32 exactly, and a float64 sum of up to
 * 2^31 of them is exact, so a histogram does not depend on the order (or, with several shards, the place) of summing.
 */
const GRADIENT_STEPS = 2 ** 22;

/**
 * The rows a booster fits on, and everything kept per row. The tree grower reads totals only and never a row, so a later
 * version can give each thread a shard of its own and add up their histograms.
 */
export class Shard {
  /** Row numbers; while a tree grows, each leaf owns a run of them. */
  readonly rows: Uint32Array;
  private readonly spare: Uint32Array;
  private readonly scores: Float64Array;
  private readonly gradients: Float32Array;
  private readonly hessians: Float32Array;
  private readonly kernel: HistogramKernel;
  private readonly goesLeft = new Uint8Array(256);

  constructor(
    private readonly binned: BinnedMatrix,
    private readonly labels: Uint8Array,
    private readonly allRows: Uint32Array,
    baseScore: number,
  ) {
    this.rows = allRows.slice();
    this.spare = new Uint32Array(allRows.length);
    this.scores = new Float64Array(binned.rows).fill(baseScore);
    this.gradients = new Float32Array(binned.rows);
    this.hessians = new Float32Array(binned.rows);
    this.kernel = compileHistogramKernel(binned);
    this.addToScores(0, allRows.length, 0);
  }

  startTree(): void {
    this.rows.set(this.allRows);
  }

  /** Adds the rows at [start, end) to `histogram`. */
  addToHistogram(histogram: Float64Array, start: number, end: number): void {
    this.kernel(this.binned.codes, this.rows, this.gradients, this.hessians, histogram, start, end);
  }

  /** Stable partition of the rows at [start, end): those that go left first. @returns where the right side starts. */
  partition(split: Split, start: number, end: number): number {
    const { rows, spare, goesLeft } = this;
    const { codes, features } = this.binned;
    const { bins, categorical } = features[split.feature]!;
    for (let code = 0; code < bins; code++) {
      goesLeft[code] = (categorical ? code === split.bin : code <= split.bin) ? 1 : 0;
    }
    goesLeft[bins] = split.missingLeft ? 1 : 0;
    let left = start;
    let right = 0;
    // Both writes happen and one counter moves: no branch to mispredict.
    for (let k = start; k < end; k++) {
      const row = rows[k]!;
      const toLeft = goesLeft[codes[row * features.length + split.feature]!]!;
      rows[left] = row;
      spare[right] = row;
      left += toLeft;
      right += 1 - toLeft;
    }
    rows.set(spare.subarray(0, right), left);
    return left;
  }

  /** Adds a leaf's value to the log-odds of the rows at [start, end) and takes their next gradients (p - y, p(1 - p)). */
  addToScores(start: number, end: number, value: number): void {
    const { rows, scores, gradients, hessians, labels } = this;
    for (let k = start; k < end; k++) {
      const row = rows[k]!;
      const score = scores[row]! + value;
      const probability = 1 / (1 + Math.exp(-score));
      scores[row] = score;
      gradients[row] = Math.floor((probability - labels[row]!) * GRADIENT_STEPS + 0.5) / GRADIENT_STEPS;
      const hessian = Math.floor(probability * (1 - probability) * GRADIENT_STEPS + 0.5);
      hessians[row] = Math.max(1, hessian) / GRADIENT_STEPS;
    }
  }
}
