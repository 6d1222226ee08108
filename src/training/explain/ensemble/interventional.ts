import { SplitMode, type SplitTree, sendsLeft } from "./split-tree.js";

/** Steps between two slices: a fraction of a millisecond. */
const SLICE_STEPS = 20_000;

/** Whom answers are compared with. */
export interface ComparedRows {
  rows: number;
  /** By column, then by row. */
  values: Float64Array;
  /** Of each column which feature it is made of, by its place. */
  featureOf: Int32Array;
  features: number;
}

const [NOT_CHOSEN, OF_THE_ROW, OF_THE_OTHER] = [0, 1, 2];

/**
 * Exact Shapley values of a tree's answer for one row, in the game where a set of known features is worth the mean answer of
 * rows that have these features of the row explained and all others of a stored one: interventional TreeSHAP (Lundberg et
 * al. 2020, Nature Machine Intelligence 2, algorithm 3). Stored rows that part from the row at the same nodes walk together,
 * as one set: a leaf is weighed once for each set that reaches it, not once a row.
 */
export class InterventionalShap {
  /** Rows of sets, each set in one piece: a node parts its piece in place. */
  private readonly order: Int32Array;
  private readonly side: Uint8Array;
  private readonly ofRow: Int32Array;
  private readonly ofOther: Int32Array;
  private readonly weights: Float64Array;
  private readonly width: number;
  private frames = new Int32Array(5 * 64);
  private top = 0;
  /** Rows that nodes have looked at, of all explanations so far: the same on any machine. */
  steps = 0;

  /** @param deepest splits on the longest way from a root to a leaf, of all trees */
  constructor(
    private readonly compared: ComparedRows,
    deepest: number,
  ) {
    const { rows, features } = compared;
    const together = Math.min(features, deepest);
    this.order = Int32Array.from({ length: rows }, (_, row) => row);
    this.side = new Uint8Array(features);
    this.ofRow = new Int32Array(features);
    this.ofOther = new Int32Array(features);
    this.width = together + 1;
    this.weights = weightTable(together);
  }

  /** Adds to `out`, one number a feature, what each adds to the tree's value of `row`; may be interrupted. */
  *addTo(out: Float64Array, tree: SplitTree, row: ArrayLike<number>): Generator<void, void, void> {
    const { compared, side, ofRow, ofOther } = this;
    const { featureOf, rows } = compared;
    this.top = 0;
    this.push(0, 0, rows, -1, NOT_CHOSEN);
    let [known, others] = [0, 0];
    let until = this.steps + SLICE_STEPS;
    while (this.top > 0) {
      if (this.steps > until) {
        yield;
        until = this.steps + SLICE_STEPS;
      }
      this.top -= 5;
      const { frames, top } = this;
      const [node, start, end, feature, to] = [
        frames[top]!,
        frames[top + 1]!,
        frames[top + 2]!,
        frames[top + 3]!,
        frames[top + 4]!,
      ];
      if (node < 0) {
        if (to === OF_THE_ROW) known--;
        else others--;
        side[feature] = NOT_CHOSEN;
        continue;
      }
      if (feature >= 0) {
        side[feature] = to;
        if (to === OF_THE_ROW) ofRow[known++] = feature;
        else ofOther[others++] = feature;
        this.push(-1, 0, 0, feature, to);
      }
      this.steps += 4;
      if (tree.mode[node] === SplitMode.leaf) {
        this.addLeaf(out, (tree.value[node]! * (end - start)) / rows, known, others);
        continue;
      }
      const column = tree.column[node]!;
      const split = featureOf[column]!;
      const [left, right] = [tree.left[node]!, tree.right[node]!];
      const rowGoes = sendsLeft(tree, node, row[column]!) ? left : right;
      if (side[split] === OF_THE_ROW) {
        this.push(rowGoes, start, end, -1, NOT_CHOSEN);
        continue;
      }
      const middle = this.part(tree, node, column, start, end);
      if (side[split] === OF_THE_OTHER) {
        if (middle > start) this.push(left, start, middle, -1, NOT_CHOSEN);
        if (end > middle) this.push(right, middle, end, -1, NOT_CHOSEN);
        continue;
      }
      const [same, other] = rowGoes === left ? [start, middle] : [middle, start];
      const [sameEnd, otherEnd] = rowGoes === left ? [middle, end] : [end, middle];
      if (sameEnd > same) this.push(rowGoes, same, sameEnd, -1, NOT_CHOSEN);
      if (otherEnd > other) {
        this.push(rowGoes, other, otherEnd, split, OF_THE_ROW);
        this.push(rowGoes === left ? right : left, other, otherEnd, split, OF_THE_OTHER);
      }
    }
  }

  private push(node: number, start: number, end: number, feature: number, to: number): void {
    if (this.top === this.frames.length) {
      const grown = new Int32Array(2 * this.frames.length);
      grown.set(this.frames);
      this.frames = grown;
    }
    const { frames, top } = this;
    frames[top] = node;
    frames[top + 1] = start;
    frames[top + 2] = end;
    frames[top + 3] = feature;
    frames[top + 4] = to;
    this.top += 5;
  }

  /** Puts those of the piece that go left before the others. @returns where the others begin */
  private part(tree: SplitTree, node: number, column: number, start: number, end: number): number {
    const { order, compared } = this;
    const { values, rows } = compared;
    const from = column * rows;
    let middle = start;
    for (let k = start; k < end; k++) {
      const row = order[k]!;
      if (!sendsLeft(tree, node, values[from + row]!)) continue;
      order[k] = order[middle]!;
      order[middle++] = row;
    }
    this.steps += end - start;
    return middle;
  }

  /** Features of the row raise the answer from nothing to the leaf's where they complete the way to it; of the other, lower it. */
  private addLeaf(out: Float64Array, value: number, known: number, others: number): void {
    const { weights, width, ofRow, ofOther } = this;
    if (known > 0) {
      const share = weights[known * width + others]! * value;
      for (let k = 0; k < known; k++) out[ofRow[k]!]! += share;
    }
    if (others > 0) {
      const share = weights[others * width + known]! * value;
      for (let k = 0; k < others; k++) out[ofOther[k]!]! -= share;
    }
  }
}

/** (a - 1)! b! / (a + b)! by a and b: of all orders the share in which one of a comes after the others and before all b. */
function weightTable(most: number): Float64Array {
  const width = most + 1;
  const weights = new Float64Array(width * width);
  for (let a = 1; a <= most; a++) {
    weights[a * width] = 1 / a;
    for (let b = 1; a + b <= most; b++) weights[a * width + b] = (weights[a * width + b - 1]! * b) / (a + b);
  }
  return weights;
}
