import type { Work } from "../../threads/part.js";
import type { BinnedMatrix } from "./binned.js";
import { type BoostingExchange, BoostingTask } from "./boosting-part.js";
import { type LeafSums, type Split, SplitFinder, writeGoesLeft } from "./find-split.js";
import { type HistogramMemory, histogramMemory } from "./histogram-kernels.js";
import { boundQuantiles, leafQuantiles } from "./leaf-quantiles.js";
import { clamped, type Directions, directionsOf, FREE, type LeafBounds, sidesOf } from "./monotone.js";
import type { BoostingParams } from "./params.js";
import type { Target } from "./target.js";
import { emptyTree, type Tree, trimmed } from "./tree.js";
import { writeSplit } from "./write-split.js";

interface Leaf extends LeafSums {
  /** Its rows in every thread. */
  slot: number;
  /** Its histogram's slot. */
  histogram: number;
  node: number;
  split: Split | null;
  bounds: LeafBounds;
}

/**
 * Grows trees leaf by leaf, always splitting the leaf that gains most (LightGBM's best-first growth). It sees sums
 * only; the rows are with the threads' parts.
 */
export class TreeGrower {
  /** Numbers of a histogram. */
  private readonly size: number;
  /** One histogram per leaf. */
  private readonly memory: HistogramMemory;
  private readonly finder: SplitFinder;
  /** The one being grown. */
  private readonly tree: Tree;
  /** Null: the answer may move as it likes with every feature. */
  private readonly directions: Directions | null;

  constructor(
    private readonly binned: BinnedMatrix,
    private readonly params: BoostingParams,
    private readonly rows: number,
    private readonly target: Pick<Target, "unit" | "leafQuantile">,
    private readonly work: Work,
    private readonly exchange: BoostingExchange,
  ) {
    this.size = 2 * binned.cells;
    this.directions = directionsOf(params.monotone_constraints, binned.features);
    this.memory = histogramMemory(binned, params.leaves, params.l2, this.directions);
    this.tree = emptyTree(params.leaves);
    // Rows per side are judged by their share of the hessian, as LightGBM does: the histogram holds no counts.
    this.finder = new SplitFinder(this.memory.state, params.l2, ({ hessian, rows: inLeaf }) =>
      Math.max(1e-3, ((params.min_leaf_rows - 0.5) * hessian) / inLeaf),
    );
  }

  /** The next tree; the rows' scores and gradients move on. */
  grow(): Tree {
    const { leaves: maxLeaves, learning_rate: rate } = this.params;
    const { tree } = this;
    for (const array of Object.values(tree)) array.fill(0);
    const leaves = [this.rootLeaf()];
    while (leaves.length < maxLeaves) {
      const widest = indexOfWidest(leaves);
      if (!leaves[widest]!.split) break;
      const isLast = leaves.length + 1 === maxLeaves;
      const [left, right] = this.splitLeaf(tree, leaves[widest]!, leaves.length, isLast);
      leaves[widest] = left;
      leaves.push(right);
    }
    const { exchange } = this;
    exchange.values.fill(Number.NaN);
    for (const leaf of leaves) exchange.values[leaf.slot] = Math.fround(this.leafValue(leaf) * rate);
    if (this.target.leafQuantile !== null) this.takeQuantiles(leaves, this.target.leafQuantile);
    for (const { slot, node, rows } of leaves) {
      tree.value[node] = exchange.values[slot]! * this.target.unit;
      tree.rows[node] = rows;
    }
    this.work.run(BoostingTask.finishTree);
    return trimmed(tree, 2 * leaves.length - 1);
  }

  /** Losses without a curvature say the direction alone: how far is what the leaf's residuals say. */
  private takeQuantiles(leaves: readonly Leaf[], share: number): void {
    this.work.run(BoostingTask.keepResiduals);
    const { exchange, directions, tree } = this;
    const { leaves: slots, learning_rate: rate } = this.params;
    const quantiles = directions
      ? boundQuantiles(exchange, slots, leaves, share, tree, directions)
      : leafQuantiles(exchange, slots, leaves, share);
    for (const [k, { slot }] of leaves.entries()) exchange.values[slot] = Math.fround(quantiles[k]! * rate);
  }

  /** What lowers the loss most within the leaf's bounds, before the learning rate. */
  private leafValue({ gradient, hessian, bounds }: Pick<Leaf, "gradient" | "hessian" | "bounds">): number {
    return clamped(-gradient / (hessian + this.params.l2), bounds);
  }

  private rootLeaf(): Leaf {
    this.work.run(BoostingTask.startTree);
    this.takeSums(0);
    return this.withSplit({
      ...this.rootSums(),
      rows: this.rows,
      slot: 0,
      histogram: 0,
      node: 0,
      split: null,
      bounds: FREE,
    });
  }

  /** Every row is in exactly one cell of the first byte. */
  private rootSums(): { gradient: number; hessian: number } {
    const { histograms } = this.memory;
    let gradient = 0;
    let hessian = 0;
    for (let cell = 0; cell < (this.binned.bytes[0]?.codes ?? 0); cell++) {
      gradient += histograms[2 * cell]!;
      hessian += histograms[2 * cell + 1]!;
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
      histogram: smallIsLeft ? leaves : leaf.histogram,
      node,
      split: null,
      bounds: leaf.bounds,
    };
    const right: Leaf = {
      gradient: leaf.gradient - left.gradient,
      hessian: leaf.hessian - left.hessian,
      rows: leaf.rows - leftRows,
      slot: leaves,
      histogram: smallIsLeft ? leaf.histogram : leaves,
      node: node + 1,
      split: null,
      bounds: leaf.bounds,
    };
    this.bind(split, left, right);
    writeSplit(tree, leaf.node, this.binned, split, { left, right, rows: leaf.rows });
    if (isLast) return [left, right];
    const { functions, addressOf } = this.memory;
    this.takeSums(leaves);
    functions.subtract(addressOf(leaf.histogram), addressOf(leaves));
    return [this.withSplit(left), this.withSplit(right)];
  }

  /** Both sides start with the bounds of the leaf that is split. Where missing values alone are parted off they keep them. */
  private bind({ feature, bin }: Split, left: Leaf, right: Leaf): void {
    const { column, bins, hasMissing } = this.binned.features[feature]!;
    const direction = this.directions?.get(column);
    if (direction === undefined || (hasMissing && bin === bins - 1)) return;
    const sides = sidesOf(direction, left.bounds, this.leafValue(left), this.leafValue(right));
    [left.bounds, right.bounds] = sides;
  }

  /** Parts the rows of the leaf at `slot` and sums up those at `summed`. @returns rows that went left. */
  private divide(split: Split, slot: number, right: number, summed: number): number {
    const { exchange, binned, work } = this;
    exchange.split.set([slot, right, binned.features[split.feature]!.byte, summed]);
    writeGoesLeft(binned, split, exchange.goesLeft);
    work.run(BoostingTask.split);
    return exchange.leftRows.reduce((sum, rows) => sum + rows, 0);
  }

  /** Puts what the threads have summed up into a slot. */
  private takeSums(slot: number): void {
    const { size, memory } = this;
    const { histograms, leading } = this.exchange;
    const own = memory.histograms.subarray(slot * size, (slot + 1) * size);
    own.set(leading);
    for (let from = size; from < histograms.length; from += size) {
      for (let k = 0; k < size; k++) own[k]! += histograms[from + k]!;
    }
  }

  private withSplit(leaf: Leaf): Leaf {
    // Too few rows for two sides.
    if (leaf.rows < 2 * this.params.min_leaf_rows - 1) return leaf;
    const { functions, addressOf } = this.memory;
    this.finder.start(leaf, this.directions && leaf.bounds);
    functions.find(addressOf(leaf.histogram));
    leaf.split = this.finder.found();
    return leaf;
  }
}

/** Of the leaf that gains most; of equal gains the first. */
function indexOfWidest(leaves: readonly Leaf[]): number {
  let widest = 0;
  let most = 0;
  for (let k = 0; k < leaves.length; k++) {
    const gain = leaves[k]!.split?.gain ?? 0;
    if (gain <= most) continue;
    most = gain;
    widest = k;
  }
  return widest;
}
