import { extendInput } from "../../onnx/extend.js";
import type { OnnxNode, OnnxTensor, OnnxValue } from "../../onnx/writer.js";
import { NUMERIC_INPUT } from "../onnx/inputs.js";
import type { FeatureSpec } from "../types.js";
import type { TargetCoding } from "./target-coding.js";

/** The numbers that a learner's graph takes for features: those given, and those that categories stand for. */
const ENCODED_INPUT = "/numeric";
export const codeName = (feature: string): string => `/target_code/${feature}`;
export const tableName = (feature: string): string => `/target_table/${feature}`;

/**
 * The same model with encoded categories as its inputs: each is looked up in a table of the graph, where what is unknown has
 * the last row. The learner's own graph stays as it is.
 * @param onnx as the learner wrote it, which takes their numbers as numeric features, the last ones
 */
export function encodeInputs(
  onnx: Uint8Array,
  features: readonly FeatureSpec[],
  codings: readonly TargetCoding[],
): Uint8Array {
  if (codings.length === 0) return onnx;
  const isNumeric = features.some(({ kind }) => kind === "numeric");
  const nodes: OnnxNode[] = codings.flatMap(lookup);
  const tables = codings.map(({ feature, categories, width, table }): OnnxTensor => {
    return { name: tableName(feature), dims: [categories.length + 1, width], floats: table };
  });
  const numbers = [
    ...(isNumeric ? [NUMERIC_INPUT] : []),
    ...codings.map(({ feature }) => foundName(feature)),
  ];
  const joined: OnnxNode = {
    op: "Concat",
    inputs: numbers,
    outputs: [ENCODED_INPUT],
    attributes: { axis: { int: 1 } },
  };
  return extendInput(onnx, NUMERIC_INPUT, ENCODED_INPUT, {
    nodes: [...nodes, joined],
    initializers: tables,
    inputs: encodedInputs(features),
  });
}

/** In feature order, whatever they are encoded as. */
export function encodedInputs(features: readonly FeatureSpec[]): OnnxValue[] {
  const numeric = features.filter(({ kind }) => kind === "numeric").length;
  const categorical = features.filter(({ kind }) => kind === "categorical");
  return [
    ...(numeric > 0 ? [{ name: NUMERIC_INPUT, type: "float32", width: numeric } as const] : []),
    ...categorical.map(({ name }) => ({ name, type: "string", width: 1 }) as const),
  ];
}

const foundName = (feature: string): string => `/target/${feature}`;

function lookup({ feature, categories }: TargetCoding): OnnxNode[] {
  const [code, place, row] = [codeName(feature), `/target_place/${feature}`, `/target_row/${feature}`];
  return [
    {
      op: "LabelEncoder",
      domain: "ai.onnx.ml",
      inputs: [feature],
      outputs: [code],
      attributes: {
        // The operator refuses empty lists.
        keys_strings: { texts: categories.length > 0 ? [...categories] : [""] },
        values_floats: { floats: categories.length > 0 ? [...categories.keys()] : [0] },
        default_float: { float: categories.length },
      },
    },
    { op: "Cast", inputs: [code], outputs: [place], attributes: { to: { int: 7 } } },
    { op: "Gather", inputs: [tableName(feature), place], outputs: [row] },
    // [N, 1, K] -> [N, K]
    { op: "Flatten", inputs: [row], outputs: [foundName(feature)] },
  ];
}
