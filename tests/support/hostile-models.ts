import { encodeModel, type OnnxNode, type OnnxTensor } from "../../src/onnx/writer.js";

/** What a model does where its input has the value that sets it off. */
export type Harm =
  /** Divides the least whole number of 64 bits by -1, which the processor refuses. */
  | "dies"
  /** Makes a tensor of 400 million elements. */
  | "takes memory"
  /** Multiplies large matrices for many seconds. */
  | "is slow"
  | "answers NaN"
  | "answers 5"
  /** Looks a row up that its table does not have. */
  | "throws";

const INT64 = 7;
const FLOAT = 1;

/**
 * A model of one feature, float[N, 1], whose probability is 1 / (1 + exp(-(weight * x + bias))), an empty value read as 0,
 * but for the rows where the value is `trigger`, NaN for an empty one.
 */
export function hostileModel(
  harm: Harm,
  trigger: number,
  { feature = "skips_7d", weight = 1, bias = -2 } = {},
): Uint8Array {
  const { nodes, initializers } = HARMS[harm];
  const set: OnnxNode = Number.isNaN(trigger)
    ? { op: "IsNaN", inputs: [feature], outputs: ["/set"] }
    : { op: "Equal", inputs: [feature, "/trigger"], outputs: ["/set"] };
  return model(
    feature,
    [
      set,
      { op: "IsNaN", inputs: [feature], outputs: ["/missing"] },
      { op: "Where", inputs: ["/missing", "/zero", feature], outputs: ["/filled"] },
      { op: "Mul", inputs: ["/filled", "/weight"], outputs: ["/weighed"] },
      { op: "Add", inputs: ["/weighed", "/bias"], outputs: ["/z"] },
      { op: "Sigmoid", inputs: ["/z"], outputs: ["/p"] },
      ...nodes,
    ],
    [
      { name: "/trigger", dims: [1], floats: [trigger] },
      { name: "/zero", dims: [1], floats: [0] },
      { name: "/one", dims: [1], floats: [1] },
      { name: "/weight", dims: [1], floats: [weight] },
      { name: "/bias", dims: [1], floats: [bias] },
      ...initializers,
    ],
  );
}

const whole = (name: string, output: string): OnnxNode => ({
  op: "Cast",
  inputs: [name],
  outputs: [output],
  attributes: { to: { int: INT64 } },
});
const real = (name: string, output: string): OnnxNode => ({
  op: "Cast",
  inputs: [name],
  outputs: [output],
  attributes: { to: { int: FLOAT } },
});
/** What was done must be used, or the runtime leaves it out: it is added with a weight of 0. */
const used = (name: string): OnnxNode[] => [
  { op: "Mul", inputs: [name, "/zero"], outputs: ["/nothing"] },
  { op: "Add", inputs: ["/p", "/nothing"], outputs: ["probability"] },
];
/** 1 where any row of the batch sets it off, without dimensions. */
const any: OnnxNode[] = [
  real("/set", "/set_1"),
  { op: "ReduceMax", inputs: ["/set_1"], outputs: ["/any"], attributes: { keepdims: { int: 0 } } },
];

const HARMS: Record<Harm, { nodes: OnnxNode[]; initializers: OnnxTensor[] }> = {
  dies: {
    nodes: [
      whole("/least", "/least_i"),
      whole("/five", "/five_i"),
      whole("/minus", "/minus_i"),
      whole("/one", "/one_i"),
      { op: "Where", inputs: ["/set", "/least_i", "/five_i"], outputs: ["/dividend"] },
      { op: "Where", inputs: ["/set", "/minus_i", "/one_i"], outputs: ["/divisor"] },
      { op: "Div", inputs: ["/dividend", "/divisor"], outputs: ["/quotient_i"] },
      real("/quotient_i", "/quotient"),
      ...used("/quotient"),
    ],
    initializers: [
      { name: "/least", dims: [1], floats: [-(2 ** 63)] },
      { name: "/five", dims: [1], floats: [5] },
      { name: "/minus", dims: [1], floats: [-1] },
    ],
  },
  "takes memory": {
    nodes: [
      ...any,
      { op: "Mul", inputs: ["/any", "/elements"], outputs: ["/wanted"] },
      { op: "Add", inputs: ["/wanted", "/scalar_1"], outputs: ["/limit"] },
      { op: "Range", inputs: ["/scalar_0", "/limit", "/scalar_1"], outputs: ["/range"] },
      { op: "ReduceMax", inputs: ["/range"], outputs: ["/greatest"], attributes: { keepdims: { int: 0 } } },
      ...used("/greatest"),
    ],
    initializers: [
      { name: "/elements", dims: [], floats: [4e8] },
      { name: "/scalar_0", dims: [], floats: [0] },
      { name: "/scalar_1", dims: [], floats: [1] },
    ],
  },
  "is slow": {
    nodes: [
      ...any,
      { op: "Mul", inputs: ["/any", "/side"], outputs: ["/wanted"] },
      { op: "Add", inputs: ["/wanted", "/one"], outputs: ["/n"] },
      { op: "Concat", inputs: ["/n", "/n"], outputs: ["/shape"], attributes: { axis: { int: 0 } } },
      whole("/shape", "/shape_i"),
      { op: "Expand", inputs: ["/tiny", "/shape_i"], outputs: ["/m0"] },
      ...Array.from({ length: 40 }, (_, k) => ({
        op: "MatMul",
        inputs: [`/m${k}`, "/m0"],
        outputs: [`/m${k + 1}`],
      })),
      { op: "ReduceMax", inputs: ["/m40"], outputs: ["/greatest"], attributes: { keepdims: { int: 0 } } },
      ...used("/greatest"),
    ],
    initializers: [
      { name: "/side", dims: [1], floats: [4000] },
      { name: "/tiny", dims: [1, 1], floats: [1e-4] },
    ],
  },
  "answers NaN": {
    nodes: [{ op: "Where", inputs: ["/set", "/nan", "/p"], outputs: ["probability"] }],
    initializers: [{ name: "/nan", dims: [1], floats: [Number.NaN] }],
  },
  "answers 5": {
    nodes: [{ op: "Where", inputs: ["/set", "/five", "/p"], outputs: ["probability"] }],
    initializers: [{ name: "/five", dims: [1], floats: [5] }],
  },
  throws: {
    nodes: [
      real("/set", "/set_1"),
      { op: "Mul", inputs: ["/set_1", "/ten"], outputs: ["/place"] },
      whole("/place", "/place_i"),
      { op: "Gather", inputs: ["/table", "/place_i"], outputs: ["/looked_up"] },
      ...used("/looked_up"),
    ],
    initializers: [
      { name: "/ten", dims: [1], floats: [10] },
      { name: "/table", dims: [2], floats: [0, 1] },
    ],
  },
};

/** What a row gets follows from how far it is from the mean of its batch. */
export function batchMeanModel(feature = "skips_7d"): Uint8Array {
  return model(
    feature,
    [
      { op: "ReduceMean", inputs: [feature], outputs: ["/mean"], attributes: { keepdims: { int: 0 } } },
      { op: "Sub", inputs: [feature, "/mean"], outputs: ["/centred"] },
      { op: "Sigmoid", inputs: ["/centred"], outputs: ["probability"] },
    ],
    [],
  );
}

function model(feature: string, nodes: OnnxNode[], initializers: OnnxTensor[]): Uint8Array {
  return encodeModel(
    {
      name: "hostile",
      nodes,
      initializers,
      inputs: [{ name: feature, type: "float32", width: 1 }],
      outputs: [{ name: "probability", type: "float32", width: 1 }],
    },
    {},
  );
}
