import { type Attribute, encodeModel, type OnnxNode, type OnnxTensor } from "../../onnx/writer.js";
import { type Ensemble, NodeMode, type Tree } from "../learners/boosting/tree.js";
import type { LinearModel } from "../learners/logistic/design.js";
import type { MatrixColumn } from "../matrix.js";
import { graphOutputs, OUTPUT } from "../tasks/binary/output.js";
import { encodedName, graphInputs, labelEncoder, NUMERIC_INPUT } from "./inputs.js";
import { linearPart } from "./logistic-model.js";

const MODE_NAME = {
  [NodeMode.leaf]: "LEAF",
  [NodeMode.atMost]: "BRANCH_LEQ",
  [NodeMode.equals]: "BRANCH_EQ",
};

/** features -> TreeEnsembleRegressor, summed, plus the terms of `linear` -> Sigmoid. */
export function boostingToOnnx(
  columns: MatrixColumn[],
  { baseScore, trees }: Ensemble,
  linear: LinearModel | null,
  metadata: Record<string, string>,
): Uint8Array {
  const summed = { aggregate_function: { text: "SUM" }, base_values: { floats: [baseScore] } };
  const start = linear && linearPart(columns, linear);
  const nodes: OnnxNode[] = start
    ? [
        ensembleNode(trees, summed, "/trees"),
        ...start.nodes,
        { op: "Sum", inputs: [...start.terms, "/trees"], outputs: ["/log_odds"] },
      ]
    : [ensembleNode(trees, summed, "/log_odds")];
  nodes.push({ op: "Sigmoid", inputs: ["/log_odds"], outputs: [OUTPUT] });
  return treeModel("gradient_boosting", columns, nodes, metadata, start?.initializers);
}

/** features -> TreeEnsembleRegressor, averaged. */
export function forestToOnnx(
  columns: MatrixColumn[],
  trees: Tree[],
  metadata: Record<string, string>,
): Uint8Array {
  const node = ensembleNode(trees, { aggregate_function: { text: "AVERAGE" } }, OUTPUT);
  return treeModel("random_forest", columns, [node], metadata);
}

/** numeric, and one LabelEncoder per categorical feature (unknown -> NaN) -> Concat -> `nodes`. */
function treeModel(
  name: string,
  columns: MatrixColumn[],
  nodes: OnnxNode[],
  metadata: Record<string, string>,
  initializers: OnnxTensor[] = [],
): Uint8Array {
  const categorical = columns.filter(({ vocabulary }) => vocabulary);
  const parts = [
    ...(categorical.length < columns.length ? [NUMERIC_INPUT] : []),
    ...categorical.map(({ name }) => encodedName(name)),
  ];
  const encoding: OnnxNode[] = [
    ...categorical.map((column) => labelEncoder(column, [...column.vocabulary!.keys()], Number.NaN)),
    { op: "Concat", inputs: parts, outputs: ["/features"], attributes: { axis: { int: 1 } } },
  ];
  const graph = { name, nodes: [...encoding, ...nodes], initializers };
  return encodeModel({ ...graph, inputs: graphInputs(columns), outputs: graphOutputs }, metadata);
}

/** Not a TreeEnsembleClassifier: onnxruntime 1.30 gets its labels wrong when all leaf weights are positive. */
function ensembleNode(trees: Tree[], aggregation: Record<string, Attribute>, output: string): OnnxNode {
  return {
    op: "TreeEnsembleRegressor",
    domain: "ai.onnx.ml",
    inputs: ["/features"],
    outputs: [output],
    attributes: { ...aggregation, ...treeAttributes(trees) },
  };
}

function treeAttributes(trees: Tree[]): Record<string, Attribute> {
  const nodesOf = <T>(read: (tree: Tree, node: number, treeId: number) => T): T[] =>
    trees.flatMap((tree, treeId) => Array.from(tree.mode, (_, node) => read(tree, node, treeId)));
  const leaves = trees.flatMap((tree, treeId) =>
    Array.from(tree.mode.keys())
      .filter((node) => tree.mode[node] === NodeMode.leaf)
      .map((node) => ({ treeId, node, value: tree.value[node]! })),
  );
  return {
    n_targets: { int: 1 },
    nodes_falsenodeids: { ints: nodesOf((tree, node) => tree.right[node]!) },
    nodes_featureids: { ints: nodesOf((tree, node) => tree.column[node]!) },
    // "Popularity of each node": the rows fitted on that reached it, which explanations of the file alone need.
    nodes_hitrates: { floats: nodesOf((tree, node) => tree.rows[node]!) },
    nodes_missing_value_tracks_true: { ints: nodesOf((tree, node) => tree.missingLeft[node]!) },
    nodes_modes: { texts: nodesOf((tree, node) => MODE_NAME[tree.mode[node] as 0 | 1 | 2]) },
    nodes_nodeids: { ints: nodesOf((_, node) => node) },
    nodes_treeids: { ints: nodesOf((_tree, _node, treeId) => treeId) },
    nodes_truenodeids: { ints: nodesOf((tree, node) => tree.left[node]!) },
    nodes_values: { floats: nodesOf((tree, node) => tree.threshold[node]!) },
    post_transform: { text: "NONE" },
    target_ids: { ints: leaves.map(() => 0) },
    target_nodeids: { ints: leaves.map(({ node }) => node) },
    target_treeids: { ints: leaves.map(({ treeId }) => treeId) },
    target_weights: { floats: leaves.map(({ value }) => value) },
  };
}
