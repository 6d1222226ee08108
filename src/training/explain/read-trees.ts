import { attributeOf, type ReadGraph, type ReadNode } from "../../onnx/reader.js";
import { NodeMode } from "../learners/boosting/tree.js";
import type { CoveredTree } from "./tree-shap.js";

/** Answer of a row = base + the sum of its leaf values x scale. */
export interface ReadTrees {
  base: number;
  scale: number;
  trees: CoveredTree[];
}

/**
 * The trees of a file by target, of most files one; null when it has none or does not say how many rows each node saw. A tree
 * that adds to several targets is a tree of each, of the same nodes.
 */
export function readTrees({ nodes }: ReadGraph): ReadTrees[] | null {
  const node = nodes.find(({ op }) => op === "TreeEnsembleRegressor");
  if (!node) return null;
  const rows = floatsOf(node, "nodes_hitrates");
  if (rows.length === 0) return null;
  const { trees, starts } = splitByTree(node, rows);
  const average = attributeOf(node, "aggregate_function")?.text() === "AVERAGE";
  const bases = floatsOf(node, "base_values");
  const scale = average ? 1 / trees.length : 1;
  return treesOfTargets(node, trees, starts).map((own, target) => ({
    base: bases[target] ?? 0,
    scale,
    trees: own,
  }));
}

/** Each target's trees, with what their leaves add to it. @param starts by the file's number of a tree its place */
function treesOfTargets(
  node: ReadNode,
  trees: readonly CoveredTree[],
  starts: readonly number[],
): CoveredTree[][] {
  const ints = (name: string) => attributeOf(node, name)?.ints() ?? [];
  const [leaves, leafTrees, targets] = [ints("target_nodeids"), ints("target_treeids"), ints("target_ids")];
  // A large forest has millions of leaves and classes: neither arguments of a call nor texts.
  let last = 0;
  for (const target of targets) last = Math.max(last, target);
  const byTarget = Array.from({ length: 1 + last }, () => new Array<CoveredTree | undefined>(trees.length));
  for (const [k, weight] of floatsOf(node, "target_weights").entries()) {
    const [target, place] = [targets[k] ?? 0, starts[leafTrees[k]!]!];
    const blank = trees[place]!;
    byTarget[target]![place] ??= { ...blank, value: new Float32Array(blank.mode.length) };
    byTarget[target]![place].value[leaves[k]!] = weight;
  }
  return byTarget.map((own) => own.filter((tree) => tree !== undefined));
}

/** Nodes of a tree stand together, in the order of their numbers, as ../onnx writes them. */
function splitByTree(node: ReadNode, rows: number[]): { trees: CoveredTree[]; starts: number[] } {
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
    const mode = Uint8Array.from(modes.slice(start, end), modeOf);
    // A category is tested by its code, which files of several targets have half a unit higher.
    const threshold = (value: number, node: number) =>
      mode[node] === NodeMode.equals ? Math.floor(value) : value;
    trees.push({
      mode,
      column: Int32Array.from(column.slice(start, end)),
      threshold: Float32Array.from(thresholds.slice(start, end), threshold),
      missingLeft: Uint8Array.from(missingLeft.slice(start, end)),
      left: Int32Array.from(left.slice(start, end)),
      right: Int32Array.from(right.slice(start, end)),
      value: new Float32Array(end - start),
      rows: rows.slice(start, end),
    });
    start = end;
  }
  return { trees, starts };
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
