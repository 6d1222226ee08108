import { sharedArray } from "../../threads/shared.js";

/** What a node does. */
export const NodeMode = { leaf: 0, atMost: 1, equals: 2 } as const;

/**
 * A tree as parallel arrays, one entry per node, node 0 the root, children after their parent. A row goes left when its
 * value is <= threshold (mode atMost) or === threshold (mode equals, a category code); a missing value (NaN) goes left
 * iff missingLeft is 1.
 */
export interface Tree {
  mode: Uint8Array;
  column: Int32Array;
  threshold: Float32Array;
  missingLeft: Uint8Array;
  left: Int32Array;
  right: Int32Array;
  /** Of a leaf: what it adds to the log-odds, learning rate included (boosting), or its share of label 1 (forest). */
  value: Float32Array;
  /** Rows fitted on that reached the node; a row drawn twice counts twice. */
  rows: Float64Array;
  /** Of a split: by how much it lowers the loss' second-order approximation (boosting), or the Gini impurity times rows. */
  gain: Float32Array;
}

/** Log-odds of a row = baseScore + the sum of its leaf values. */
export interface Ensemble {
  /** float32-exact. */
  baseScore: number;
  trees: Tree[];
}

/** Room for a tree of `leaves` leaves: 2 x leaves - 1 nodes, in shared memory. */
export function emptyTree(leaves: number): Tree {
  const nodes = 2 * leaves - 1;
  return {
    mode: sharedArray(Uint8Array, nodes),
    column: sharedArray(Int32Array, nodes),
    threshold: sharedArray(Float32Array, nodes),
    missingLeft: sharedArray(Uint8Array, nodes),
    left: sharedArray(Int32Array, nodes),
    right: sharedArray(Int32Array, nodes),
    value: sharedArray(Float32Array, nodes),
    rows: sharedArray(Float64Array, nodes),
    gain: sharedArray(Float32Array, nodes),
  };
}

/** The first `nodes` nodes. */
export function trimmed(tree: Tree, nodes: number): Tree {
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

/** The value of the leaf that the row starting at `values[offset]` falls into. */
export const treeValue = (tree: Tree, values: Float32Array, offset: number): number =>
  tree.value[leafOf(tree, values, offset)]!;

/** The leaf's node. */
export function leafOf(
  tree: Pick<Tree, "mode" | "column" | "threshold" | "missingLeft" | "left" | "right">,
  values: Float32Array,
  offset: number,
): number {
  const { mode, column, threshold, missingLeft, left, right } = tree;
  let node = 0;
  for (;;) {
    const kind = mode[node]!;
    if (kind === NodeMode.leaf) return node;
    const value = values[offset + column[node]!]!;
    const goesLeft = Number.isNaN(value)
      ? missingLeft[node] === 1
      : kind === NodeMode.atMost
        ? value <= threshold[node]!
        : value === threshold[node]!;
    node = goesLeft ? left[node]! : right[node]!;
  }
}
