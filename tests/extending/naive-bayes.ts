import {
  encodeModel,
  type FitInput,
  type Fitted,
  graphInputs,
  graphOutputs,
  labelEncoder,
  learner,
  type Matrix,
  type Model,
  NUMERIC_INPUT,
  type OnnxNode,
  type OnnxTensor,
  OUTPUT,
  type ParamsOf,
  realNumber,
} from "../../src/training/front.js";

const PARAMS = {
  smoothing: realNumber(0.01, 100, 1, "rows of each class that every value is given beforehand"),
};
type Params = ParamsOf<typeof PARAMS>;

/** The log-odds of a row: those of the labels, and one term a feature. All numbers are float32-exact, as ONNX has them. */
interface Terms {
  prior: number;
  columns: ({ at: number; low: number; high: number } | { categories: number[] })[];
}

/** Naive Bayes: a number is below or above its mean, a category is itself, and what is missing says nothing. */
export const naiveBayes = learner({
  name: "NAIVE_BAYES",
  title: "naive Bayes",
  description: "Features taken as independent given the label.",
  params: PARAMS,
  searchSpace: { smoothing: { min: 0.1, max: 10, log: true } },
  challenges: false,
  minRowsForThreads: Number.POSITIVE_INFINITY,
  parts: [],
  fits: { BINARY: fit },
  rescoring: (terms: Terms) => (sample) => probabilities(terms, sample, allRows(sample)),
  explainer: null,
});

function fit({ matrix, labels, params, folds, report }: FitInput<Params, Uint8Array>): Fitted<Terms> {
  const judged = folds().map(({ fit, validate }, done, { length }) => {
    const terms = learn(matrix, labels, fit, params);
    report({ phase: "cross_validation", done: done + 1, total: length, unit: "folds" });
    return { rows: validate, answers: probabilities(terms, matrix, validate) };
  });
  return {
    model: modelOf(matrix, learn(matrix, labels, allRows(matrix), params)),
    outOfFold: {
      labels: Uint8Array.from(judged.flatMap(({ rows }) => Array.from(rows, (row) => labels[row]!))),
      probabilities: Float64Array.from(judged.flatMap(({ answers }) => [...answers])),
    },
    curve: [],
  };
}

function learn({ columns, values }: Matrix, labels: Uint8Array, rows: Uint32Array, params: Params): Terms {
  const counts = (belongs: (row: number) => boolean): [number, number] => {
    const found: [number, number] = [params.smoothing, params.smoothing];
    for (const row of rows) if (belongs(row)) found[labels[row]!]!++;
    return found;
  };
  const all = counts(() => true);
  const prior = Math.fround(Math.log(all[1] / all[0]));
  const term = (belongs: (row: number) => boolean): number => {
    const [negative, positive] = counts(belongs);
    return Math.fround(Math.log(positive / negative) - prior);
  };
  return {
    prior,
    columns: columns.map(({ vocabulary }, column) => {
      const valueAt = (row: number) => values[row * columns.length + column]!;
      if (vocabulary)
        return { categories: vocabulary.map((_, code) => term((row) => valueAt(row) === code)) };
      const known = Array.from(rows, valueAt).filter((value) => !Number.isNaN(value));
      const at = Math.fround(known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length));
      return { at, low: term((row) => valueAt(row) <= at), high: term((row) => valueAt(row) > at) };
    }),
  };
}

function probabilities({ prior, columns }: Terms, { values }: Matrix, rows: Uint32Array): Float64Array {
  return Float64Array.from(rows, (row) => {
    let logOdds = prior;
    for (const [column, term] of columns.entries()) {
      const value = values[row * columns.length + column]!;
      if (Number.isNaN(value)) continue;
      logOdds += "at" in term ? (value > term.at ? term.high : term.low) : term.categories[value]!;
    }
    return 1 / (1 + Math.exp(-logOdds));
  });
}

function modelOf({ columns }: Matrix, terms: Terms): Model<Terms> {
  return {
    predict: (matrix) => probabilities(terms, matrix, allRows(matrix)),
    toOnnx: (metadata) => toOnnx(columns, terms, metadata),
    metrics: { features: columns.length },
    importances: () => [],
    scoring: terms,
  };
}

/** log-odds = prior + Where(missing, 0, Where(x > mean, high, low)) · 1 + one LabelEncoder a category, then Sigmoid. */
function toOnnx(columns: Matrix["columns"], terms: Terms, metadata: Record<string, string>): Uint8Array {
  const encoders: OnnxNode[] = columns.flatMap((column, k) => {
    const term = terms.columns[k]!;
    return "at" in term ? [] : [labelEncoder(column, term.categories, 0, `/term/${column.name}`)];
  });
  const numeric = terms.columns.filter((term) => "at" in term);
  const row = (name: string, floats: number[]): OnnxTensor => ({ name, dims: [floats.length], floats });
  const initializers = [row("/prior", [terms.prior])];
  const nodes = [...encoders];
  const summed = ["/prior", ...encoders.map(({ outputs }) => outputs[0]!)];
  if (numeric.length > 0) {
    initializers.push(
      row(
        "/at",
        numeric.map(({ at }) => at),
      ),
      row(
        "/low",
        numeric.map(({ low }) => low),
      ),
      row(
        "/high",
        numeric.map(({ high }) => high),
      ),
      row("/zero", [0]),
      { name: "/ones", dims: [numeric.length, 1], floats: numeric.map(() => 1) },
    );
    nodes.push(
      { op: "IsNaN", inputs: [NUMERIC_INPUT], outputs: ["/missing"] },
      { op: "Greater", inputs: [NUMERIC_INPUT, "/at"], outputs: ["/above"] },
      { op: "Where", inputs: ["/above", "/high", "/low"], outputs: ["/sides"] },
      { op: "Where", inputs: ["/missing", "/zero", "/sides"], outputs: ["/known"] },
      { op: "MatMul", inputs: ["/known", "/ones"], outputs: ["/numbers"] },
    );
    summed.push("/numbers");
  }
  nodes.push(
    { op: "Sum", inputs: summed, outputs: ["/log_odds"] },
    { op: "Sigmoid", inputs: ["/log_odds"], outputs: [OUTPUT] },
  );
  const graph = { name: "naive_bayes", nodes, initializers, outputs: graphOutputs };
  return encodeModel({ ...graph, inputs: graphInputs(columns) }, metadata);
}

const allRows = ({ rows }: Matrix): Uint32Array => Uint32Array.from({ length: rows }, (_, row) => row);
