import type { BinnedMatrix, FeatureBins } from "../boosting/binned.js";
import { type LeafSums, type Split, SplitFinder, writeGoesLeft } from "../boosting/find-split.js";
import { CELL_BYTES } from "../boosting/split-kernels.js";
import { NodeMode, type Tree } from "../boosting/tree.js";
import { writeSplit } from "../boosting/write-split.js";
import { LeafHeap } from "./leaf-heap.js";
import type { ForestParams } from "./params.js";
import type { Random } from "./random.js";
import type { Sample } from "./sample.js";

interface Leaf extends LeafSums {
  from: number;
  to: number;
  node: number;
  split: Split | null;
}

const GOES_LEFT_AT = 0;

/** Grows trees (Breiman 2001) on bootstrap samples, best leaf first, trying some features at each split. */
export class SampleTreeGrower {
  private readonly order: Uint16Array;
  private readonly goesLeft = new Uint8Array(256);
  private readonly finder: SplitFinder;

  constructor(
    private readonly binned: BinnedMatrix,
    private readonly sample: Sample,
    private readonly params: ForestParams,
  ) {
    this.order = Uint16Array.from({ length: binned.features.length }, (_, k) => k);
    // Of weighted rows, too, min_leaf_rows is a share of the leaf's weight.
    this.finder = new SplitFinder(
      sample.state,
      0,
      ({ hessian, rows }) => ((params.min_leaf_rows - 0.5) * hessian) / rows,
    );
  }

  /** Writes the tree of the sample. @returns its nodes. */
  grow(tree: Tree, drawn: Uint8Array, random: Random): number {
    for (let k = 0; k < this.order.length; k++) this.order[k] = k;
    const heap = new LeafHeap<Leaf>();
    let leaves = 0;
    const add = (leaf: Leaf) => {
      leaves++;
      this.writeLeaf(tree, leaf);
      leaf.split = this.findSplit(leaf, random);
      if (leaf.split) heap.push(leaf);
    };
    add({ ...this.sample.write(drawn), node: 0, split: null });
    while (leaves < this.params.max_leaves) {
      const leaf = heap.pop();
      if (!leaf) break;
      leaves--;
      for (const side of this.splitLeaf(tree, leaf, 2 * leaves + 1)) add(side);
    }
    return 2 * leaves - 1;
  }

  private writeLeaf(tree: Tree, { node, gradient, hessian, rows }: Leaf): void {
    tree.mode[node] = NodeMode.leaf;
    tree.value[node] = gradient / hessian;
    tree.rows[node] = rows;
    tree.column[node] = 0;
    tree.threshold[node] = 0;
    tree.missingLeft[node] = 0;
    tree.left[node] = 0;
    tree.right[node] = 0;
    tree.gain[node] = 0;
  }

  /** Tries max_features features drawn at random, and more as long as none of them tells the rows apart. */
  private findSplit(leaf: Leaf, random: Random): Split | null {
    const { order } = this;
    const { together } = this.sample;
    if (this.sample.isPure(leaf) || leaf.rows < 2 * this.params.min_leaf_rows) return null;
    this.finder.start(leaf);
    for (let tried = 0; tried < order.length && !this.finder.hasFound; tried += together) {
      const wanted = Math.min(order.length, tried + together);
      for (let k = tried; k < wanted; k++) {
        const other = k + random.below(order.length - k);
        const drawn = order[other]!;
        order[other] = order[k]!;
        order[k] = drawn;
      }
      this.scan(leaf, Math.min(tried, order.length - together));
    }
    return this.finder.found();
  }

  private scan(leaf: Leaf, first: number): void {
    const drawn = this.order.subarray(first, first + this.sample.together);
    this.sample.sumUp(leaf.from, leaf.to, drawn, (position, sumsAt) =>
      this.search(this.binned.features[position]!, position, sumsAt),
    );
  }

  /** Considers every split of the feature whose sums are there. */
  private search({ categorical, bins, hasMissing }: FeatureBins, position: number, sumsAt: number): void {
    const { kernels, numbers } = this.sample;
    const missing = sumsAt + bins * CELL_BYTES;
    if (categorical) {
      kernels.categories(sumsAt, missing, 0, position);
      return;
    }
    // "All present" against "missing" is a split; without missing values in this leaf, the other direction has no new one.
    kernels.thresholds(sumsAt, hasMissing ? missing : missing - CELL_BYTES, 0, position);
    if (hasMissing && numbers[missing / 8 + 1] !== 0) {
      kernels.thresholds(sumsAt, missing - CELL_BYTES, missing, position);
    }
  }

  private splitLeaf(tree: Tree, leaf: Leaf, node: number): [Leaf, Leaf] {
    const split = leaf.split!;
    writeGoesLeft(this.binned, split, this.goesLeft);
    this.sample.bytes.set(this.goesLeft, GOES_LEFT_AT);
    const byte = this.binned.features[split.feature]!.byte;
    const middle = this.sample.kernels.partition(leaf.from, leaf.to, byte, GOES_LEFT_AT) >>> 0;
    const leftRows = this.sample.rowsOf(leaf.from, middle);
    const left: Leaf = {
      gradient: split.leftGradient,
      hessian: split.leftHessian,
      rows: leftRows,
      from: leaf.from,
      to: middle,
      node,
      split: null,
    };
    const right: Leaf = {
      gradient: leaf.gradient - left.gradient,
      hessian: leaf.hessian - left.hessian,
      rows: leaf.rows - leftRows,
      from: middle,
      to: leaf.to,
      node: node + 1,
      split: null,
    };
    writeSplit(tree, leaf.node, this.binned, split, { left, right, rows: leaf.rows });
    return [left, right];
  }
}
