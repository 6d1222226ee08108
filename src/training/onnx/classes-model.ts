import { encodeModel, type OnnxNode, type OnnxTensor } from "../../onnx/writer.js";
import type { Ensemble, Tree } from "../learners/boosting/tree.js";
import type { LinearModel } from "../learners/logistic/design.js";
import type { MatrixColumn } from "../matrix.js";
import { CLASS_OUTPUT, classOutputs, PROBABILITIES_OUTPUT } from "../tasks/multiclass/output.js";
import { graphInputs, labelEncoder, NUMERIC_INPUT } from "./inputs.js";
import { CODE_SHIFT, ensembleNode, treeModel } from "./tree-model.js";

const SCORES = "/scores";

/** float[N, K] scores -> probabilities. */
const softmaxNode: OnnxNode = {
  op: "Softmax",
  inputs: [SCORES],
  outputs: [PROBABILITIES_OUTPUT],
  attributes: { axis: { int: 1 } },
};

/** The name of the likeliest class; of equal ones the first. */
const namingNodes = (classes: readonly string[]): OnnxNode[] => [
  {
    op: "ArgMax",
    inputs: [PROBABILITIES_OUTPUT],
    outputs: ["/likeliest"],
    attributes: { axis: { int: 1 }, keepdims: { int: 1 } },
  },
  {
    op: "LabelEncoder",
    domain: "ai.onnx.ml",
    inputs: ["/likeliest"],
    outputs: [CLASS_OUTPUT],
    attributes: {
      keys_int64s: { ints: [...classes.keys()] },
      values_strings: { texts: [...classes] },
    },
  },
];

/** features -> TreeEnsembleRegressor with a target a class, summed -> softmax. @param ensembles by class */
export function classesBoostingToOnnx(
  columns: MatrixColumn[],
  classes: readonly string[],
  ensembles: readonly Ensemble[],
  metadata: Record<string, string>,
): Uint8Array {
  const trees = ensembles.flatMap(({ trees }, target) =>
    trees.map((tree) => ({ tree, targets: [{ target, values: tree.value }] })),
  );
  const summed = {
    aggregate_function: { text: "SUM" },
    base_values: { floats: ensembles.map(({ baseScore }) => baseScore) },
  };
  const scores = ensembleNode(trees, summed, SCORES, { targets: classes.length });
  const graph = {
    nodes: [scores, softmaxNode, ...namingNodes(classes)],
    outputs: classOutputs(classes.length),
  };
  return treeModel("gradient_boosting", columns, graph, metadata);
}

/** features -> TreeEnsembleRegressor with a target a class, averaged. @param trees by class; those of one place share all but their values */
export function classesForestToOnnx(
  columns: MatrixColumn[],
  classes: readonly string[],
  trees: readonly (readonly Tree[])[],
  metadata: Record<string, string>,
): Uint8Array {
  const joint = trees[0]!.map((tree, place) => ({
    tree,
    targets: trees.map((own, target) => ({ target, values: own[place]!.value })),
  }));
  const averaged = { aggregate_function: { text: "AVERAGE" } };
  const shares = ensembleNode(joint, averaged, PROBABILITIES_OUTPUT, {
    targets: classes.length,
    codeShift: CODE_SHIFT,
  });
  const graph = { nodes: [shares, ...namingNodes(classes)], outputs: classOutputs(classes.length) };
  return treeModel("random_forest", columns, graph, metadata, CODE_SHIFT);
}

/**
 * scores = Gemm(Where(IsNaN(x), 0, (x - mean) * scale), weights, intercepts) + MatMul(IsNaN(x), indicator weights) + for each
 * categorical feature a row of its table of weights, the last row, of zeros, for what is missing or unknown.
 * @param models by class, of one design
 */
export function multinomialToOnnx(
  columns: MatrixColumn[],
  classes: readonly string[],
  models: readonly LinearModel[],
  metadata: Record<string, string>,
): Uint8Array {
  const { design } = models[0]!;
  const byClass = (at: number | null) => models.map(({ weights }) => (at === null ? 0 : weights[at]!));
  const numeric = design.codings.filter((coding) => coding.kind === "numeric");
  const [k, width] = [numeric.length, classes.length];
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [
    { name: "/intercept", dims: [width], floats: byClass(design.width - 1) },
  ];
  const terms: string[] = [];
  if (k === 0) terms.push("/intercept");
  else {
    nodes.push(
      { op: "IsNaN", inputs: [NUMERIC_INPUT], outputs: ["/missing"] },
      { op: "Sub", inputs: [NUMERIC_INPUT, "/mean"], outputs: ["/centred"] },
      { op: "Mul", inputs: ["/centred", "/scale"], outputs: ["/scaled"] },
      { op: "Where", inputs: ["/missing", "/zero", "/scaled"], outputs: ["/standardised"] },
      { op: "Gemm", inputs: ["/standardised", "/weights", "/intercept"], outputs: ["/linear"] },
      { op: "Cast", inputs: ["/missing"], outputs: ["/indicator"], attributes: { to: { int: 1 } } },
      { op: "MatMul", inputs: ["/indicator", "/indicator_weights"], outputs: ["/imputed"] },
    );
    initializers.push(
      { name: "/mean", dims: [k], floats: numeric.map(({ mean }) => mean) },
      { name: "/scale", dims: [k], floats: numeric.map(({ scale }) => scale) },
      { name: "/zero", dims: [1], floats: [0] },
      { name: "/weights", dims: [k, width], floats: numeric.flatMap(({ at }) => byClass(at)) },
      {
        name: "/indicator_weights",
        dims: [k, width],
        floats: numeric.flatMap(({ missingAt }) => byClass(missingAt)),
      },
    );
    terms.push("/linear", "/imputed");
  }
  for (const [place, column] of columns.entries()) {
    const coding = design.codings[place]!;
    if (coding.kind === "numeric") continue;
    const { name } = column;
    const codes = Array.from({ length: coding.categories }, (_, code) => code);
    nodes.push(
      labelEncoder(column, codes, coding.categories, `/code/${name}`),
      { op: "Cast", inputs: [`/code/${name}`], outputs: [`/row/${name}`], attributes: { to: { int: 7 } } },
      { op: "Gather", inputs: [`/table/${name}`, `/row/${name}`], outputs: [`/found/${name}`] },
      // [N, 1, K] -> [N, K]
      { op: "Flatten", inputs: [`/found/${name}`], outputs: [`/term/${name}`] },
    );
    initializers.push({
      name: `/table/${name}`,
      dims: [coding.categories + 1, width],
      floats: [...codes.flatMap((code) => byClass(coding.at + code)), ...classes.map(() => 0)],
    });
    terms.push(`/term/${name}`);
  }
  const sum: OnnxNode = { op: "Sum", inputs: terms, outputs: [SCORES] };
  const graph = {
    name: "logistic_regression",
    nodes: [...nodes, sum, softmaxNode, ...namingNodes(classes)],
    initializers,
  };
  return encodeModel({ ...graph, inputs: graphInputs(columns), outputs: classOutputs(width) }, metadata);
}
