import type { BoostingParams } from "../params.js";
import type { Work } from "../threads/part.js";
import type { BinnedMatrix } from "./binned.js";
import { type BoostingExchange, BoostingTask } from "./boosting-part.js";
import { type LeafSums, type Split, SplitFinder, writeGoesLeft } from "./find-split.js";
import { emptyTree, type Tree, trimmed } from "./tree.js";
import { writeSplit } from "./write-split.js";

interface Leaf extends LeafSums {
  /** Its histogram in the pool, and its rows in every thread. */
  slot: number;
  node: number;
  split: Split | null;
}

/**
 * Grows trees leaf by leaf, always splitting the leaf that gains most (LightGBM's best-first growth). It sees sums
 * only; the rows are with the threads' parts.
 */
export class TreeGrower {
  private readonly size: number;
  /** One histogram per leaf, slots of `size` numbers. */
  private readonly pool: Float64Array;
  private readonly finder: SplitFinder;
  /** The one being grown. */
  private readonly tree: Tree;

  constructor(
    private readonly binned: BinnedMatrix,
    private readonly params: BoostingParams,
    private readonly rows: number,
    private readonly work: Work,
    private readonly exchange: BoostingExchange,
  ) {
    this.size = 2 * binned.cells;
    this.pool = new Float64Array(this.size * params.leaves);
    this.tree = emptyTree(params.leaves);
    // Rows per side are judged by their share of the hessian, as LightGBM does: the histogram holds no counts.
    this.finder = new SplitFinder(params.l2, ({ hessian, rows: inLeaf }) =>
      Math.max(1e-3, ((params.min_leaf_rows - 0.5) * hessian) / inLeaf),
    );
  }

  /** The next tree; the rows' scores and gradients move on. */
  grow(): Tree {
    const { leaves: maxLeaves, l2, learning_rate: rate } = this.params;
    const { tree } = this;
    for (const array of Object.values(tree)) array.fill(0);
    const leaves = [this.rootLeaf()];
    while (leaves.length < maxLeaves) {
      const widest = leaves.reduce((best, leaf) => (gainOf(leaf) > gainOf(best) ? leaf : best));
      if (!widest.split) break;
      const isLast = leaves.length + 1 === maxLeaves;
      const [left, right] = this.splitLeaf(tree, widest, leaves.length, isLast);
      leaves[leaves.indexOf(widest)] = left;
      leaves.push(right);
    }
    this.exchange.values.fill(Number.NaN);
    for (const { slot, node, gradient, hessian, rows } of leaves) {
      const value = Math.fround((-gradient / (hessian + l2)) * rate);
      this.exchange.values[slot] = value;
      tree.value[node] = value;
      tree.rows[node] = rows;
    }
    this.work.run(BoostingTask.finishTree);
    return trimmed(tree, 2 * leaves.length - 1);
  }

  private rootLeaf(): Leaf {
    this.work.run(BoostingTask.startTree);
    for (let k = 0; k < this.size; k++) this.pool[k] = this.summed(k);
    return this.withSplit({ ...this.rootSums(), rows: this.rows, slot: 0, node: 0, split: null });
  }

  /** Every row is in exactly one cell of the first byte. */
  private rootSums(): { gradient: number; hessian: number } {
    let gradient = 0;
    let hessian = 0;
    for (let cell = 0; cell < (this.binned.bytes[0]?.codes ?? 0); cell++) {
      gradient += this.pool[2 * cell]!;
      hessian += this.pool[2 * cell + 1]!;
    }
    return { gradient, hessian };
  }

  private splitLeaf(tree: Tree, leaf: Leaf, leaves: number, isLast: boolean): [Leaf, Leaf] {
    const split = leaf.split!;
    // Only the side with fewer rows (by its hessian: the count is not known yet) is summed from rows; the other
    // is the parent's histogram less that one. The last two leaves are never split and need none.
    const smallIsLeft = 2 * split.leftHessian <= leaf.hessian;
    const leftRows = this.divide(split, leaf.slot, leaves, isLast ? -1 : smallIsLeft ? leaf.slot : leaves);
    const node = 2 * leaves - 1;
    const left: Leaf = {
      gradient: split.leftGradient,
      hessian: split.leftHessian,
      rows: leftRows,
      slot: leaf.slot,
      node,
      split: null,
    };
    const right: Leaf = {
      gradient: leaf.gradient - left.gradient,
      hessian: leaf.hessian - left.hessian,
      rows: leaf.rows - leftRows,
      slot: leaves,
      node: node + 1,
      split: null,
    };
    writeSplit(tree, leaf.node, this.binned, split, { left, right, rows: leaf.rows });
    if (isLast) return [left, right];
    this.fillHistograms(left.slot, right.slot, smallIsLeft);
    return [this.withSplit(left), this.withSplit(right)];
  }

  /** Parts the rows of the leaf at `slot` and sums up those at `summed`. @returns rows that went left. */
  private divide(split: Split, slot: number, right: number, summed: number): number {
    const { exchange, binned, work } = this;
    exchange.split.set([slot, right, binned.features[split.feature]!.byte, summed]);
    writeGoesLeft(binned, split, exchange.goesLeft);
    work.run(BoostingTask.split);
    return exchange.leftRows.reduce((sum, rows) => sum + rows, 0);
  }

  /** The summed side is the threads' sums; the other one the parent's, at the left slot, less those. */
  private fillHistograms(leftSlot: number, rightSlot: number, smallIsLeft: boolean): void {
    const { pool, size } = this;
    const left = leftSlot * size;
    const right = rightSlot * size;
    const small = smallIsLeft ? left : right;
    const large = smallIsLeft ? right : left;
    for (let k = 0; k < size; k++) {
      const sum = this.summed(k);
      const rest = pool[left + k]! - sum;
      pool[small + k] = sum;
      pool[large + k] = rest;
    }
  }

  /** One number of a histogram, over all threads. */
  private summed(k: number): number {
    const { histograms } = this.exchange;
    let sum = 0;
    for (let at = k; at < histograms.length; at += this.size) sum += histograms[at]!;
    return sum;
  }

  private withSplit(leaf: Leaf): Leaf {
    leaf.split = this.finder.find(this.binned, this.pool, leaf.slot * this.size, leaf);
    return leaf;
  }
}

function gainOf(leaf: Leaf): number {
  return leaf.split?.gain ?? 0;
}
