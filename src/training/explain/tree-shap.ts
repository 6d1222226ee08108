import { NodeMode, type Tree } from "../learners/boosting/tree.js";

/** What an explanation reads of a tree; `rows` weigh the two ways of a split whose feature is not known. */
export type CoveredTree = Pick<
  Tree,
  "mode" | "column" | "threshold" | "missingLeft" | "left" | "right" | "value"
> & { rows: ArrayLike<number> };

/**
 * Exact Shapley values of a tree's answer for one row, in the game where a set of known features is worth the mean of
 * the leaves reached when every split on an unknown feature is taken both ways by its training rows: path-dependent
 * TreeSHAP (Lundberg et al. 2020, Nature Machine Intelligence 2, algorithm 2). Cost per tree: leaves x depth^2.
 */
export class TreeShap {
  /** Features met on the way from the root, each once, with the Shapley weights of their subsets by size; one path a level. */
  private readonly feature: Int32Array;
  /** Share of the training rows that goes this way while the feature is unknown. */
  private readonly zero: Float64Array;
  /** 1 when the row itself goes this way, else 0. */
  private readonly one: Float64Array;
  private readonly weight: Float64Array;
  private readonly stride: number;
  private tree!: CoveredTree;
  private values!: Float32Array;
  private offset = 0;
  private out!: Float64Array;

  /** For trees over `columns` columns and of at most `depth` splits from the root to a leaf. */
  constructor(columns: number, depth: number) {
    this.stride = Math.min(columns, depth) + 2;
    const size = this.stride * (depth + 1);
    this.feature = new Int32Array(size);
    this.zero = new Float64Array(size);
    this.one = new Float64Array(size);
    this.weight = new Float64Array(size);
  }

  /** Adds to `out`, one number per column, what each adds to the tree's value for the row starting at `values[offset]`. */
  addTo(out: Float64Array, tree: CoveredTree, values: Float32Array, offset: number): void {
    this.tree = tree;
    this.values = values;
    this.offset = offset;
    this.out = out;
    this.visit(0, 0, 0, 1, 1, -1);
  }

  /** `length` entries of the path at the level above are carried over to `at`, and the way just taken is added. */
  private visit(
    node: number,
    level: number,
    length: number,
    zero: number,
    one: number,
    feature: number,
  ): void {
    const at = level * this.stride;
    if (level > 0) this.copyPath(at - this.stride, at, length);
    this.extend(at, length, zero, one, feature);
    const { tree } = this;
    if (tree.mode[node] === NodeMode.leaf) {
      this.addLeaf(at, length, tree.value[node]!);
      return;
    }
    const split = tree.column[node]!;
    let [knownZero, knownOne, next] = [1, 1, length + 1];
    for (let k = 1; k <= length; k++) {
      if (this.feature[at + k] !== split) continue;
      knownZero = this.zero[at + k]!;
      knownOne = this.one[at + k]!;
      this.unwind(at, length, k);
      next = length;
      break;
    }
    const [left, right] = [tree.left[node]!, tree.right[node]!];
    const toLeft = goesLeft(tree, node, this.values[this.offset + split]!);
    const share = tree.rows[left]! / tree.rows[node]!;
    this.visit(left, level + 1, next, share * knownZero, toLeft ? knownOne : 0, split);
    this.visit(right, level + 1, next, (1 - share) * knownZero, toLeft ? 0 : knownOne, split);
  }

  private copyPath(from: number, to: number, length: number): void {
    for (let k = 0; k < length; k++) {
      this.feature[to + k] = this.feature[from + k]!;
      this.zero[to + k] = this.zero[from + k]!;
      this.one[to + k] = this.one[from + k]!;
      this.weight[to + k] = this.weight[from + k]!;
    }
  }

  private extend(at: number, length: number, zero: number, one: number, feature: number): void {
    const { weight } = this;
    this.feature[at + length] = feature;
    this.zero[at + length] = zero;
    this.one[at + length] = one;
    weight[at + length] = length === 0 ? 1 : 0;
    for (let k = length - 1; k >= 0; k--) {
      weight[at + k + 1]! += (one * weight[at + k]! * (k + 1)) / (length + 1);
      weight[at + k]! *= (zero * (length - k)) / (length + 1);
    }
  }

  /** Takes entry `index` out again, as if it had never been added; `length` is the index of the last entry. */
  private unwind(at: number, length: number, index: number): void {
    const { weight, feature, zero, one } = this;
    const [ownZero, ownOne] = [zero[at + index]!, one[at + index]!];
    let next = weight[at + length]!;
    for (let k = length - 1; k >= 0; k--) {
      if (ownOne === 0) {
        weight[at + k]! *= (length + 1) / (ownZero * (length - k));
        continue;
      }
      const before = weight[at + k]!;
      weight[at + k] = (next * (length + 1)) / ((k + 1) * ownOne);
      next = before - (weight[at + k]! * ownZero * (length - k)) / (length + 1);
    }
    for (let k = index; k < length; k++) {
      feature[at + k] = feature[at + k + 1]!;
      zero[at + k] = zero[at + k + 1]!;
      one[at + k] = one[at + k + 1]!;
    }
  }

  private addLeaf(at: number, length: number, value: number): void {
    const { feature, zero, one, out } = this;
    for (let k = 1; k <= length; k++) {
      const sum = this.unwoundSum(at, length, k);
      out[feature[at + k]!]! += sum * (one[at + k]! - zero[at + k]!) * value;
    }
  }

  /** Sum of the weights that `unwind` would leave. */
  private unwoundSum(at: number, length: number, index: number): number {
    const { weight } = this;
    const [ownZero, ownOne] = [this.zero[at + index]!, this.one[at + index]!];
    let next = weight[at + length]!;
    let sum = 0;
    for (let k = length - 1; k >= 0; k--) {
      if (ownOne === 0) {
        sum += (weight[at + k]! * (length + 1)) / (ownZero * (length - k));
        continue;
      }
      const unwound = (next * (length + 1)) / ((k + 1) * ownOne);
      sum += unwound;
      next = weight[at + k]! - (unwound * ownZero * (length - k)) / (length + 1);
    }
    return sum;
  }
}

/** The tree's mean over its training rows: what it answers when no feature is known. */
export function expectedValue(tree: CoveredTree): number {
  let sum = 0;
  for (let node = 0; node < tree.mode.length; node++) {
    if (tree.mode[node] === NodeMode.leaf) sum += tree.value[node]! * (tree.rows[node]! / tree.rows[0]!);
  }
  return sum;
}

/** Splits on the longest way from the root to a leaf. */
export function depthOf(tree: CoveredTree, node = 0): number {
  if (tree.mode[node] === NodeMode.leaf) return 0;
  return 1 + Math.max(depthOf(tree, tree.left[node]!), depthOf(tree, tree.right[node]!));
}

export function goesLeft(tree: CoveredTree, node: number, value: number): boolean {
  if (Number.isNaN(value)) return tree.missingLeft[node] === 1;
  return tree.mode[node] === NodeMode.atMost
    ? value <= tree.threshold[node]!
    : value === tree.threshold[node]!;
}
