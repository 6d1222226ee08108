import type { OnnxNode, OnnxValue } from "../../onnx/writer.js";
import type { MatrixColumn } from "../matrix.js";
import type { OnnxSignature, OnnxTensorSpec } from "../types.js";

/** All numeric features in feature order, float[N, k]; absent when there is none. */
export const NUMERIC_INPUT = "numeric";

export function graphInputs(columns: MatrixColumn[]): OnnxValue[] {
  const numeric = columns.filter(({ vocabulary }) => !vocabulary).length;
  const categorical = columns.filter(({ vocabulary }) => vocabulary);
  return [
    ...(numeric > 0 ? [{ name: NUMERIC_INPUT, type: "float32", width: numeric } as const] : []),
    ...categorical.map(({ name }) => ({ name, type: "string", width: 1 }) as const),
  ];
}

export function onnxSignatureOf(inputs: readonly OnnxValue[], outputs: readonly OnnxValue[]): OnnxSignature {
  const spec = ({ name, type, width }: OnnxValue): OnnxTensorSpec => ({ name, type, shape: [null, width] });
  return { inputs: inputs.map(spec), outputs: outputs.map(spec) };
}

/**
 * One LabelEncoder: category k becomes `values[k]`, everything else (unknown, or "" for missing) `otherwise`. The names of
 * the graph's inner tensors start with "/", which no input's may.
 */
export function labelEncoder(
  { name, vocabulary = [] }: MatrixColumn,
  values: ArrayLike<number>,
  otherwise: number,
  output = encodedName(name),
): OnnxNode {
  // The operator refuses empty lists; "" is "missing" and maps to what it would map to anyway.
  const texts = vocabulary.length > 0 ? vocabulary : [""];
  return {
    op: "LabelEncoder",
    domain: "ai.onnx.ml",
    inputs: [name],
    outputs: [output],
    attributes: {
      keys_strings: { texts },
      values_floats: { floats: vocabulary.length > 0 ? values : [otherwise] },
      default_float: { float: otherwise },
    },
  };
}

export function encodedName(feature: string): string {
  return `/encoded/${feature}`;
}
