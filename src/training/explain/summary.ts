import type { Margin } from "./explainer.js";

/** How much each feature adds to answers, whichever way: the mean size of its contributions over some rows. */
export interface AttributionSummary {
  /** How many rows were explained. */
  rows: number;
  /** What contributions add up to. */
  margin: Margin;
  /** In the order of the features; of several classes of all of them, the mean over the classes. */
  features: { feature: string; value: number }[];
  /** Of several classes each one's, in the order of the signature; null of tasks without. */
  classes: { feature: string; value: number }[][] | null;
}

/** Of at most so many rows. */
export const MAX_SUMMARY_ROWS = 1_000;

/** What says of a matrix row what each feature adds. */
export interface RowExplainer {
  readonly margin: Margin;
  /** By column of the matrix. */
  readonly features: readonly string[];
  readonly classes: number;
  /** What a row costs. */
  readonly steps: number;
  /** Of each class by feature. */
  contributions(values: Float32Array): readonly ArrayLike<number>[];
}

/** Of a whole summary: about half a second of a processor. */
const MOST_STEPS = 40_000_000;
const FEWEST_ROWS = 20;

/**
 * Of the first rows of a matrix, which stand in the order of their keys' hashes: as many as the work goes. The same rows and
 * the same model, the same numbers.
 */
export function summaryOfRows(
  explainer: RowExplainer,
  { rows, columns, values }: { rows: number; columns: readonly unknown[]; values: Float32Array },
): AttributionSummary | null {
  const affordable = Math.max(FEWEST_ROWS, Math.floor(MOST_STEPS / Math.max(1, explainer.steps)));
  const summary = new SummaryOf(explainer.features, explainer.classes);
  const width = columns.length;
  for (let row = 0; row < Math.min(rows, MAX_SUMMARY_ROWS, affordable); row++)
    summary.add(explainer.contributions(values.subarray(row * width, (row + 1) * width)));
  return summary.summary(explainer.margin);
}

/** Adds up explanations, one of each class a row. */
export class SummaryOf {
  private readonly sums: Float64Array[];
  rows = 0;

  constructor(
    private readonly features: readonly string[],
    classes: number,
  ) {
    this.sums = Array.from({ length: classes }, () => new Float64Array(features.length));
  }

  /** @param contributions of each class by feature, of one row */
  add(contributions: readonly ArrayLike<number>[]): void {
    for (const [k, own] of contributions.entries())
      for (let feature = 0; feature < own.length; feature++)
        this.sums[k]![feature]! += Math.abs(own[feature]!);
    this.rows++;
  }

  summary(margin: Margin): AttributionSummary | null {
    if (this.rows === 0) return null;
    const each = this.sums.map((sums) => this.named(sums, this.rows));
    if (each.length === 1) return { rows: this.rows, margin, features: each[0]!, classes: null };
    const all = this.features.map((_, k) => this.sums.reduce((sum, own) => sum + own[k]!, 0));
    return { rows: this.rows, margin, features: this.named(all, this.rows * each.length), classes: each };
  }

  private named(sums: ArrayLike<number>, over: number): { feature: string; value: number }[] {
    return this.features.map((feature, k) => ({ feature, value: sums[k]! / over }));
  }
}
