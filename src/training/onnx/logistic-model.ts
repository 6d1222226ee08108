import { encodeModel, type OnnxNode, type OnnxTensor } from "../../onnx/writer.js";
import type { LinearModel } from "../learners/logistic/design.js";
import type { MatrixColumn } from "../matrix.js";
import { type GraphAnswer, LOGISTIC_ANSWER } from "./answer.js";
import { graphInputs, labelEncoder, NUMERIC_INPUT } from "./inputs.js";

/**
 * log-odds = Gemm(Where(IsNaN(x), 0, (x - mean) * scale), weights, intercept)
 *          + MatMul(IsNaN(x), indicator weights) + one LabelEncoder per categorical feature.
 * The mean imputed for a missing value is 0 once standardised; Where, not a product, because NaN * 0 is NaN. A LabelEncoder
 * from category to weight (unknown -> 0) is the one-hot row times its weights.
 */
export const logisticToOnnx = (
  columns: MatrixColumn[],
  model: LinearModel,
  metadata: Record<string, string>,
): Uint8Array => linearToOnnx("logistic_regression", columns, model, LOGISTIC_ANSWER, metadata);

/** The same sum, as another answer. */
export function linearToOnnx(
  name: string,
  columns: MatrixColumn[],
  model: LinearModel,
  { margin, nodes, outputs }: GraphAnswer,
  metadata: Record<string, string>,
): Uint8Array {
  const { nodes: linear, terms, initializers } = linearPart(columns, model);
  const sum: OnnxNode = { op: "Sum", inputs: terms, outputs: [margin] };
  const graph = { name, nodes: [...linear, sum, ...nodes], initializers };
  return encodeModel({ ...graph, inputs: graphInputs(columns), outputs }, metadata);
}

export interface LinearPart {
  nodes: OnnxNode[];
  /** Tensors of which the log-odds are the sum. */
  terms: string[];
  initializers: OnnxTensor[];
}

export function linearPart(columns: MatrixColumn[], model: LinearModel): LinearPart {
  const numeric = numericPart(model);
  const encoders: OnnxNode[] = [];
  for (const [k, column] of columns.entries()) {
    const coding = model.design.codings[k]!;
    if (coding.kind === "numeric") continue;
    const weights = model.weights.subarray(coding.at, coding.at + coding.categories);
    encoders.push(labelEncoder(column, weights, 0, `/term/${column.name}`));
  }
  return {
    nodes: [...numeric.nodes, ...encoders],
    terms: [...numeric.terms, ...encoders.map(({ outputs }) => outputs[0]!)],
    initializers: numeric.initializers,
  };
}

/** The intercept and all numeric features; the intercept alone when there is none. */
function numericPart({ design, weights }: LinearModel): LinearPart {
  const numeric = design.codings.filter((coding) => coding.kind === "numeric");
  const k = numeric.length;
  const intercept = { name: "/intercept", dims: [1], floats: [weights.at(-1)!] };
  if (k === 0) return { nodes: [], terms: ["/intercept"], initializers: [intercept] };
  const indicatorWeights = numeric.map(({ missingAt }) => (missingAt === null ? 0 : weights[missingAt]!));
  return {
    nodes: [
      { op: "IsNaN", inputs: [NUMERIC_INPUT], outputs: ["/missing"] },
      { op: "Sub", inputs: [NUMERIC_INPUT, "/mean"], outputs: ["/centred"] },
      { op: "Mul", inputs: ["/centred", "/scale"], outputs: ["/scaled"] },
      { op: "Where", inputs: ["/missing", "/zero", "/scaled"], outputs: ["/standardised"] },
      { op: "Gemm", inputs: ["/standardised", "/weights", "/intercept"], outputs: ["/linear"] },
      { op: "Cast", inputs: ["/missing"], outputs: ["/indicator"], attributes: { to: { int: 1 } } },
      { op: "MatMul", inputs: ["/indicator", "/indicator_weights"], outputs: ["/imputed"] },
    ],
    terms: ["/linear", "/imputed"],
    initializers: [
      { name: "/mean", dims: [k], floats: numeric.map(({ mean }) => mean) },
      { name: "/scale", dims: [k], floats: numeric.map(({ scale }) => scale) },
      { name: "/zero", dims: [1], floats: [0] },
      { name: "/weights", dims: [k, 1], floats: numeric.map(({ at }) => weights[at]!) },
      intercept,
      { name: "/indicator_weights", dims: [k, 1], floats: indicatorWeights },
    ],
  };
}
