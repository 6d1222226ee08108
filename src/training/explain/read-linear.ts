import { attributeOf, type ReadGraph } from "../../onnx/reader.js";
import type { Background } from "./background.js";

/** One term of the log-odds a feature, as ../onnx/logistic-model.ts writes them. */
export interface LinearTerms {
  /** Intercept plus the means of all terms. */
  base: number;
  /** By column: the term of a value (NaN: missing) less the term's mean over the training rows. */
  terms: ((value: number) => number)[];
}

interface Column {
  name: string;
  /** Of a categorical feature; a value is its place in the list. */
  categories?: string[];
}

interface Term {
  of(value: number): number;
  mean: number;
}

/** The linear part of a file, or null when it has none. `columns` stand as in the matrix: numeric ones first. */
export function readLinear(graph: ReadGraph, columns: Column[], background: Background): LinearTerms | null {
  const initializers = new Map(graph.initializers.map(({ name, floats }) => [name, floats()]));
  const intercept = initializers.get("/intercept");
  if (!intercept) return null;
  const terms = columns.map(({ name, categories }, column) => {
    const usual = background[name] ?? { missing: 0 };
    if (!categories) return numericTerm(initializers, column, usual.missing);
    return categoricalTerm(graph, name, categories, usual.categories ?? []);
  });
  return {
    base: intercept[0]! + terms.reduce((sum, { mean }) => sum + mean, 0),
    terms: terms.map(
      ({ of, mean }) =>
        (value) =>
          of(value) - mean,
    ),
  };
}

function numericTerm(initializers: ReadonlyMap<string, number[]>, column: number, missing: number): Term {
  const at = (name: string) => initializers.get(name)?.[column] ?? 0;
  const [mean, scale, weight] = [at("/mean"), at("/scale"), at("/weights")];
  const whenMissing = at("/indicator_weights");
  return {
    of: (value) => (Number.isNaN(value) ? whenMissing : (value - mean) * scale * weight),
    // Present values are standardised: their mean is 0.
    mean: whenMissing * missing,
  };
}

function categoricalTerm({ nodes }: ReadGraph, name: string, categories: string[], shares: number[]): Term {
  // Trees have an encoder of their own; this one's output is summed.
  const summed = new Set(nodes.filter(({ op }) => op === "Sum").flatMap(({ inputs }) => inputs));
  const encoder = nodes.find(
    ({ op, inputs, outputs }) => op === "LabelEncoder" && inputs[0] === name && summed.has(outputs[0]!),
  );
  const texts = (encoder && attributeOf(encoder, "keys_strings")?.texts()) ?? [];
  const floats = (encoder && attributeOf(encoder, "values_floats")?.floats()) ?? [];
  const weights = new Map(texts.map((text, k) => [text, floats[k]!]));
  const byCode = categories.map((category) => weights.get(category) ?? 0);
  return {
    of: (value) => byCode[value] ?? 0,
    mean: byCode.reduce((sum, weight, code) => sum + weight * (shares[code] ?? 0), 0),
  };
}
