import * as ort from "onnxruntime-node";
import type { ColumnValue } from "../definitions/language/column.js";
import type { ModelSignature } from "../registry/model.js";
import { numericInput } from "../training/explain/explainer.js";

export type Row = Readonly<Record<string, ColumnValue>>;

/** One input of a model and what fills it. */
interface PlannedInput {
  name: string;
  type: "float32" | "float64" | "string";
  features: string[];
  /** Of one dimension: rows alone. */
  flat: boolean;
  /** Of features that are taken as codes: the code of each category. */
  codes: ReadonlyMap<string, ReadonlyMap<ColumnValue, number>>;
}

/** One input's values, row after row: plain data, so that it can be sent to another process. */
export interface Feed {
  name: string;
  type: "float32" | "float64" | "string";
  width: number;
  flat: boolean;
  data: Float32Array | Float64Array | string[];
}

/**
 * What goes where. A model made elsewhere says it by input; asof's own have `numeric`, float[rows, k], and one
 * string[rows, 1] per categorical feature.
 */
export function inputPlan({ inputs, features }: ModelSignature): PlannedInput[] {
  const codes = new Map(
    features.flatMap(({ name, categories }) =>
      categories
        ? [[name, new Map(categories.map((category, code) => [category as ColumnValue, code]))]]
        : [],
    ),
  );
  const declared = inputs.flatMap(({ name, type, shape, features: of }) =>
    of ? [{ name, type: type as PlannedInput["type"], features: of, flat: shape.length === 1, codes }] : [],
  );
  if (declared.length > 0) return declared;
  const namesOf = (wanted: string) => features.filter(({ kind }) => kind === wanted).map(({ name }) => name);
  const numeric = namesOf("numeric");
  return [
    ...(numeric.length > 0
      ? [{ name: "numeric", type: "float32" as const, features: numeric, flat: false, codes }]
      : []),
    ...namesOf("categorical").map((name) => ({
      name,
      type: "string" as const,
      features: [name],
      flat: false,
      codes,
    })),
  ];
}

/**
 * Raw feature values as the model's inputs: NaN, or "" among texts, for an empty value; NaN, too, for a category that the model
 * has no code of. The graph does the rest.
 * @throws {Error} a row lacks a feature: that is no empty value, and a score of it would be of somebody else
 */
export function feedsOf(plan: readonly PlannedInput[], rows: readonly Row[]): Feed[] {
  return plan.map(({ name, type, features, flat, codes }) => {
    const width = features.length;
    if (type === "string") {
      const data = new Array<string>(rows.length * width);
      let at = 0;
      for (const row of rows) for (const feature of features) data[at++] = String(given(row, feature) ?? "");
      return { name, type, width, flat, data };
    }
    const length = rows.length * width;
    const data = type === "float64" ? new Float64Array(length) : new Float32Array(length);
    const codesOf = features.map((feature) => codes.get(feature));
    let at = 0;
    for (const row of rows)
      for (let place = 0; place < width; place++) {
        const value = given(row, features[place]!);
        const byCategory = codesOf[place];
        data[at++] = byCategory ? (byCategory.get(value) ?? Number.NaN) : numericInput(value);
      }
    return { name, type, width, flat, data };
  });
}

/** With no value at all. */
export const emptyRow = (plan: readonly PlannedInput[]): Row =>
  Object.fromEntries(plan.flatMap(({ features }) => features.map((feature) => [feature, null])));

function given(row: Row, feature: string): ColumnValue {
  const value = row[feature];
  if (value !== undefined) return value;
  throw new Error(`a row has no feature ${JSON.stringify(feature)}: it was read without, which is not empty`);
}

export const encode = (plan: readonly PlannedInput[], rows: readonly Row[]): ort.InferenceSession.FeedsType =>
  tensorsOf(feedsOf(plan, rows), 0, rows.length);

/** The rows from..to of the feeds. */
export function tensorsOf(feeds: readonly Feed[], from: number, to: number): ort.InferenceSession.FeedsType {
  return Object.fromEntries(feeds.map((feed) => [feed.name, tensorOf(feed, from, to)]));
}

function tensorOf({ type, width, flat, data }: Feed, from: number, to: number): ort.Tensor {
  const shape = flat ? [to - from] : [to - from, width];
  const part = from === 0 && to * width === data.length ? data : data.slice(from * width, to * width);
  if (type === "string") return new ort.Tensor("string", part as string[], shape);
  if (type === "float64") return new ort.Tensor("float64", part as Float64Array, shape);
  return new ort.Tensor("float32", part as Float32Array, shape);
}
