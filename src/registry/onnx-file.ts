import { z } from "zod";
import {
  type OnnxTensorInfo,
  type ReadAttribute,
  type ReadGraph,
  type ReadNode,
  type ReadTensor,
  readModel,
} from "../onnx/reader.js";
import { tensorOutputs } from "../onnx/zip-map.js";

export type { OnnxTensorInfo } from "../onnx/reader.js";

/** What an ONNX file says of itself; nothing of it is loaded or run. */
export interface OnnxFile {
  /** By domain; "" is ai.onnx. */
  opsets: Map<string, number>;
  /** Every operator used, subgraphs and functions included, that no function of the file itself defines. */
  operators: { domain: string; name: string }[];
  inputs: OnnxTensorInfo[];
  /** As they are served: what a ZipMap gives is the matrix that it makes maps of. */
  outputs: OnnxTensorInfo[];
  /** Names of tensors whose values are in other files. */
  externalTensors: string[];
  /** The classes that classifiers name, in the order of their columns: each different list once. */
  classLists: string[][];
}

/** As the operators of ai.onnx.ml call them. */
const CLASS_LISTS = new Set(["classlabels_strings", "classlabels_int64s", "classlabels_ints"]);

/** @throws {Error} the bytes are no such message */
export function readOnnxFile(bytes: Uint8Array): OnnxFile {
  const { opsets, graph, functions, training, metadata } = readModel(bytes);
  const found = new Found();
  for (const each of [graph, ...training]) found.graph(each);
  for (const { nodes, attributes } of functions) {
    found.nodes(nodes);
    for (const attribute of attributes) found.attribute(attribute);
  }
  found.ownClasses(metadata.get("asof.classes"));
  const own = new Set(functions.map(({ domain, name }) => `${domain}:${name}`));
  const operators = [...found.operators.values()].filter(({ domain, name }) => !own.has(`${domain}:${name}`));
  // Files of IR 3 and earlier list their weights among the inputs.
  const weights = new Set(graph.initializers.map(({ name }) => name));
  const inputs = graph.inputs.filter(({ name }) => !weights.has(name));
  const { externalTensors, classLists } = found;
  const outputs = tensorOutputs(graph);
  return { opsets, operators, inputs, outputs, externalTensors, classLists: [...classLists.values()] };
}

class Found {
  readonly operators = new Map<string, { domain: string; name: string }>();
  readonly externalTensors: string[] = [];
  /** By what they hold. */
  readonly classLists = new Map<string, string[]>();

  graph({ nodes, initializers, sparse }: ReadGraph): void {
    this.nodes(nodes);
    for (const tensor of [...initializers, ...sparse]) this.tensor(tensor);
  }

  nodes(nodes: readonly ReadNode[]): void {
    for (const { domain, op: name, attributes } of nodes) {
      this.operators.set(`${domain}:${name}`, { domain, name });
      for (const attribute of attributes) this.attribute(attribute);
    }
  }

  attribute({ name, tensors, graphs, texts, ints }: ReadAttribute): void {
    for (const tensor of tensors) this.tensor(tensor);
    for (const graph of graphs) this.graph(graph);
    if (!CLASS_LISTS.has(name)) return;
    this.classes([...ints().map(String), ...texts()]);
  }

  /** As asof's learners write them. */
  ownClasses(json: string | undefined): void {
    if (json === undefined) return;
    const named = z.array(z.string()).safeParse(parsedOr(json));
    if (named.success) this.classes(named.data);
  }

  tensor({ name, external, texts }: ReadTensor): void {
    if (external) this.externalTensors.push(name);
    // As skl2onnx keeps the classes of what no operator of ai.onnx.ml is made for: a multilayer perceptron, naive Bayes.
    if (/^classes/.test(name)) this.classes(texts);
  }

  private classes(classes: string[]): void {
    if (classes.length > 0) this.classLists.set(JSON.stringify(classes), classes);
  }
}

/** Undefined where it is no JSON. */
function parsedOr(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
