import type { BinnedMatrix } from "../../boosting/binned.js";
import { writeGoesLeft } from "../../boosting/find-split.js";
import { NodeMode, type Tree } from "../../boosting/tree.js";
import { writeSplit } from "../../boosting/write-split.js";
import { LeafHeap } from "../leaf-heap.js";
import type { ForestParams } from "../params.js";
import type { Random } from "../random.js";
import type { ClassesSample } from "./classes-sample.js";
import { type ClassesSplit, GiniSearch } from "./gini-search.js";

interface Leaf {
  from: number;
  to: number;
  node: number;
  /** What its rows weigh, by class and in all; where they count the same, how many they are. */
  byClass: Float64Array;
  weight: number;
  rows: number;
  split: ClassesSplit | null;
}

/** Grows trees of several classes (Breiman 2001) on bootstrap samples, best leaf first, trying some features at each split. */
export class ClassesTreeGrower {
  private readonly order: Uint16Array;
  private readonly goesLeft = new Uint8Array(256);
  private readonly search: GiniSearch;

  constructor(
    private readonly binned: BinnedMatrix,
    private readonly sample: ClassesSample,
    private readonly classes: number,
    private readonly params: ForestParams,
  ) {
    this.order = Uint16Array.from({ length: binned.features.length }, (_, k) => k);
    this.search = new GiniSearch(classes);
  }

  /** Writes the tree of the sample, and the classes' shares of each leaf by node and class. @returns its nodes */
  grow(tree: Tree, shares: Float32Array, drawn: Uint8Array, random: Random): number {
    for (let k = 0; k < this.order.length; k++) this.order[k] = k;
    const heap = new LeafHeap<Leaf>();
    let leaves = 0;
    const add = (leaf: Leaf) => {
      leaves++;
      this.writeLeaf(tree, shares, leaf);
      leaf.split = this.findSplit(leaf, random);
      if (leaf.split) heap.push(leaf);
    };
    const sums = this.sample.write(drawn);
    add({ ...sums, weight: sumOf(sums.byClass), node: 0, split: null });
    while (leaves < this.params.max_leaves) {
      const leaf = heap.pop();
      if (!leaf) break;
      leaves--;
      for (const side of this.splitLeaf(tree, leaf, 2 * leaves + 1)) add(side);
    }
    return 2 * leaves - 1;
  }

  private writeLeaf(tree: Tree, shares: Float32Array, { node, byClass, weight, rows }: Leaf): void {
    tree.mode[node] = NodeMode.leaf;
    for (let k = 0; k < this.classes; k++) shares[node * this.classes + k] = byClass[k]! / weight;
    tree.rows[node] = rows;
    tree.value[node] = 0;
    tree.column[node] = 0;
    tree.threshold[node] = 0;
    tree.missingLeft[node] = 0;
    tree.left[node] = 0;
    tree.right[node] = 0;
    tree.gain[node] = 0;
  }

  /** Tries max_features features drawn at random, and more as long as none of them tells the rows apart. */
  private findSplit(leaf: Leaf, random: Random): ClassesSplit | null {
    const { order, search, sample } = this;
    const { together } = sample;
    const { min_leaf_rows: leastRows } = this.params;
    if (leaf.byClass.includes(leaf.weight) || leaf.rows < 2 * leastRows) return null;
    const least = sample.isWeighted ? ((leastRows - 0.5) * leaf.weight) / leaf.rows : leastRows;
    search.start(leaf.byClass, leaf.weight, least);
    for (let tried = 0; tried < order.length && !search.hasFound; tried += together) {
      const wanted = Math.min(order.length, tried + together);
      for (let k = tried; k < wanted; k++) {
        const other = k + random.below(order.length - k);
        const drawn = order[other]!;
        order[other] = order[k]!;
        order[k] = drawn;
      }
      const first = Math.min(tried, order.length - together);
      const features = order.subarray(first, first + together);
      sample.count(leaf.from, leaf.to, features);
      for (const [k, feature] of features.entries())
        search.search(this.binned.features[feature]!, feature, sample.counts, k * sample.perFeature);
    }
    return search.found();
  }

  private splitLeaf(tree: Tree, leaf: Leaf, node: number): [Leaf, Leaf] {
    const split = leaf.split!;
    writeGoesLeft(this.binned, split, this.goesLeft);
    const { byte } = this.binned.features[split.feature]!;
    const middle = this.sample.partition(leaf.from, leaf.to, byte, this.goesLeft);
    const weight = sumOf(split.left);
    const rows = this.sample.rowsOf(leaf.from, middle, weight);
    const left: Leaf = { from: leaf.from, to: middle, node, byClass: split.left, weight, rows, split: null };
    const right: Leaf = {
      from: middle,
      to: leaf.to,
      node: node + 1,
      byClass: leaf.byClass.map((each, k) => each - split.left[k]!),
      weight: leaf.weight - weight,
      rows: leaf.rows - rows,
      split: null,
    };
    writeSplit(tree, leaf.node, this.binned, split, { left, right, rows: leaf.rows });
    return [left, right];
  }
}

const sumOf = (values: Float64Array): number => values.reduce((sum, each) => sum + each, 0);
