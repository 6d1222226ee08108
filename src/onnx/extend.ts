import { GRAPH, MODEL, NODE } from "./fields.js";
import { readModel } from "./reader.js";
import { joined, type Rewrite, rawField, rawFields, rewritten } from "./rewrite.js";
import { toText } from "./wire.js";
import {
  encodeNode,
  encodeTensor,
  encodeValue,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from "./writer.js";

/** What is put between a graph's output and its reader. */
interface Extension {
  nodes: OnnxNode[];
  initializers: OnnxTensor[];
}

/**
 * The same model with further nodes behind one of its outputs: what the graph called `output` it calls `renamed`, and the
 * nodes that are added give `output`. Everything else stays byte for byte.
 * @param extend from the operator that gave the output, and its inputs
 * @throws {Error} no node of the graph gives that output
 */
export function extendOutput(
  onnx: Uint8Array,
  output: string,
  renamed: string,
  extend: (from: { op: string; inputs: readonly string[] }) => Extension,
): Uint8Array {
  const from = readModel(onnx).graph.nodes.find(({ outputs }) => outputs.includes(output));
  if (!from) throw new Error(`no node of the graph gives ${output}`);
  const { nodes, initializers } = extend(from);
  const added = [
    ...nodes.map((node) => rawField(GRAPH.node, encodeNode(node))),
    ...initializers.map((tensor) => rawField(GRAPH.initializer, encodeTensor(tensor))),
  ];
  const rename: Rewrite = (text) => (toText(text) === output ? Buffer.from(renamed) : text);
  const inNode: Rewrite = (node) => rewritten(node, NODE.output, rename);
  return rewritten(onnx, MODEL.graph, (graph) =>
    joined([...rawFields(rewritten(graph, GRAPH.node, inNode)), ...added]),
  );
}

/** What is put before a graph. */
interface InputExtension extends Extension {
  /** All inputs that the graph then has. */
  inputs: OnnxValue[];
}

/**
 * The same model with other inputs, and nodes that make one of its inputs of them: what its nodes called `input` they call
 * `renamed`, which the nodes that are added give.
 */
export function extendInput(
  onnx: Uint8Array,
  input: string,
  renamed: string,
  { nodes, initializers, inputs }: InputExtension,
): Uint8Array {
  const rename: Rewrite = (text) => (toText(text) === input ? Buffer.from(renamed) : text);
  const inNode: Rewrite = (node) => rewritten(node, NODE.input, rename);
  return rewritten(onnx, MODEL.graph, (graph) => {
    const own = rawFields(rewritten(graph, GRAPH.node, inNode)).filter(({ field }) => field !== GRAPH.input);
    // A node stands behind those that it reads from.
    return joined([
      ...nodes.map((node) => rawField(GRAPH.node, encodeNode(node))),
      ...own,
      ...initializers.map((tensor) => rawField(GRAPH.initializer, encodeTensor(tensor))),
      ...inputs.map((value) => rawField(GRAPH.input, encodeValue(value))),
    ]);
  });
}
