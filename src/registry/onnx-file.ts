import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** What an ONNX file says of itself; nothing of it is loaded or run. Field numbers are those of onnx/onnx.proto3. */
export interface OnnxFile {
  /** By domain; "" is ai.onnx. */
  opsets: Map<string, number>;
  /** Every operator used, subgraphs and functions included, that no function of the file itself defines. */
  operators: { domain: string; name: string }[];
  inputs: OnnxTensorInfo[];
  outputs: OnnxTensorInfo[];
  /** Names of tensors whose values are in other files. */
  externalTensors: string[];
  /** The classes that classifiers name, in the order of their columns: each different list once. */
  classLists: string[][];
}

export interface OnnxTensorInfo {
  name: string;
  /** `float32`, `string`, …; null: no tensor, but a sequence, a map, a sparse or an optional one. */
  type: string | null;
  /** null: of any length; undefined: of any rank. */
  shape: (number | null)[] | undefined;
}

const ELEMENT_TYPES: Record<number, string> = {
  1: "float32",
  2: "uint8",
  3: "int8",
  4: "uint16",
  5: "int16",
  6: "int32",
  7: "int64",
  8: "string",
  9: "bool",
  10: "float16",
  11: "float64",
  12: "uint32",
  13: "uint64",
  16: "bfloat16",
};
const MAX_DEPTH = 16;
/** More than two are refused; a table of texts need not be read whole. */
const MAX_CLASSES = 100;
const EXTERNAL = 1;

/** @throws {Error} the bytes are no such message */
export function readOnnxFile(bytes: Uint8Array): OnnxFile {
  const found = new Found();
  let graphs = 0;
  eachField(bytes, {
    7: (graph) => {
      graphs++;
      readGraph(graph(), found, 0, true);
    },
    8: (opset) => {
      let [domain, version] = ["", 0];
      eachField(opset(), { 1: (text) => (domain = toText(text())) }, { 2: (value) => (version = value) });
      found.opsets.set(standard(domain), version);
    },
    20: (training) => eachField(training(), { 1: found.graph(), 2: found.graph() }),
    25: (fn) => readFunction(fn(), found),
  });
  if (graphs !== 1) throw new Error(`a model has one graph, this one ${graphs}`);
  const own = found.functions;
  const operators = [...found.operators.values()].filter(({ domain, name }) => !own.has(`${domain}:${name}`));
  const { opsets, outputs, externalTensors, initializers } = found;
  const classLists = [...found.classLists.values()];
  // Files of IR 3 and earlier list their weights among the inputs.
  const inputs = found.inputs.filter(({ name }) => !initializers.has(name));
  return { opsets, operators, inputs, outputs, externalTensors, classLists };
}

class Found {
  readonly opsets = new Map<string, number>();
  readonly operators = new Map<string, { domain: string; name: string }>();
  readonly functions = new Set<string>();
  readonly initializers = new Set<string>();
  readonly inputs: OnnxTensorInfo[] = [];
  readonly outputs: OnnxTensorInfo[] = [];
  readonly externalTensors: string[] = [];
  /** By what they hold. */
  readonly classLists = new Map<string, string[]>();

  graph(depth = 0): Reader {
    return (inner) => readGraph(inner(), this, depth, false);
  }
}

const standard = (domain: string): string => (domain === "ai.onnx" ? "" : domain);

function readGraph(bytes: Uint8Array, found: Found, depth: number, main: boolean): void {
  if (depth > MAX_DEPTH) throw new Error(`graphs lie within each other more than ${MAX_DEPTH} deep`);
  eachField(bytes, {
    1: (node) => readNode(node(), found, depth),
    5: (tensor) => {
      const name = readTensor(tensor(), found);
      if (main) found.initializers.add(name);
    },
    15: (sparse) => readSparse(sparse(), found),
    ...(main && {
      11: (value) => found.inputs.push(readValue(value())),
      12: (value) => found.outputs.push(readValue(value())),
    }),
  });
}

function readFunction(bytes: Uint8Array, found: Found): void {
  let [name, domain] = ["", ""];
  eachField(bytes, {
    1: (text) => (name = toText(text())),
    7: (node) => readNode(node(), found, 0),
    10: (text) => (domain = toText(text())),
    11: (attribute) => readAttribute(attribute(), found, 0),
  });
  found.functions.add(`${standard(domain)}:${name}`);
}

function readNode(bytes: Uint8Array, found: Found, depth: number): void {
  let [name, domain] = ["", ""];
  eachField(bytes, {
    4: (text) => (name = toText(text())),
    5: (attribute) => readAttribute(attribute(), found, depth),
    7: (text) => (domain = standard(toText(text()))),
  });
  found.operators.set(`${domain}:${name}`, { domain, name });
}

function readAttribute(bytes: Uint8Array, found: Found, depth: number): void {
  const tensor: Reader = (inner) => void readTensor(inner(), found);
  const sparse: Reader = (inner) => readSparse(inner(), found);
  const graph = found.graph(depth + 1);
  let name = "";
  const values: string[] = [];
  eachField(
    bytes,
    {
      1: (text) => (name = toText(text())),
      5: tensor,
      6: graph,
      8: (packed) => values.push(...integersIn(packed())),
      9: (text) => values.push(toText(text())),
      10: tensor,
      11: graph,
      22: sparse,
      23: sparse,
    },
    { 8: (value) => values.push(String(value)) },
  );
  if (CLASS_LISTS.has(name) && values.length > 0) found.classLists.set(JSON.stringify(values), values);
}

/** As the operators of ai.onnx.ml call them. */
const CLASS_LISTS = new Set(["classlabels_strings", "classlabels_int64s", "classlabels_ints"]);

function integersIn(packed: Uint8Array): string[] {
  const reader = new BinaryReader(packed);
  const values: string[] = [];
  while (reader.pos < reader.len) values.push(String(reader.int64()));
  return values;
}

function readSparse(bytes: Uint8Array, found: Found): void {
  const tensor: Reader = (inner) => void readTensor(inner(), found);
  eachField(bytes, { 1: tensor, 2: tensor });
}

function readTensor(bytes: Uint8Array, found: Found): string {
  let name = "";
  let external = false;
  const texts: string[] = [];
  eachField(
    bytes,
    {
      6: (text) => texts.length < MAX_CLASSES && texts.push(toText(text())),
      8: (text) => (name = toText(text())),
      13: () => (external = true),
    },
    { 14: (location) => (external ||= location === EXTERNAL) },
  );
  if (external) found.externalTensors.push(name);
  // As skl2onnx keeps the classes of what no operator of ai.onnx.ml is made for: a multilayer perceptron, naive Bayes.
  if (/^classes/.test(name) && texts.length > 0) found.classLists.set(JSON.stringify(texts), texts);
  return name;
}

function readValue(bytes: Uint8Array): OnnxTensorInfo {
  const value: OnnxTensorInfo = { name: "", type: null, shape: undefined };
  const readDimension = (dimension: Uint8Array): number | null => {
    let length: number | null = null;
    eachField(dimension, {}, { 1: (known) => (length = known) });
    return length;
  };
  eachField(bytes, {
    1: (text) => (value.name = toText(text())),
    2: (type) =>
      eachField(type(), {
        1: (tensor) =>
          eachField(
            tensor(),
            {
              2: (shape) => {
                const dimensions: (number | null)[] = [];
                eachField(shape(), { 1: (dimension) => dimensions.push(readDimension(dimension())) });
                value.shape = dimensions;
              },
            },
            { 1: (element) => (value.type = ELEMENT_TYPES[element] ?? `type ${element}`) },
          ),
      }),
  });
  return value;
}

type Reader = (inner: () => Uint8Array) => unknown;

const toText = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Calls the readers of the message's fields; all others, weights above all, are passed over uncopied. */
function eachField(
  bytes: Uint8Array,
  messages: Record<number, Reader | undefined>,
  numbers: Record<number, (value: number) => unknown> = {},
): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    const message = messages[field];
    const number = numbers[field];
    if (message && wireType === WireType.LengthDelimited) {
      const length = reader.uint32();
      const end = reader.pos + length;
      if (end > reader.len) throw new Error(`field ${field} ends after its message`);
      message(() => bytes.subarray(end - length, end));
      reader.pos = end;
    } else if (number && wireType === WireType.Varint) number(Number(reader.int64()));
    else reader.skip(wireType);
    if (reader.pos > reader.len) throw new Error(`field ${field} ends after its message`);
  }
}
