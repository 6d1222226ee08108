/** What a node does. */
export const NodeMode = { leaf: 0, atMost: 1, equals: 2 } as const;

/**
 * A tree as parallel arrays, one entry per node, node 0 the root. A row goes left when its value is <= threshold
 * (mode atMost) or === threshold (mode equals, a category code); a missing value (NaN) goes left iff missingLeft is 1.
 */
export interface Tree {
  mode: Uint8Array;
  column: Int32Array;
  threshold: Float32Array;
  missingLeft: Uint8Array;
  left: Int32Array;
  right: Int32Array;
  /** Of a leaf: what it adds to the log-odds, learning rate included. */
  value: Float32Array;
  /** Training rows that came to the node: what an explanation weighs its two ways with. */
  rows: Float64Array;
  /** Of a split: by how much it lowered the loss; 0 of a leaf. */
  gain: Float64Array;
}

/** Log-odds of a row = baseScore + the sum of its leaf values. */
export interface Ensemble {
  /** float32-exact. */
  baseScore: number;
  trees: Tree[];
}

/** Room for a tree of `leaves` leaves: 2 x leaves - 1 nodes. */
export function emptyTree(leaves: number): Tree {
  const nodes = 2 * leaves - 1;
  return {
    mode: new Uint8Array(nodes),
    column: new Int32Array(nodes),
    threshold: new Float32Array(nodes),
    missingLeft: new Uint8Array(nodes),
    left: new Int32Array(nodes),
    right: new Int32Array(nodes),
    value: new Float32Array(nodes),
    rows: new Float64Array(nodes),
    gain: new Float64Array(nodes),
  };
}

/** The value of the leaf that the row starting at `values[offset]` falls into. */
export function treeValue(tree: Tree, values: Float32Array, offset: number): number {
  const { mode, column, threshold, missingLeft, left, right } = tree;
  let node = 0;
  for (;;) {
    const kind = mode[node]!;
    if (kind === NodeMode.leaf) return tree.value[node]!;
    const value = values[offset + column[node]!]!;
    const goesLeft = Number.isNaN(value)
      ? missingLeft[node] === 1
      : kind === NodeMode.atMost
        ? value <= threshold[node]!
        : value === threshold[node]!;
    node = goesLeft ? left[node]! : right[node]!;
  }
}
