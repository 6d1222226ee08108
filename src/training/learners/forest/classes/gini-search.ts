import type { FeatureBins } from "../../boosting/binned.js";
import type { SplitPlace } from "../../boosting/find-split.js";
import type { ClassCounts } from "./classes-sample.js";

/** Smaller gains are rounding, not signal. */
const MIN_GAIN = 1e-10;

/** A split, and how many rows of each class it sends to the left, or what they weigh. */
export interface ClassesSplit extends SplitPlace {
  left: Float64Array;
}

/**
 * The search for the split of a leaf that lowers Gini's impurity most: of the sums of squared class counts over the rows of each
 * side the greatest. All sums are of whole numbers, or of steps of weights, and of equal gains the first wins, whatever the machine.
 */
export class GiniSearch {
  private readonly left: Float64Array;
  private readonly best: Float64Array;
  private rows: Float64Array;
  private total = 0;
  private least = 0;
  private most = 0;
  private whole = 0;
  private place: Omit<SplitPlace, "gain"> | null = null;

  constructor(private readonly classes: number) {
    this.left = new Float64Array(classes);
    this.best = new Float64Array(classes);
    this.rows = this.left;
  }

  /** @param rows of the leaf, by class @param least rows of a side */
  start(rows: Float64Array, total: number, least: number): void {
    this.rows = rows;
    this.total = total;
    this.least = least;
    this.whole = squares(rows) / total;
    this.most = this.whole + MIN_GAIN;
    this.place = null;
  }

  get hasFound(): boolean {
    return this.place !== null;
  }

  found(): ClassesSplit | null {
    return this.place && { ...this.place, gain: this.most - this.whole, left: this.best.slice() };
  }

  /** @param counts rows by code and class, from `at` on */
  search({ categorical, bins, hasMissing }: FeatureBins, feature: number, counts: ClassCounts, at: number) {
    if (categorical) {
      for (let bin = 0; bin < bins; bin++) {
        this.left.fill(0);
        this.move(counts, at + bin * this.classes);
        this.consider(feature, bin, false);
      }
      return;
    }
    // "All present" against "missing" is a split; without missing values in this leaf, the other direction has no new one.
    this.left.fill(0);
    this.runs(feature, hasMissing ? bins : bins - 1, false, counts, at);
    if (!hasMissing) return;
    this.left.fill(0);
    const missing = at + bins * this.classes;
    if (this.move(counts, missing) > 0) this.runs(feature, bins - 1, true, counts, at);
  }

  private runs(feature: number, bins: number, missingLeft: boolean, counts: ClassCounts, at: number): void {
    for (let bin = 0; bin < bins; bin++)
      if (this.move(counts, at + bin * this.classes) > 0) this.consider(feature, bin, missingLeft);
  }

  /** Takes the rows of a code to the left. @returns how many */
  private move(counts: ClassCounts, at: number): number {
    let moved = 0;
    for (let k = 0; k < this.classes; k++) {
      this.left[k]! += counts[at + k]!;
      moved += counts[at + k]!;
    }
    return moved;
  }

  private consider(feature: number, bin: number, missingLeft: boolean): void {
    const { left, rows, classes } = this;
    let [onLeft, leftSquares, rightSquares] = [0, 0, 0];
    for (let k = 0; k < classes; k++) {
      const own = left[k]!;
      const other = rows[k]! - own;
      onLeft += own;
      leftSquares += own * own;
      rightSquares += other * other;
    }
    const onRight = this.total - onLeft;
    if (onLeft < this.least || onRight < this.least || onLeft === 0 || onRight === 0) return;
    const sum = leftSquares / onLeft + rightSquares / onRight;
    if (sum <= this.most) return;
    this.most = sum;
    this.place = { feature, bin, missingLeft };
    this.best.set(left);
  }
}

const squares = (rows: Float64Array): number => rows.reduce((sum, each) => sum + each * each, 0);
