import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { GRAPH, MODEL, NODE, VALUE } from "../../src/onnx/fields.js";
import { joined, rawField, rawFields, rewritten } from "../../src/onnx/rewrite.js";
import { encodeModel, encodeNode, type OnnxGraph } from "../../src/onnx/writer.js";

/** As a converter elsewhere would write it: one float[N, 1] per feature, empty ones imputed, the probability as two columns. */
export function perFeatureModel(weights: Record<string, number>, bias: number, missing = 0): Uint8Array {
  const names = Object.keys(weights);
  const nodes: OnnxGraph["nodes"] = [
    { op: "Concat", inputs: names, outputs: ["/x"], attributes: { axis: { int: 1 } } },
    { op: "IsNaN", inputs: ["/x"], outputs: ["/nan"] },
    { op: "Where", inputs: ["/nan", "/missing", "/x"], outputs: ["/filled"] },
    { op: "Gemm", inputs: ["/filled", "/w", "/b"], outputs: ["/z"] },
    { op: "Sigmoid", inputs: ["/z"], outputs: ["/p"] },
    { op: "Sub", inputs: ["/one", "/p"], outputs: ["/q"] },
    { op: "Concat", inputs: ["/q", "/p"], outputs: ["probabilities"], attributes: { axis: { int: 1 } } },
  ];
  return encodeModel(
    {
      name: "elsewhere",
      nodes,
      initializers: [
        { name: "/w", dims: [names.length, 1], floats: Object.values(weights) },
        { name: "/b", dims: [1], floats: [bias] },
        { name: "/missing", dims: [1], floats: [missing] },
        { name: "/one", dims: [1], floats: [1] },
      ],
      inputs: names.map((name) => ({ name, type: "float32", width: 1 })),
      outputs: [{ name: "probabilities", type: "float32", width: 2 }],
    },
    {},
  );
}

/** One float[N, k] named `X`, and no care for missing values, as scikit-learn's linear models come. */
export function matrixModel(weights: readonly number[], change: Partial<OnnxGraph> = {}): Uint8Array {
  return encodeModel(
    {
      name: "matrix",
      nodes: [
        { op: "Gemm", inputs: ["X", "/w", "/b"], outputs: ["/z"] },
        { op: "Sigmoid", inputs: ["/z"], outputs: ["score"] },
      ],
      initializers: [
        { name: "/w", dims: [weights.length, 1], floats: weights },
        { name: "/b", dims: [1], floats: [0] },
      ],
      inputs: [{ name: "X", type: "float32", width: weights.length }],
      outputs: [{ name: "score", type: "float32", width: 1 }],
      ...change,
    },
    {},
  );
}

/** A weight whose values are said to be in a file beside: TensorProto.data_location EXTERNAL, location in external_data. */
export function externalDataModel(location: string): Uint8Array {
  const text = (writer: BinaryWriter, field: number, value: string) =>
    writer.tag(field, WireType.LengthDelimited).string(value);
  const inner = (writer: BinaryWriter, field: number, write: () => void) => {
    writer.tag(field, WireType.LengthDelimited).fork();
    write();
    writer.join();
  };
  const model = new BinaryWriter();
  model.tag(1, WireType.Varint).int64(8);
  inner(model, 7, () =>
    // In a constant of a branch of a subgraph, where a glance at the weights does not find it.
    inner(model, 1, () => {
      text(model, 4, "If");
      inner(model, 5, () => {
        text(model, 1, "then_branch");
        inner(model, 6, () =>
          inner(model, 5, () => {
            text(model, 8, "secret");
            inner(model, 13, () => {
              text(model, 1, "location");
              text(model, 2, location);
            });
            model.tag(14, WireType.Varint).int32(1);
          }),
        );
      });
    }),
  );
  inner(model, 8, () => model.tag(2, WireType.Varint).int64(17));
  return model.finish();
}

/**
 * As skl2onnx writes a LogisticRegression whose classes have names: one float[N, k] named `X`, a column for each class in
 * the order of their names.
 */
export function namedClassesModel(
  weights: readonly number[],
  bias: number,
  classes: readonly [string, string],
  positive = classes[1],
): Uint8Array {
  const sign = (name: string) => (name === positive ? 0.5 : -0.5);
  return matrixModel(weights, {
    nodes: [
      { op: "IsNaN", inputs: ["X"], outputs: ["/nan"] },
      { op: "Where", inputs: ["/nan", "/five", "X"], outputs: ["/filled"] },
      {
        op: "LinearClassifier",
        domain: "ai.onnx.ml",
        inputs: ["/filled"],
        outputs: ["/label", "probabilities"],
        attributes: {
          classlabels_strings: { texts: [...classes] },
          coefficients: { floats: classes.flatMap((name) => weights.map((weight) => sign(name) * weight)) },
          intercepts: { floats: classes.map((name) => sign(name) * bias) },
          multi_class: { int: 0 },
          post_transform: { text: "SOFTMAX" },
        },
      },
    ],
    initializers: [{ name: "/five", dims: [1], floats: [5] }],
    outputs: [{ name: "probabilities", type: "float32", width: 2 }],
  });
}

/** The file with its last output as skl2onnx writes it by default: a ZipMap of the matrix, a map of classes for each row. */
export function zipMapped(onnx: Uint8Array, output: string, classes: readonly string[]): Uint8Array {
  const matrix = `${output}_matrix`;
  const zip = rawField(
    GRAPH.node,
    encodeNode({
      op: "ZipMap",
      domain: "ai.onnx.ml",
      inputs: [matrix],
      outputs: [output],
      attributes: { classlabels_strings: { texts: [...classes] } },
    }),
  );
  const renamed = (name: Uint8Array) =>
    Buffer.from(name).toString() === output ? Buffer.from(matrix) : name;
  return rewritten(onnx, MODEL.graph, (graph) => {
    const nodes = rewritten(graph, GRAPH.node, (node) => rewritten(node, NODE.output, renamed));
    const typed = rewritten(nodes, GRAPH.output, (value) =>
      rewritten(value, VALUE.type, () => SEQUENCE_OF_MAPS),
    );
    return joined([...rawFields(typed), zip]);
  });
}

/** TypeProto: sequence_type 4 of map_type 5 from texts (8) to float32 (1). */
const SEQUENCE_OF_MAPS = Buffer.from([
  ...[0x22, 0x0e, 0x0a, 0x0c, 0x2a, 0x0a, 0x08, 0x08],
  ...[0x12, 0x06, 0x0a, 0x04, 0x08, 0x01, 0x12, 0x00],
]);

/** A split of a tree, or a leaf: what it adds to each class. */
export type Grown =
  | { column: number; limit: number; left: Grown; right: Grown }
  | { adds: readonly number[] };

/** As LightGBM's and XGBoost's converters write them: a TreeEnsembleClassifier of one float[N, k] named `X`, no counts of rows. */
export function ensembleModel(
  trees: readonly Grown[],
  classes: readonly string[],
  { columns, post, impute }: { columns: number; post: "LOGISTIC" | "SOFTMAX" | "NONE"; impute?: number },
): Uint8Array {
  const nodes: {
    tree: number;
    id: number;
    mode: string;
    column: number;
    limit: number;
    yes: number;
    no: number;
  }[] = [];
  const leaves: { tree: number; id: number; class: number; weight: number }[] = [];
  const grow = (of: Grown, tree: number): number => {
    const id = nodes.filter((node) => node.tree === tree).length;
    const node = { tree, id, mode: "LEAF", column: 0, limit: 0, yes: 0, no: 0 };
    nodes.push(node);
    if ("adds" in of) {
      for (const [place, weight] of of.adds.entries()) leaves.push({ tree, id, class: place, weight });
      return id;
    }
    Object.assign(node, { mode: "BRANCH_LEQ", column: of.column, limit: of.limit });
    node.yes = grow(of.left, tree);
    node.no = grow(of.right, tree);
    return id;
  };
  for (const [place, tree] of trees.entries()) grow(tree, place);
  const before: OnnxGraph["nodes"] =
    impute === undefined
      ? []
      : [
          {
            op: "Imputer",
            domain: "ai.onnx.ml",
            inputs: ["X"],
            outputs: ["/filled"],
            attributes: {
              imputed_value_floats: { floats: [impute] },
              replaced_value_float: { float: Number.NaN },
            },
          },
        ];
  const ensemble: OnnxGraph["nodes"][number] = {
    op: "TreeEnsembleClassifier",
    domain: "ai.onnx.ml",
    inputs: [impute === undefined ? "X" : "/filled"],
    outputs: ["label", "probabilities"],
    attributes: {
      class_ids: { ints: leaves.map((leaf) => leaf.class) },
      class_nodeids: { ints: leaves.map(({ id }) => id) },
      class_treeids: { ints: leaves.map(({ tree }) => tree) },
      class_weights: { floats: leaves.map(({ weight }) => weight) },
      classlabels_strings: { texts: [...classes] },
      nodes_falsenodeids: { ints: nodes.map(({ no }) => no) },
      nodes_featureids: { ints: nodes.map(({ column }) => column) },
      nodes_missing_value_tracks_true: { ints: nodes.map(() => 1) },
      nodes_modes: { texts: nodes.map(({ mode }) => mode) },
      nodes_nodeids: { ints: nodes.map(({ id }) => id) },
      nodes_treeids: { ints: nodes.map(({ tree }) => tree) },
      nodes_truenodeids: { ints: nodes.map(({ yes }) => yes) },
      nodes_values: { floats: nodes.map(({ limit }) => limit) },
      post_transform: { text: post },
    },
  };
  return encodeModel(
    {
      name: "ensemble",
      nodes: [...before, ensemble],
      initializers: [],
      inputs: [{ name: "X", type: "float32", width: columns }],
      outputs: [{ name: "probabilities", type: "float32", width: classes.length }],
    },
    {},
  );
}
