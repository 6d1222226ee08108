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

/** Which of several sums: its place, and how many there are. */
interface Of {
  place: number;
  classes: number;
}

/** The linear part of a file, one for each class, of most files one; null when it has none. `columns` stand as in the matrix: numeric ones first. */
export function readLinear(
  graph: ReadGraph,
  columns: Column[],
  background: Background,
): LinearTerms[] | null {
  const initializers = new Map(graph.initializers.map(({ name, floats }) => [name, floats()]));
  const intercept = initializers.get("/intercept");
  if (!intercept) return null;
  return intercept.map((_, place) =>
    termsOf(graph, initializers, columns, background, { place, classes: intercept.length }),
  );
}

function termsOf(
  graph: ReadGraph,
  initializers: ReadonlyMap<string, number[]>,
  columns: Column[],
  background: Background,
  of: Of,
): LinearTerms {
  const intercept = initializers.get("/intercept")![of.place]!;
  const terms = columns.map(({ name, categories }, column) => {
    const usual = background[name] ?? { missing: 0 };
    if (!categories) return numericTerm(initializers, column, usual.missing, of);
    const table = initializers.get(`/table/${name}`);
    const weights = table
      ? categories.map((_, code) => table[code * of.classes + of.place]!)
      : encodedWeights(graph, name, categories);
    return categoricalTerm(weights, usual.categories ?? []);
  });
  return {
    base: intercept + terms.reduce((sum, { mean }) => sum + mean, 0),
    terms: terms.map(
      ({ of, mean }) =>
        (value) =>
          of(value) - mean,
    ),
  };
}

function numericTerm(
  initializers: ReadonlyMap<string, number[]>,
  column: number,
  missing: number,
  { place, classes }: Of,
): Term {
  const at = (name: string, cell = column) => initializers.get(name)?.[cell] ?? 0;
  const own = column * classes + place;
  const [mean, scale, weight] = [at("/mean"), at("/scale"), at("/weights", own)];
  const whenMissing = at("/indicator_weights", own);
  return {
    of: (value) => (Number.isNaN(value) ? whenMissing : (value - mean) * scale * weight),
    // Present values are standardised: their mean is 0.
    mean: whenMissing * missing,
  };
}

/** By category, where an encoder gives a category's weight. */
function encodedWeights({ nodes }: ReadGraph, name: string, categories: string[]): number[] {
  // Trees have an encoder of their own; this one's output is summed.
  const summed = new Set(nodes.filter(({ op }) => op === "Sum").flatMap(({ inputs }) => inputs));
  const encoder = nodes.find(
    ({ op, inputs, outputs }) => op === "LabelEncoder" && inputs[0] === name && summed.has(outputs[0]!),
  );
  const texts = (encoder && attributeOf(encoder, "keys_strings")?.texts()) ?? [];
  const floats = (encoder && attributeOf(encoder, "values_floats")?.floats()) ?? [];
  const weights = new Map(texts.map((text, k) => [text, floats[k]!]));
  return categories.map((category) => weights.get(category) ?? 0);
}

function categoricalTerm(byCode: readonly number[], shares: number[]): Term {
  return {
    of: (value) => byCode[value] ?? 0,
    mean: byCode.reduce((sum, weight, code) => sum + weight * (shares[code] ?? 0), 0),
  };
}
