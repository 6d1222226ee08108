import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { encodeModel, type OnnxGraph } from "../../src/onnx/writer.js";

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
