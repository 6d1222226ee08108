import * as ort from "onnxruntime-node";
import type { ModelSignature } from "../registry/model.js";

/** Which number of the output is the probability of the positive class. */
export interface OutputSpec {
  name: string;
  /** Columns the output has, as the registration saw it; null: one or two, of versions that do not say. */
  width: number | null;
  column: number | null;
}

export function outputOf({ outputs }: ModelSignature): OutputSpec {
  const { name, shape, column } = outputs[0]!;
  return { name, width: shape.length === 1 ? 1 : (shape[1] ?? null), column: column ?? null };
}

const SUM_TOLERANCE = 1e-3;

/**
 * The probability of the positive class, a row each. Two columns are two classes: they add up to 1, and the positive one is
 * the second unless the signature says the first.
 * @throws {Error} another shape, type or count than one or two columns of as many rows as were asked
 */
export function probabilitiesIn(tensor: ort.Tensor, spec: OutputSpec, rows: number): ArrayLike<number> {
  const { dims, type } = tensor;
  if (type !== "float32" && type !== "float64") {
    throw new Error(`its output ${JSON.stringify(spec.name)} is ${type}; float32 or float64 was expected`);
  }
  const width = dims.length === 1 ? 1 : dims[1]!;
  const wanted = spec.width ?? (width === 2 ? 2 : 1);
  if (dims[0] !== rows || dims.length > 2 || dims.length === 0 || width !== wanted || wanted > 2) {
    throw new Error(
      `its output ${JSON.stringify(spec.name)} is [${dims.join(", ")}] for ${rows} ${rows === 1 ? "row" : "rows"}; [${rows}${spec.width === null ? ", 1] or [" : ", "}${spec.width === null ? `${rows}, 2` : spec.width}] was expected`,
    );
  }
  const data = tensor.data as Float32Array | Float64Array;
  if (width === 1) return data;
  const column = spec.column ?? 1;
  return Float64Array.from({ length: rows }, (_, row) => {
    const [first, second] = [data[row * 2]!, data[row * 2 + 1]!];
    if (Math.abs(first + second - 1) > SUM_TOLERANCE) {
      throw new Error(`its two columns, ${first} and ${second}, do not add up to 1: they are no two classes`);
    }
    return data[row * 2 + column]!;
  });
}
