import { GRAPH, MODEL, NODE } from "./fields.js";
import { readModel } from "./reader.js";
import { joined, rawField, rawFields, rewritten } from "./rewrite.js";
import { textsOf } from "./wire.js";
import { encodeValue } from "./writer.js";

/**
 * The part of a model that gives one of its inner tensors, as its only output: the nodes that the tensor does not need are
 * left out, and with them what they weigh.
 * @throws {Error} the bytes are no ONNX file
 */
export function partThatGives(onnx: Uint8Array, tensor: string): Uint8Array {
  const { nodes } = readModel(onnx).graph;
  const givenBy = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const needed = new Set<string>();
  const waiting = [tensor];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const node = givenBy.get(name);
    if (!node || needed.has(node.outputs[0]!)) continue;
    needed.add(node.outputs[0]!);
    waiting.push(...node.inputs);
  }
  return rewritten(onnx, MODEL.graph, (graph) =>
    joined([
      ...rawFields(graph).filter(({ field, content }) => {
        if (field === GRAPH.output) return false;
        return field !== GRAPH.node || needed.has(textsOf(content, NODE.output)[0] ?? "");
      }),
      rawField(GRAPH.output, encodeValue({ name: tensor, type: null })),
    ]),
  );
}
