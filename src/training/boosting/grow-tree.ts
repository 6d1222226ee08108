import type { BoostingParams } from "../params.js";
import type { BinnedMatrix } from "./bins.js";
import { findSplit, type LeafSums, type Split, type SplitLimits } from "./find-split.js";
import type { Shard } from "./shard.js";
import { emptyTree, NodeMode, type Tree } from "./tree.js";

/** Greater than every finite float32 but infinity: "<= this" means "is present". */
const MAX_FLOAT32 = 3.4028234663852886e38;

interface Leaf extends LeafSums {
  /** Its rows are shard.rows[start..end). */
  start: number;
  end: number;
  /** Its histogram in the pool. */
  slot: number;
  node: number;
  split: Split | null;
}

/** Grows trees leaf by leaf, always splitting the leaf that gains most (LightGBM's best-first growth). */
export class TreeGrower {
  private readonly size: number;
  /** One histogram per leaf, slots of `size` numbers. */
  private readonly pool: Float64Array;
  private readonly limits: SplitLimits;

  constructor(
    private readonly binned: BinnedMatrix,
    private readonly params: BoostingParams,
  ) {
    this.size = 2 * binned.cells;
    this.pool = new Float64Array(this.size * params.leaves);
    this.limits = { l2: params.l2, minLeafRows: params.min_leaf_rows };
  }

  /** The next tree; the shard's scores and gradients move on. */
  grow(shard: Shard): Tree {
    const tree = emptyTree(this.params.leaves);
    shard.startTree();
    const leaves = [this.rootLeaf(shard)];
    while (leaves.length < this.params.leaves) {
      const widest = leaves.reduce((best, leaf) => (gainOf(leaf) > gainOf(best) ? leaf : best));
      if (!widest.split) break;
      const isLast = leaves.length + 1 === this.params.leaves;
      const [left, right] = this.splitLeaf(shard, tree, widest, leaves.length, isLast);
      leaves[leaves.indexOf(widest)] = left;
      leaves.push(right);
    }
    for (const leaf of leaves) {
      const value = Math.fround(
        (-leaf.gradient / (leaf.hessian + this.params.l2)) * this.params.learning_rate,
      );
      tree.value[leaf.node] = value;
      tree.rows[leaf.node] = leaf.rows;
      shard.addToScores(leaf.start, leaf.end, value);
    }
    return trimmed(tree, 2 * leaves.length - 1);
  }

  private rootLeaf(shard: Shard): Leaf {
    const histogram = this.pool.subarray(0, this.size).fill(0);
    shard.addToHistogram(histogram, 0, shard.rows.length);
    const root = { ...this.sums(histogram), rows: shard.rows.length };
    return this.withSplit({ ...root, start: 0, end: shard.rows.length, slot: 0, node: 0, split: null });
  }

  /** Every row is in exactly one cell of the first feature. */
  private sums(histogram: Float64Array): { gradient: number; hessian: number } {
    let gradient = 0;
    let hessian = 0;
    const first = this.binned.features[0];
    const cells = first ? first.bins + (first.hasMissing ? 1 : 0) : 0;
    for (let cell = 0; cell < cells; cell++) {
      gradient += histogram[2 * cell]!;
      hessian += histogram[2 * cell + 1]!;
    }
    return { gradient, hessian };
  }

  private splitLeaf(shard: Shard, tree: Tree, leaf: Leaf, leaves: number, isLast: boolean): [Leaf, Leaf] {
    const split = leaf.split!;
    const middle = shard.partition(split, leaf.start, leaf.end);
    const node = 2 * leaves - 1;
    const left: Leaf = {
      gradient: split.leftGradient,
      hessian: split.leftHessian,
      rows: middle - leaf.start,
      start: leaf.start,
      end: middle,
      slot: leaf.slot,
      node,
      split: null,
    };
    const right: Leaf = {
      gradient: leaf.gradient - left.gradient,
      hessian: leaf.hessian - left.hessian,
      rows: leaf.end - middle,
      start: middle,
      end: leaf.end,
      slot: leaves,
      node: node + 1,
      split: null,
    };
    this.writeNode(tree, leaf.node, split, left, right);
    // The last two leaves are never split: their histograms are not needed.
    if (isLast) return [left, right];
    this.fillHistograms(shard, left, right);
    return [this.withSplit(left), this.withSplit(right)];
  }

  /** Only the smaller side is summed from rows; the other is the parent's histogram less that one. */
  private fillHistograms(shard: Shard, left: Leaf, right: Leaf): void {
    const parent = this.histogramOf(left.slot);
    const other = this.histogramOf(right.slot).fill(0);
    const smaller = left.rows <= right.rows ? left : right;
    shard.addToHistogram(other, smaller.start, smaller.end);
    if (smaller === right) {
      for (let k = 0; k < parent.length; k++) parent[k]! -= other[k]!;
      return;
    }
    for (let k = 0; k < parent.length; k++) {
      const sum = other[k]!;
      other[k] = parent[k]! - sum;
      parent[k] = sum;
    }
  }

  private histogramOf(slot: number): Float64Array {
    return this.pool.subarray(slot * this.size, (slot + 1) * this.size);
  }

  private withSplit(leaf: Leaf): Leaf {
    const base = leaf.slot * this.binned.cells;
    leaf.split = findSplit(this.binned, this.pool, base, leaf, this.limits);
    return leaf;
  }

  private writeNode(tree: Tree, node: number, split: Split, left: Leaf, right: Leaf): void {
    const feature = this.binned.features[split.feature]!;
    tree.mode[node] = feature.categorical ? NodeMode.equals : NodeMode.atMost;
    tree.column[node] = feature.column;
    tree.threshold[node] = feature.categorical ? split.bin : (feature.edges[split.bin] ?? MAX_FLOAT32);
    // A value never missing in training goes where most rows went.
    const missingLeft =
      feature.categorical || feature.hasMissing ? split.missingLeft : left.rows > right.rows;
    tree.missingLeft[node] = missingLeft ? 1 : 0;
    tree.left[node] = left.node;
    tree.right[node] = right.node;
    tree.rows[node] = left.rows + right.rows;
    tree.gain[node] = split.gain;
  }
}

function gainOf(leaf: Leaf): number {
  return leaf.split?.gain ?? 0;
}

function trimmed(tree: Tree, nodes: number): Tree {
  return {
    mode: tree.mode.slice(0, nodes),
    column: tree.column.slice(0, nodes),
    threshold: tree.threshold.slice(0, nodes),
    missingLeft: tree.missingLeft.slice(0, nodes),
    left: tree.left.slice(0, nodes),
    right: tree.right.slice(0, nodes),
    value: tree.value.slice(0, nodes),
    rows: tree.rows.slice(0, nodes),
    gain: tree.gain.slice(0, nodes),
  };
}
