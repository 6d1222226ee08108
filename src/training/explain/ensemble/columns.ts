import { attributeOf, type ReadGraph, type ReadNode, type ReadTensor } from "../../../onnx/reader.js";
import { NotExplainable } from "./read-ensemble.js";

/** What fills an input of the graph: features, by name, a column each. */
export interface FilledInput {
  name: string;
  features: readonly string[];
}

/** Of each column of a matrix the features that it is made of. */
type Columns = readonly (readonly string[])[];

/** Each column of the result is made of the columns at the same place of the operands, constants aside. */
const COLUMN_BY_COLUMN = new Set(
  (
    "Identity Cast Imputer Scaler Binarizer LabelEncoder IsNaN IsInf Not And Or Where Add Sub Mul Div Neg Abs Log Exp Sqrt Pow " +
    "Clip Min Max Floor Ceil Round Sign Equal Less LessOrEqual Greater GreaterOrEqual Sigmoid Tanh Relu"
  ).split(" "),
);
/** They change the shape and not the order of the values of a row. */
const RESHAPED = new Set(["Reshape", "Flatten", "Squeeze", "Unsqueeze"]);

/**
 * Which feature each column of a tensor is made of, read from the nodes before it.
 * @throws {NotExplainable} a column is made of several features, or by a node that is not known here
 */
export function featuresOfColumns(
  graph: ReadGraph,
  tensor: string,
  inputs: readonly FilledInput[],
): string[] {
  const found = new Origins(graph, inputs).of(tensor, 0);
  if (!found) throw new NotExplainable("its tree ensemble reads constants alone");
  return found.map((features) => {
    const [feature] = features;
    if (feature !== undefined && features.length === 1) return feature;
    throw new NotExplainable(
      `a column that its trees read is made of ${features.length > 1 ? `several features: ${features.join(", ")}` : "no feature"}`,
    );
  });
}

const MAX_DEPTH = 200;

class Origins {
  private readonly givenBy: Map<string, ReadNode>;
  private readonly filled: Map<string, Columns>;
  private readonly constants: Map<string, ReadTensor | null>;
  private readonly known = new Map<string, Columns | null>();

  constructor(graph: ReadGraph, inputs: readonly FilledInput[]) {
    this.givenBy = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
    this.filled = new Map(
      inputs.map(({ name, features }) => [name, features.map((feature) => [feature])] as const),
    );
    this.constants = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
  }

  /** Null: a constant. */
  of(tensor: string, depth: number): Columns | null {
    if (depth > MAX_DEPTH) throw new NotExplainable("the graph before its trees is too deep");
    const known = this.known.get(tensor);
    if (known !== undefined) return known;
    const filled = this.filled.get(tensor);
    const node = this.givenBy.get(tensor);
    if (!filled && !node && !this.constants.has(tensor))
      throw new NotExplainable(`nothing gives ${JSON.stringify(tensor)}`);
    const columns = filled ?? (node ? this.ofNode(node, depth) : null);
    this.known.set(tensor, columns);
    return columns;
  }

  private ofNode(node: ReadNode, depth: number): Columns | null {
    const { op } = node;
    if (op === "Constant") return null;
    const inputs = node.inputs.filter((name) => name !== "").map((name) => this.of(name, depth + 1));
    const made = inputs.filter((columns) => columns !== null);
    if (made.length === 0) return null;
    if (COLUMN_BY_COLUMN.has(op)) return besideEachOther(op, made);
    if (op === "Concat" || op === "FeatureVectorizer") return this.joined(node, inputs);
    if (RESHAPED.has(op)) return made[0]!;
    if (op === "OneHotEncoder") return this.encoded(node, made[0]!);
    if (op === "ArrayFeatureExtractor" || op === "Gather") return this.picked(node, made[0]!);
    throw new NotExplainable(`${op} stands before its trees`);
  }

  private joined(node: ReadNode, inputs: readonly (Columns | null)[]): Columns {
    const axis = attributeOf(node, "axis")?.int() ?? 1;
    if (axis === 0 || axis > 2 || inputs.some((columns) => columns === null))
      throw new NotExplainable("rows, or constants, are joined before its trees");
    return inputs.flatMap((columns) => columns!);
  }

  private encoded(node: ReadNode, columns: Columns): Columns {
    const categories =
      (attributeOf(node, "cats_strings")?.texts().length ?? 0) ||
      (attributeOf(node, "cats_int64s")?.ints().length ?? 0);
    // Of several the order of the result depends on what is done with its third dimension.
    if (columns.length !== 1) throw new NotExplainable("several features share a OneHotEncoder");
    return Array.from({ length: categories }, () => columns[0]!);
  }

  private picked(node: ReadNode, columns: Columns): Columns {
    const places = this.numbersOf(node.inputs[1] ?? "");
    const byColumn =
      node.op === "ArrayFeatureExtractor" || [1, -1].includes(attributeOf(node, "axis")?.int() ?? 0);
    if (!places || !byColumn) throw new NotExplainable("rows are picked before its trees");
    return places.map((place) => columns[place < 0 ? place + columns.length : place] ?? []);
  }

  private numbersOf(name: string): number[] | null {
    const node = this.givenBy.get(name);
    const tensor =
      node?.op === "Constant" ? attributeOf(node, "value")?.tensors[0] : this.constants.get(name);
    return tensor?.numbers() ?? null;
  }
}

function besideEachOther(op: string, operands: readonly Columns[]): Columns {
  const width = Math.max(...operands.map(({ length }) => length));
  if (operands.some(({ length }) => length !== width))
    throw new NotExplainable(`${op} spreads a column over others before its trees`);
  return Array.from({ length: width }, (_, k) => [...new Set(operands.flatMap((columns) => columns[k]!))]);
}
