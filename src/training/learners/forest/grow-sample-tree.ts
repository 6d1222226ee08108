import type { LabelWeights } from "../../tasks/binary/class-weight.js";
import type { BinnedMatrix, FeatureBins } from "../boosting/binned.js";
import { type LeafSums, type Split, SplitFinder, writeGoesLeft } from "../boosting/find-split.js";
import { CELL_BYTES, State } from "../boosting/split-kernels.js";
import { NodeMode, type Tree } from "../boosting/tree.js";
import { writeSplit } from "../boosting/write-split.js";
import { LeafHeap } from "./leaf-heap.js";
import type { ForestParams } from "./params.js";
import type { Random } from "./random.js";
import {
  COUNTS_AT,
  COUNTS_BYTES,
  compileSample,
  type SampleKernels,
  type SampleLayout,
  STATE_AT,
  sampleLayout,
} from "./sample-records.js";

/** Sums: gradient = weight of the rows with label 1, hessian = weight of all, so that the gain is Gini's. */
interface Leaf extends LeafSums {
  from: number;
  to: number;
  node: number;
  split: Split | null;
}

const GOES_LEFT_AT = 0;

/** Grows classification trees (Breiman 2001) on bootstrap samples, best leaf first, trying some features at each split. */
export class SampleTreeGrower {
  private readonly layout: SampleLayout;
  private readonly together: number;
  private readonly kernels: SampleKernels;
  private readonly bytes: Uint8Array;
  private readonly counts: Uint32Array;
  private readonly sums: Float64Array;
  private readonly sumsAt: number;
  private readonly recordsAt: number;
  private readonly order: Uint16Array;
  private readonly goesLeft = new Uint8Array(256);
  private readonly finder: SplitFinder;

  constructor(
    private readonly binned: BinnedMatrix,
    private readonly labels: Uint8Array,
    private readonly weights: LabelWeights,
    private readonly params: ForestParams,
  ) {
    const features = binned.features.length;
    this.layout = sampleLayout(features);
    const asked = params.max_features === 0 ? Math.round(Math.sqrt(features)) : params.max_features;
    this.together = Math.max(1, Math.min(features, asked));
    this.sumsAt = COUNTS_AT + this.together * COUNTS_BYTES;
    this.recordsAt = this.sumsAt + 256 * CELL_BYTES;
    const end = this.recordsAt + binned.rows * this.layout.bytes;
    const { memory, functions } = compileSample(features, this.together, end);
    this.kernels = functions;
    this.bytes = new Uint8Array(memory);
    this.counts = new Uint32Array(memory, COUNTS_AT, (this.together * COUNTS_BYTES) / 4);
    this.sums = new Float64Array(memory, this.sumsAt, 2 * 256);
    const state = new Float64Array(memory, STATE_AT, State.slots);
    this.order = Uint16Array.from({ length: features }, (_, k) => k);
    // Of weighted rows, too, min_leaf_rows is a share of the leaf's weight.
    this.finder = new SplitFinder(
      state,
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
    add(this.write(drawn));
    while (leaves < this.params.max_leaves) {
      const leaf = heap.pop();
      if (!leaf) break;
      leaves--;
      for (const side of this.splitLeaf(tree, leaf, 2 * leaves + 1)) add(side);
    }
    return 2 * leaves - 1;
  }

  /** The sample's records; @returns the root. */
  private write(drawn: Uint8Array): Leaf {
    const { bytes, layout, labels, recordsAt } = this;
    const { codes, features } = this.binned;
    const width = features.length;
    let at = recordsAt;
    let positives = 0;
    for (let row = 0; row < drawn.length; row++) {
      const times = drawn[row]!;
      if (times === 0) continue;
      for (let k = 0; k < width; k++) bytes[at + k] = codes[row * width + k]!;
      bytes[at + layout.drawn] = times;
      bytes[at + layout.positive] = labels[row] ? times : 0;
      positives += labels[row] ? times : 0;
      at += layout.bytes;
    }
    const [negative, positive] = this.weights;
    const gradient = positive * positives;
    const hessian = gradient + negative * (drawn.length - positives);
    return { gradient, hessian, rows: drawn.length, from: recordsAt, to: at, node: 0, split: null };
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
    const { order, together } = this;
    const pure = leaf.gradient === 0 || leaf.gradient === leaf.hessian;
    if (pure || leaf.rows < 2 * this.params.min_leaf_rows) return null;
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
    const { order, together, counts, sums, binned } = this;
    const [negative, positive] = this.weights;
    const drawn = order.subarray(first, first + together);
    this.kernels.count(leaf.from, leaf.to, COUNTS_AT, ...drawn);
    for (let k = 0; k < together; k++) {
      const feature = binned.features[drawn[k]!]!;
      const base = (k * COUNTS_BYTES) / 4;
      for (let code = 0; code < feature.codes; code++) {
        const rows = counts[base + 2 * code]!;
        const positives = counts[base + 2 * code + 1]!;
        sums[2 * code] = positive * positives;
        sums[2 * code + 1] = positive * positives + negative * (rows - positives);
        counts[base + 2 * code] = 0;
        counts[base + 2 * code + 1] = 0;
      }
      this.search(feature, drawn[k]!);
    }
  }

  /** Considers every split of the feature whose sums are there. */
  private search({ categorical, bins, hasMissing }: FeatureBins, position: number): void {
    const { kernels, sums, sumsAt } = this;
    const missing = sumsAt + bins * CELL_BYTES;
    if (categorical) {
      kernels.categories(sumsAt, missing, 0, position);
      return;
    }
    // "All present" against "missing" is a split; without missing values in this leaf, the other direction has no new one.
    kernels.thresholds(sumsAt, hasMissing ? missing : missing - CELL_BYTES, 0, position);
    if (hasMissing && sums[2 * bins + 1] !== 0) {
      kernels.thresholds(sumsAt, missing - CELL_BYTES, missing, position);
    }
  }

  private splitLeaf(tree: Tree, leaf: Leaf, node: number): [Leaf, Leaf] {
    const split = leaf.split!;
    writeGoesLeft(this.binned, split, this.goesLeft);
    this.bytes.set(this.goesLeft, GOES_LEFT_AT);
    const byte = this.binned.features[split.feature]!.byte;
    const middle = this.kernels.partition(leaf.from, leaf.to, byte, GOES_LEFT_AT) >>> 0;
    const leftRows = this.rowsOf(leaf.from, middle);
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

  private rowsOf(from: number, to: number): number {
    let rows = 0;
    for (let at = from + this.layout.drawn; at < to; at += this.layout.bytes) rows += this.bytes[at]!;
    return rows;
  }
}
