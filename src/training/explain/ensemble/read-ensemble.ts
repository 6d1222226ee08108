import { attributeOf, type ReadGraph, type ReadNode } from "../../../onnx/reader.js";
import { SplitMode, type SplitTree } from "./split-tree.js";

/** The one tree ensemble of a file. */
export interface FileEnsemble {
  /** What its columns are read from. */
  input: string;
  /** Of each target, or class, that leaves add to: sum of the trees' values + base is its margin. */
  targets: { base: number; trees: SplitTree[] }[];
}

/** What keeps a file from being explained, in words: it is no fault of the file's. */
export class NotExplainable extends Error {}

const ENSEMBLES = new Set(["TreeEnsembleClassifier", "TreeEnsembleRegressor", "TreeEnsemble"]);
const MODES: Readonly<Record<string, number>> = {
  LEAF: SplitMode.leaf,
  BRANCH_LEQ: SplitMode.atMost,
  BRANCH_EQ: SplitMode.equals,
  BRANCH_LT: SplitMode.below,
  BRANCH_GT: SplitMode.above,
  BRANCH_GTE: SplitMode.atLeast,
  BRANCH_NEQ: SplitMode.differs,
};
/** Of TreeEnsemble, by number; 6 tests for membership of a set. */
const NUMBERED = [
  SplitMode.atMost,
  SplitMode.below,
  SplitMode.atLeast,
  SplitMode.above,
  SplitMode.equals,
  SplitMode.differs,
];
const SUMMED = new Set(["", "SUM", "AVERAGE"]);

/** @throws {NotExplainable} it has none, several, or one of another kind */
export function readEnsemble({ nodes }: ReadGraph): FileEnsemble {
  const found = nodes.filter(({ op, domain }) => domain === "ai.onnx.ml" && ENSEMBLES.has(op));
  const [node] = found;
  if (!node || found.length > 1)
    throw new NotExplainable(`it has ${found.length || "no"} tree ensembles; one was expected`);
  const aggregate = aggregateOf(node);
  if (!SUMMED.has(aggregate))
    throw new NotExplainable(`its trees are joined by ${aggregate}; SUM or AVERAGE was expected`);
  const targets = node.op === "TreeEnsemble" ? newEnsemble(node) : oldEnsemble(node);
  return { input: node.inputs[0]!, targets: aggregate === "AVERAGE" ? targets.map(averaged) : targets };
}

const averaged = ({ base, trees }: FileEnsemble["targets"][number]): FileEnsemble["targets"][number] => ({
  base,
  trees: trees.map((tree) => ({ ...tree, value: tree.value.map((value) => value / trees.length) })),
});

/** Of TreeEnsemble a number, of the others a text. */
function aggregateOf(node: ReadNode): string {
  const attribute = attributeOf(node, "aggregate_function");
  if (node.op !== "TreeEnsemble") return attribute?.text() ?? "";
  return ["AVERAGE", "SUM", "MIN", "MAX"][attribute?.int() ?? 1] ?? "another function";
}

const ints = (node: ReadNode, name: string): number[] => attributeOf(node, name)?.ints() ?? [];

/** Of 32 bits, or, in a tensor, of 64. */
function reals(node: ReadNode, name: string): number[] {
  const inTensor = attributeOf(node, `${name}_as_tensor`)?.tensors[0]?.numbers();
  return inTensor ?? attributeOf(node, name)?.floats() ?? [];
}

interface Leaf {
  tree: number;
  node: number;
  target: number;
  value: number;
}

function oldEnsemble(node: ReadNode): FileEnsemble["targets"] {
  const of = node.op === "TreeEnsembleClassifier" ? "class" : "target";
  const [treeIds, nodeIds] = [ints(node, "nodes_treeids"), ints(node, "nodes_nodeids")];
  const [yes, no] = [ints(node, "nodes_truenodeids"), ints(node, "nodes_falsenodeids")];
  const [columns, missing] = [ints(node, "nodes_featureids"), ints(node, "nodes_missing_value_tracks_true")];
  const [modes, values] = [attributeOf(node, "nodes_modes")?.texts() ?? [], reals(node, "nodes_values")];
  /** By tree, the nodes' places in the file by their numbers. */
  const trees = new Map<number, Map<number, number>>();
  for (const [place, tree] of treeIds.entries()) {
    const own = trees.get(tree) ?? new Map<number, number>();
    trees.set(tree, own.set(nodeIds[place]!, place));
  }
  const numbers = [...trees.keys()];
  const read = numbers.map((tree) => {
    const own = trees.get(tree)!;
    const places = [...own.values()];
    const at = new Map([...own.keys()].map((id, index) => [id, index]));
    const child = (ids: readonly number[], place: number) =>
      modes[place] === "LEAF" ? 0 : (at.get(ids[place]!) ?? -1);
    return {
      at,
      tree: rooted({
        mode: Uint8Array.from(places, (place) => modeOf(modes[place] ?? "")),
        column: Int32Array.from(places, (place) => columns[place]!),
        threshold: Float64Array.from(places, (place) => values[place]!),
        missingLeft: Uint8Array.from(places, (place) => missing[place] ?? 0),
        left: Int32Array.from(places, (place) => child(yes, place)),
        right: Int32Array.from(places, (place) => child(no, place)),
        value: new Float64Array(places.length),
      }),
    };
  });
  const treeAt = new Map(numbers.map((number, index) => [number, index]));
  const [leafTrees, leafNodes, leafTargets] = [
    ints(node, `${of}_treeids`),
    ints(node, `${of}_nodeids`),
    ints(node, `${of}_ids`),
  ];
  const leaves = reals(node, `${of}_weights`).map((value, k): Leaf => {
    const tree = treeAt.get(leafTrees[k]!) ?? -1;
    return { tree, node: read[tree]?.at.get(leafNodes[k]!) ?? -1, target: leafTargets[k] ?? 0, value };
  });
  return byTarget(
    read.map(({ tree }) => tree),
    leaves,
    reals(node, "base_values"),
  );
}

function modeOf(name: string): number {
  const mode = MODES[name];
  if (mode === undefined) throw new NotExplainable(`a tree splits by ${name || "nothing"}`);
  return mode;
}

function newEnsemble(node: ReadNode): FileEnsemble["targets"] {
  const tensor = (name: string) => attributeOf(node, name)?.tensors[0]?.numbers() ?? [];
  const [yes, no] = [ints(node, "nodes_truenodeids"), ints(node, "nodes_falsenodeids")];
  const [yesLeaf, noLeaf] = [ints(node, "nodes_trueleafs"), ints(node, "nodes_falseleafs")];
  const [columns, missing] = [ints(node, "nodes_featureids"), ints(node, "nodes_missing_value_tracks_true")];
  const [modes, splits] = [tensor("nodes_modes"), tensor("nodes_splits")];
  const [targetIds, weights] = [ints(node, "leaf_targetids"), tensor("leaf_weights")];
  const leaves: Leaf[] = [];
  const trees = ints(node, "tree_roots").map((root, place) => {
    const [mode, column, threshold, missingLeft, left, right] = [[], [], [], [], [], []] as number[][];
    const add = (isLeaf: boolean, id: number): number => {
      const own = mode!.length;
      if (own > yes.length + weights.length) throw new NotExplainable("a tree of it has a circle");
      mode!.push(isLeaf ? SplitMode.leaf : (NUMBERED[modes[id]!] ?? modeOf(`mode ${modes[id]}`)));
      column!.push(isLeaf ? 0 : columns[id]!);
      threshold!.push(isLeaf ? 0 : splits[id]!);
      missingLeft!.push(isLeaf ? 0 : (missing[id] ?? 0));
      left!.push(0);
      right!.push(0);
      if (isLeaf)
        leaves.push({ tree: place, node: own, target: targetIds[id] ?? 0, value: weights[id] ?? 0 });
      return own;
    };
    // A node whose two leaves are the same stands for a tree of that leaf alone.
    const alone = yesLeaf[root] === 1 && noLeaf[root] === 1 && yes[root] === no[root];
    const waiting = [{ id: root, own: add(alone, alone ? yes[root]! : root) }];
    for (let next = alone ? undefined : waiting.pop(); next; next = waiting.pop()) {
      const { id, own } = next;
      left![own] = add(yesLeaf[id] === 1, yes[id]!);
      right![own] = add(noLeaf[id] === 1, no[id]!);
      if (yesLeaf[id] !== 1) waiting.push({ id: yes[id]!, own: left![own]! });
      if (noLeaf[id] !== 1) waiting.push({ id: no[id]!, own: right![own]! });
    }
    return {
      mode: Uint8Array.from(mode!),
      column: Int32Array.from(column!),
      threshold: Float64Array.from(threshold!),
      missingLeft: Uint8Array.from(missingLeft!),
      left: Int32Array.from(left!),
      right: Int32Array.from(right!),
      value: new Float64Array(mode!.length),
    };
  });
  return byTarget(trees, leaves, []);
}

/** A tree whose leaves add to several targets is a tree of each. */
function byTarget(
  trees: readonly SplitTree[],
  leaves: readonly Leaf[],
  bases: number[],
): FileEnsemble["targets"] {
  let last = 0;
  for (const { target } of leaves) last = Math.max(last, target);
  const own = Array.from({ length: last + 1 }, () => new Map<number, SplitTree>());
  for (const { tree: place, node, target, value } of leaves) {
    const shape = trees[place];
    if (!shape || node < 0) throw new NotExplainable("a leaf of it is of no tree");
    const tree = own[target]!.get(place) ?? { ...shape, value: new Float64Array(shape.mode.length) };
    own[target]!.set(place, tree);
    tree.value[node]! += value;
  }
  const used = own.map((of, target) => ({ base: bases[target] ?? 0, trees: [...of.values()] }));
  // Two classes of which the file has the weights of one alone.
  return used.filter(({ trees }) => trees.length > 0);
}

/**
 * That every node is reached once, from the first one.
 * @throws {NotExplainable} its nodes are no tree
 */
function rooted(tree: SplitTree): SplitTree {
  const { mode, left, right } = tree;
  const seen = new Uint8Array(mode.length);
  const waiting = [0];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node < 0 || seen[node] === 1) throw new NotExplainable("the nodes of a tree of it are no tree");
    seen[node] = 1;
    if (mode[node] !== SplitMode.leaf) waiting.push(left[node]!, right[node]!);
  }
  return tree;
}
