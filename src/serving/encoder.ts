import * as ort from "onnxruntime-node";
import type { ColumnValue } from "../definitions/language/column.js";
import type { ModelSignature } from "../registry/model.js";
import { numericInput } from "../training/explain/explainer.js";

/** One input of a model and what fills it. */
interface PlannedInput {
  name: string;
  type: "float32" | "float64" | "string";
  features: string[];
  /** Of one dimension: rows alone. */
  flat: boolean;
}

/**
 * What goes where. A model made elsewhere says it by input; asof's own have `numeric`, float[rows, k], and one
 * string[rows, 1] per categorical feature.
 */
export function inputPlan({ inputs, features }: ModelSignature): PlannedInput[] {
  const declared = inputs.flatMap(({ name, type, shape, features: of }) =>
    of ? [{ name, type: type as PlannedInput["type"], features: of, flat: shape.length === 1 }] : [],
  );
  if (declared.length > 0) return declared;
  const namesOf = (wanted: string) => features.filter(({ kind }) => kind === wanted).map(({ name }) => name);
  const numeric = namesOf("numeric");
  return [
    ...(numeric.length > 0
      ? [{ name: "numeric", type: "float32" as const, features: numeric, flat: false }]
      : []),
    ...namesOf("categorical").map((name) => ({
      name,
      type: "string" as const,
      features: [name],
      flat: false,
    })),
  ];
}

/** Raw feature values as the model's inputs: NaN, or "" among texts, for an empty value. The graph does the rest. */
export function encode(
  plan: readonly PlannedInput[],
  rows: readonly Readonly<Record<string, ColumnValue>>[],
): ort.InferenceSession.FeedsType {
  const feeds: Record<string, ort.Tensor> = {};
  for (const { name, type, features, flat } of plan) {
    const shape = flat ? [rows.length] : [rows.length, features.length];
    if (type === "string") {
      const texts = rows.flatMap((row) => features.map((feature) => String(row[feature] ?? "")));
      feeds[name] = new ort.Tensor("string", texts, shape);
      continue;
    }
    const length = rows.length * features.length;
    const data = type === "float64" ? new Float64Array(length) : new Float32Array(length);
    let at = 0;
    for (const row of rows) for (const feature of features) data[at++] = numericInput(row[feature]);
    feeds[name] =
      data instanceof Float64Array
        ? new ort.Tensor("float64", data, shape)
        : new ort.Tensor("float32", data, shape);
  }
  return feeds;
}
