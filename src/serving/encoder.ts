import * as ort from "onnxruntime-node";
import type { ColumnValue } from "../definitions/language/column.js";
import type { ModelFeature } from "../registry/model.js";
import { numericInput } from "../training/explain/explainer.js";

/**
 * Raw feature values as the model's inputs: `numeric`, float[rows, k] with NaN for an empty value, and one
 * string[rows, 1] per categorical feature with "" for an empty value. The graph does the rest.
 */
export function encode(
  features: readonly ModelFeature[],
  rows: readonly Readonly<Record<string, ColumnValue>>[],
): ort.InferenceSession.FeedsType {
  const numeric = features.filter(({ kind }) => kind === "numeric");
  const data = new Float32Array(rows.length * numeric.length);
  let at = 0;
  for (const row of rows) {
    for (const { name } of numeric) data[at++] = numericInput(row[name]);
  }
  const feeds: Record<string, ort.Tensor> = {};
  if (numeric.length > 0) feeds.numeric = new ort.Tensor("float32", data, [rows.length, numeric.length]);
  for (const { name, kind } of features) {
    if (kind !== "categorical") continue;
    const texts = rows.map((row) => {
      const value = row[name];
      return value === null || value === undefined ? "" : String(value);
    });
    feeds[name] = new ort.Tensor("string", texts, [rows.length, 1]);
  }
  return feeds;
}
