import {
  ATTRIBUTE,
  DIMENSION,
  ELEMENT_TYPE,
  ENTRY,
  FUNCTION,
  GRAPH,
  MODEL,
  NODE,
  OPSET,
  SHAPE,
  SPARSE,
  TENSOR,
  TENSOR_TYPE,
  TRAINING,
  TYPE,
  VALUE,
} from "./fields.js";
import { tensorNumbers } from "./tensor.js";
import {
  beginFile,
  eachField,
  type MessageReader,
  numbersOf,
  readFloat,
  readInt64,
  textsOf,
  toText,
} from "./wire.js";

/** An ONNX file as it is built; nothing of it is loaded or run. Numbers are read when they are asked for, weights copied never. */
export interface ReadModel {
  /** By domain; "" is ai.onnx. */
  opsets: Map<string, number>;
  metadata: Map<string, string>;
  graph: ReadGraph;
  functions: ReadFunction[];
  training: ReadGraph[];
}

export interface ReadGraph {
  nodes: ReadNode[];
  initializers: ReadTensor[];
  /** Of the sparse ones: their values and indices. */
  sparse: ReadTensor[];
  inputs: OnnxTensorInfo[];
  outputs: OnnxTensorInfo[];
}

export interface ReadFunction {
  name: string;
  domain: string;
  nodes: ReadNode[];
  attributes: ReadAttribute[];
}

export interface ReadNode {
  op: string;
  /** "" is ai.onnx. */
  domain: string;
  inputs: string[];
  outputs: string[];
  attributes: ReadAttribute[];
}

export interface ReadAttribute {
  name: string;
  text(): string;
  floats(): number[];
  ints(): number[];
  /** Of an attribute that is one number. */
  int(): number | null;
  texts(): string[];
  tensors: ReadTensor[];
  graphs: ReadGraph[];
}

export interface ReadTensor {
  name: string;
  /** Its values are in another file. */
  external: boolean;
  floats(): number[];
  /** Of whatever type, however they are written; null of a type without numbers that JavaScript has. */
  numbers(): number[] | null;
  dims: number[];
  /** The first ones: a table of texts need not be read whole. */
  texts: string[];
}

export interface OnnxTensorInfo {
  name: string;
  /** `float32`, `string`, …; null: no tensor, but a sequence, a map, a sparse or an optional one. */
  type: string | null;
  /** null: of any length; undefined: of any rank. */
  shape: (number | null)[] | undefined;
}

const MAX_DEPTH = 16;
const MAX_TEXTS = 100;
const ELEMENT_NAMES = new Map<number, string>(
  Object.entries(ELEMENT_TYPE).map(([name, type]) => [type, name]),
);
/** TensorProto.DataLocation. */
const EXTERNAL = 1;

/** @throws {Error} the bytes are no such message, or have more parts than a model needs */
export function readModel(bytes: Uint8Array): ReadModel {
  beginFile();
  const graphs: ReadGraph[] = [];
  const model = {
    opsets: new Map<string, number>(),
    metadata: new Map<string, string>(),
    functions: [] as ReadFunction[],
    training: [] as ReadGraph[],
  };
  const training = (graph: Uint8Array) => model.training.push(readGraph(graph, 0));
  eachField(bytes, {
    [MODEL.graph]: (graph) => graphs.push(readGraph(graph, 0)),
    [MODEL.opset]: (opset) => {
      let [domain, version] = ["", 0];
      eachField(
        opset,
        { [OPSET.domain]: (text) => (domain = toText(text)) },
        { [OPSET.version]: (value) => (version = value) },
      );
      model.opsets.set(standard(domain), version);
    },
    [MODEL.metadata]: (entry) => {
      let [key, value] = ["", ""];
      eachField(entry, {
        [ENTRY.key]: (text) => (key = toText(text)),
        [ENTRY.value]: (text) => (value = toText(text)),
      });
      model.metadata.set(key, value);
    },
    [MODEL.training]: (info) =>
      eachField(info, { [TRAINING.initialization]: training, [TRAINING.algorithm]: training }),
    [MODEL.function]: (fn) => model.functions.push(readFunction(fn)),
  });
  const [graph] = graphs;
  if (!graph || graphs.length > 1) throw new Error(`a model has one graph, this one ${graphs.length}`);
  return { ...model, graph };
}

export const attributeOf = ({ attributes }: ReadNode, wanted: string): ReadAttribute | undefined =>
  attributes.find(({ name }) => name === wanted);

const standard = (domain: string): string => (domain === "ai.onnx" ? "" : domain);

function readGraph(bytes: Uint8Array, depth: number): ReadGraph {
  if (depth > MAX_DEPTH) throw new Error(`graphs lie within each other more than ${MAX_DEPTH} deep`);
  const graph: ReadGraph = { nodes: [], initializers: [], sparse: [], inputs: [], outputs: [] };
  eachField(bytes, {
    [GRAPH.node]: (node) => graph.nodes.push(readNode(node, depth)),
    [GRAPH.initializer]: (tensor) => graph.initializers.push(readTensor(tensor)),
    [GRAPH.sparse]: (sparse) => graph.sparse.push(...readSparse(sparse)),
    [GRAPH.input]: (value) => graph.inputs.push(readValue(value)),
    [GRAPH.output]: (value) => graph.outputs.push(readValue(value)),
  });
  return graph;
}

function readFunction(bytes: Uint8Array): ReadFunction {
  const fn: ReadFunction = { name: "", domain: "", nodes: [], attributes: [] };
  eachField(bytes, {
    [FUNCTION.name]: (text) => (fn.name = toText(text)),
    [FUNCTION.node]: (node) => fn.nodes.push(readNode(node, 0)),
    [FUNCTION.domain]: (text) => (fn.domain = standard(toText(text))),
    [FUNCTION.attribute]: (attribute) => fn.attributes.push(readAttribute(attribute, 0)),
  });
  return fn;
}

function readNode(bytes: Uint8Array, depth: number): ReadNode {
  const node: ReadNode = { op: "", domain: "", inputs: [], outputs: [], attributes: [] };
  eachField(bytes, {
    [NODE.input]: (text) => node.inputs.push(toText(text)),
    [NODE.output]: (text) => node.outputs.push(toText(text)),
    [NODE.op]: (text) => (node.op = toText(text)),
    [NODE.attribute]: (attribute) => node.attributes.push(readAttribute(attribute, depth)),
    [NODE.domain]: (text) => (node.domain = standard(toText(text))),
  });
  return node;
}

function readAttribute(bytes: Uint8Array, depth: number): ReadAttribute {
  let name = "";
  const [tensors, graphs]: [ReadTensor[], ReadGraph[]] = [[], []];
  const tensor: MessageReader = (inner) => tensors.push(readTensor(inner));
  const sparse: MessageReader = (inner) => tensors.push(...readSparse(inner));
  const graph: MessageReader = (inner) => graphs.push(readGraph(inner, depth + 1));
  eachField(bytes, {
    [ATTRIBUTE.name]: (text) => (name = toText(text)),
    [ATTRIBUTE.tensor]: tensor,
    [ATTRIBUTE.tensors]: tensor,
    [ATTRIBUTE.sparse]: sparse,
    [ATTRIBUTE.sparses]: sparse,
    [ATTRIBUTE.graph]: graph,
    [ATTRIBUTE.graphs]: graph,
  });
  return {
    name,
    text: () => textsOf(bytes, ATTRIBUTE.text).at(-1) ?? "",
    floats: () => numbersOf(bytes, ATTRIBUTE.floats, readFloat),
    ints: () => numbersOf(bytes, ATTRIBUTE.ints, readInt64),
    int: () => numbersOf(bytes, ATTRIBUTE.int, readInt64).at(-1) ?? null,
    texts: () => textsOf(bytes, ATTRIBUTE.texts),
    tensors,
    graphs,
  };
}

function readSparse(bytes: Uint8Array): ReadTensor[] {
  const tensors: ReadTensor[] = [];
  const tensor: MessageReader = (inner) => tensors.push(readTensor(inner));
  eachField(bytes, { [SPARSE.values]: tensor, [SPARSE.indices]: tensor });
  return tensors;
}

function readTensor(bytes: Uint8Array): ReadTensor {
  const tensor: ReadTensor = {
    name: "",
    external: false,
    texts: [],
    dims: numbersOf(bytes, TENSOR.dims, readInt64),
    floats: () => numbersOf(bytes, TENSOR.floats, readFloat),
    numbers: () => tensorNumbers(bytes),
  };
  eachField(
    bytes,
    {
      [TENSOR.texts]: (text) => tensor.texts.length < MAX_TEXTS && tensor.texts.push(toText(text)),
      [TENSOR.name]: (text) => (tensor.name = toText(text)),
      [TENSOR.externalData]: () => (tensor.external = true),
    },
    { [TENSOR.location]: (location) => (tensor.external ||= location === EXTERNAL) },
  );
  return tensor;
}

function readValue(bytes: Uint8Array): OnnxTensorInfo {
  const value: OnnxTensorInfo = { name: "", type: null, shape: undefined };
  const readDimension = (dimension: Uint8Array): number | null => {
    let length: number | null = null;
    eachField(dimension, {}, { [DIMENSION.length]: (known) => (length = known) });
    return length;
  };
  const readShape = (shape: Uint8Array) => {
    const dimensions: (number | null)[] = [];
    eachField(shape, { [SHAPE.dimension]: (dimension) => dimensions.push(readDimension(dimension)) });
    value.shape = dimensions;
  };
  eachField(bytes, {
    [VALUE.name]: (text) => (value.name = toText(text)),
    [VALUE.type]: (type) =>
      eachField(type, {
        [TYPE.tensor]: (tensor) =>
          eachField(
            tensor,
            { [TENSOR_TYPE.shape]: readShape },
            {
              [TENSOR_TYPE.element]: (element) =>
                (value.type = ELEMENT_NAMES.get(element) ?? `type ${element}`),
            },
          ),
      }),
  });
  return value;
}
