import { attributeOf, type ReadGraph, type ReadNode } from "../../onnx/reader.js";
import { NodeMode } from "../learners/boosting/tree.js";
import type { CoveredTree } from "./tree-shap.js";

/** Answer of a row = base + the sum of its leaf values x scale. */
export interface ReadTrees {
  base: number;
  scale: number;
  trees: CoveredTree[];
}

/** The trees of a file with one target, or null when it has none or does not say how many rows each node saw. */
export function readTrees({ nodes }: ReadGraph): ReadTrees | null {
  const node = nodes.find(({ op }) => op === "TreeEnsembleRegressor");
  if (!node) return null;
  const rows = floatsOf(node, "nodes_hitrates");
  if (rows.length === 0) return null;
  const trees = splitByTree(node, rows);
  const average = attributeOf(node, "aggregate_function")?.text() === "AVERAGE";
  return { base: floatsOf(node, "base_values")[0] ?? 0, scale: average ? 1 / trees.length : 1, trees };
}

/** Nodes of a tree stand together, in the order of their numbers, as ../onnx writes them. */
function splitByTree(node: ReadNode, rows: number[]): CoveredTree[] {
  const ints = (name: string) => attributeOf(node, name)?.ints() ?? [];
  const treeIds = ints("nodes_treeids");
  const left = ints("nodes_truenodeids");
  const right = ints("nodes_falsenodeids");
  const column = ints("nodes_featureids");
  const missingLeft = ints("nodes_missing_value_tracks_true");
  const modes = attributeOf(node, "nodes_modes")?.texts() ?? [];
  const thresholds = floatsOf(node, "nodes_values");
  const trees: CoveredTree[] = [];
  const starts: number[] = [];
  for (let start = 0; start < treeIds.length; ) {
    let end = start + 1;
    while (end < treeIds.length && treeIds[end] === treeIds[start]) end++;
    starts[treeIds[start]!] = trees.length;
    trees.push({
      mode: Uint8Array.from(modes.slice(start, end), modeOf),
      column: Int32Array.from(column.slice(start, end)),
      threshold: Float32Array.from(thresholds.slice(start, end)),
      missingLeft: Uint8Array.from(missingLeft.slice(start, end)),
      left: Int32Array.from(left.slice(start, end)),
      right: Int32Array.from(right.slice(start, end)),
      value: new Float32Array(end - start),
      rows: rows.slice(start, end),
    });
    start = end;
  }
  const leaves = ints("target_nodeids");
  const leafTrees = ints("target_treeids");
  for (const [k, weight] of floatsOf(node, "target_weights").entries()) {
    trees[starts[leafTrees[k]!]!]!.value[leaves[k]!] = weight;
  }
  return trees;
}

function modeOf(name: string): number {
  if (name === "LEAF") return NodeMode.leaf;
  if (name === "BRANCH_LEQ") return NodeMode.atMost;
  if (name === "BRANCH_EQ") return NodeMode.equals;
  throw new RangeError(`a tree splits by ${name}; explanations know BRANCH_LEQ and BRANCH_EQ`);
}

function floatsOf(node: ReadNode, name: string): number[] {
  return attributeOf(node, name)?.floats() ?? [];
}
