/** How a node sends a value. The first three as asof's own trees have them. */
export const SplitMode = {
  leaf: 0,
  atMost: 1,
  equals: 2,
  below: 3,
  above: 4,
  atLeast: 5,
  differs: 6,
} as const;

/** A tree of a file that was made elsewhere: parallel arrays, one entry a node, node 0 the root. */
export interface SplitTree {
  mode: Uint8Array;
  column: Int32Array;
  threshold: Float64Array;
  /** 1 where a missing value (NaN) is sent to the left, as a value is that passes the test. */
  missingLeft: Uint8Array;
  left: Int32Array;
  right: Int32Array;
  /** Of a leaf, what it adds. */
  value: Float64Array;
}

/** As onnxruntime compares: a missing value passes no test but `differs`, and goes left where the node says so. */
export function sendsLeft({ mode, threshold, missingLeft }: SplitTree, node: number, value: number): boolean {
  const limit = threshold[node]!;
  if (passes(mode[node]!, value, limit)) return true;
  return missingLeft[node] === 1 && Number.isNaN(value);
}

function passes(mode: number, value: number, limit: number): boolean {
  switch (mode) {
    case SplitMode.atMost:
      return value <= limit;
    case SplitMode.equals:
      return value === limit;
    case SplitMode.below:
      return value < limit;
    case SplitMode.above:
      return value > limit;
    case SplitMode.atLeast:
      return value >= limit;
    default:
      return value !== limit;
  }
}

/** What the tree adds to a row whose values stand `stride` apart from `offset` on. */
export function addedTo(tree: SplitTree, values: ArrayLike<number>, offset = 0, stride = 1): number {
  let node = 0;
  while (tree.mode[node] !== SplitMode.leaf) {
    const left = sendsLeft(tree, node, values[offset + tree.column[node]! * stride]!);
    node = left ? tree.left[node]! : tree.right[node]!;
  }
  return tree.value[node]!;
}

/** Splits on the longest way from the root to a leaf. */
export function treeDepth({ mode, left, right }: SplitTree): number {
  const depths = new Int32Array(mode.length);
  const waiting = [0];
  let deepest = 0;
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    deepest = Math.max(deepest, depths[node]!);
    if (mode[node] === SplitMode.leaf) continue;
    for (const child of [left[node]!, right[node]!]) {
      depths[child] = depths[node]! + 1;
      waiting.push(child);
    }
  }
  return deepest;
}
