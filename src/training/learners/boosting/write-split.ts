import type { BinnedMatrix } from "./binned.js";
import type { SplitPlace } from "./find-split.js";
import { NodeMode, type Tree } from "./tree.js";

/** Whether a node parts what is present from what is missing, and nothing else. */
export const isOfPresence = ({ mode, threshold }: Pick<Tree, "mode" | "threshold">, node: number): boolean =>
  mode[node] === NodeMode.atMost && threshold[node] === MAX_FLOAT32;

/** Greater than every finite float32 but infinity: "<= this" means "is present". */
const MAX_FLOAT32 = 3.4028234663852886e38;

interface Sides {
  left: { node: number; rows: number };
  right: { node: number; rows: number };
  rows: number;
}

/** Makes `node` of the tree an inner one. */
export function writeSplit(
  tree: Tree,
  node: number,
  binned: BinnedMatrix,
  split: SplitPlace,
  { left, right, rows }: Sides,
): void {
  const { categorical, column, edges, hasMissing } = binned.features[split.feature]!;
  tree.mode[node] = categorical ? NodeMode.equals : NodeMode.atMost;
  tree.column[node] = column;
  tree.threshold[node] = categorical ? split.bin : (edges[split.bin] ?? MAX_FLOAT32);
  // A value never missing in training goes where most rows went.
  const missingLeft = categorical || hasMissing ? split.missingLeft : left.rows > right.rows;
  tree.missingLeft[node] = missingLeft ? 1 : 0;
  tree.left[node] = left.node;
  tree.right[node] = right.node;
  tree.rows[node] = rows;
  tree.gain[node] = split.gain;
}
