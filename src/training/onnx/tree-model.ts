import {
  type Attribute,
  encodeModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from "../../onnx/writer.js";
import { type Ensemble, NodeMode, type Tree } from "../learners/boosting/tree.js";
import type { LinearModel } from "../learners/logistic/design.js";
import type { MatrixColumn } from "../matrix.js";
import type { GraphAnswer } from "./answer.js";
import { encodedName, graphInputs, labelEncoder, NUMERIC_INPUT } from "./inputs.js";
import { linearPart } from "./logistic-model.js";

const MODE_NAME = {
  [NodeMode.leaf]: "LEAF",
  [NodeMode.atMost]: "BRANCH_LEQ",
  [NodeMode.equals]: "BRANCH_EQ",
};

/** features -> TreeEnsembleRegressor, summed, plus the terms of `linear` -> the answer. */
export function boostingToOnnx(
  columns: MatrixColumn[],
  { baseScore, trees }: Ensemble,
  { linear, margin, nodes, outputs }: GraphAnswer & { linear: LinearModel | null },
  metadata: Record<string, string>,
): Uint8Array {
  const summed = { aggregate_function: { text: "SUM" }, base_values: { floats: [baseScore] } };
  const own = trees.map(oneTarget);
  const start = linear && linearPart(columns, linear);
  const sum: OnnxNode[] = start
    ? [
        ensembleNode(own, summed, "/trees"),
        ...start.nodes,
        { op: "Sum", inputs: [...start.terms, "/trees"], outputs: [margin] },
      ]
    : [ensembleNode(own, summed, margin)];
  const graph = { nodes: [...sum, ...nodes], outputs, initializers: start?.initializers };
  return treeModel("gradient_boosting", columns, graph, metadata);
}

/** features -> TreeEnsembleRegressor, averaged. */
export function forestToOnnx(
  columns: MatrixColumn[],
  trees: Tree[],
  outputs: OnnxValue[],
  metadata: Record<string, string>,
): Uint8Array {
  const averaged = { aggregate_function: { text: "AVERAGE" } };
  const node = ensembleNode(trees.map(oneTarget), averaged, outputs[0]!.name);
  return treeModel("random_forest", columns, { nodes: [node], outputs }, metadata);
}

/** A tree, and the targets that its leaves add to: of each by how much, by node. */
export interface TargetTree {
  tree: Tree;
  targets: readonly { target: number; values: ArrayLike<number> }[];
}

/**
 * Added to the codes of categories where trees have several targets. onnxruntime (1.30, 1.32) makes one node of tests for whole
 * codes that follow one another and lead to leaves whose first weights are equal: with one target these are the same leaf,
 * with several they may differ in the others.
 */
export const CODE_SHIFT = 0.5;

const oneTarget = (tree: Tree): TargetTree => ({ tree, targets: [{ target: 0, values: tree.value }] });

/** numeric, and one LabelEncoder per categorical feature (unknown -> NaN) -> Concat -> `nodes`. */
export function treeModel(
  name: string,
  columns: MatrixColumn[],
  {
    nodes,
    outputs,
    initializers = [],
  }: { nodes: OnnxNode[]; outputs: OnnxValue[]; initializers?: OnnxTensor[] | undefined },
  metadata: Record<string, string>,
  codeShift = 0,
): Uint8Array {
  const categorical = columns.filter(({ vocabulary }) => vocabulary);
  const parts = [
    ...(categorical.length < columns.length ? [NUMERIC_INPUT] : []),
    ...categorical.map(({ name }) => encodedName(name)),
  ];
  const encoding: OnnxNode[] = [
    ...categorical.map((column) =>
      labelEncoder(
        column,
        column.vocabulary!.map((_, code) => code + codeShift),
        Number.NaN,
      ),
    ),
    { op: "Concat", inputs: parts, outputs: ["/features"], attributes: { axis: { int: 1 } } },
  ];
  const graph = { name, nodes: [...encoding, ...nodes], initializers };
  return encodeModel({ ...graph, inputs: graphInputs(columns), outputs }, metadata);
}

/** Not a TreeEnsembleClassifier: onnxruntime 1.30 gets its labels wrong when all leaf weights are positive. */
export function ensembleNode(
  trees: readonly TargetTree[],
  aggregation: Record<string, Attribute>,
  output: string,
  { targets = 1, codeShift = 0 } = {},
): OnnxNode {
  return {
    op: "TreeEnsembleRegressor",
    domain: "ai.onnx.ml",
    inputs: ["/features"],
    outputs: [output],
    attributes: { ...aggregation, ...treeAttributes(trees, targets, codeShift) },
  };
}

function treeAttributes(
  trees: readonly TargetTree[],
  targets: number,
  codeShift: number,
): Record<string, Attribute> {
  const nodesOf = <T>(read: (tree: Tree, node: number, treeId: number) => T): T[] =>
    trees.flatMap(({ tree }, treeId) => Array.from(tree.mode, (_, node) => read(tree, node, treeId)));
  const leaves = leafWeights(trees);
  return {
    n_targets: { int: targets },
    nodes_falsenodeids: { ints: nodesOf((tree, node) => tree.right[node]!) },
    nodes_featureids: { ints: nodesOf((tree, node) => tree.column[node]!) },
    // "Popularity of each node": the rows fitted on that reached it, which explanations of the file alone need.
    nodes_hitrates: { floats: nodesOf((tree, node) => tree.rows[node]!) },
    nodes_missing_value_tracks_true: { ints: nodesOf((tree, node) => tree.missingLeft[node]!) },
    nodes_modes: { texts: nodesOf((tree, node) => MODE_NAME[tree.mode[node] as 0 | 1 | 2]) },
    nodes_nodeids: { ints: nodesOf((_, node) => node) },
    nodes_treeids: { ints: nodesOf((_tree, _node, treeId) => treeId) },
    nodes_truenodeids: { ints: nodesOf((tree, node) => tree.left[node]!) },
    nodes_values: {
      floats: nodesOf(({ mode, threshold }, node) =>
        mode[node] === NodeMode.equals ? threshold[node]! + codeShift : threshold[node]!,
      ),
    },
    post_transform: { text: "NONE" },
    target_ids: { ints: leaves.targets },
    target_nodeids: { ints: leaves.nodes },
    target_treeids: { ints: leaves.trees },
    target_weights: { floats: leaves.values },
  };
}

/** Leaf by leaf, and of each what it adds to every target: of many classes tens of millions, so four arrays and no objects. */
function leafWeights(trees: readonly TargetTree[]) {
  const isLeaf = (mode: number) => mode === NodeMode.leaf;
  const count = trees.reduce(
    (sum, { tree, targets }) =>
      sum + targets.length * tree.mode.reduce((leaves, mode) => leaves + Number(isLeaf(mode)), 0),
    0,
  );
  const ids = () => new Int32Array(count);
  const weights = { targets: ids(), nodes: ids(), trees: ids(), values: new Float32Array(count) };
  let at = 0;
  for (const [treeId, { tree, targets }] of trees.entries())
    for (let node = 0; node < tree.mode.length; node++) {
      if (!isLeaf(tree.mode[node]!)) continue;
      for (const { target, values } of targets) {
        weights.targets[at] = target;
        weights.nodes[at] = node;
        weights.trees[at] = treeId;
        weights.values[at++] = values[node]!;
      }
    }
  return weights;
}
