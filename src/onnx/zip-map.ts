import { GRAPH, MODEL, NODE, VALUE } from "./fields.js";
import { attributeOf, type OnnxTensorInfo, type ReadGraph, type ReadNode, readModel } from "./reader.js";
import { rawField, rewritten } from "./rewrite.js";
import { textsOf } from "./wire.js";
import { encodeNode, encodeOpset, encodeValue } from "./writer.js";

/** Of ai.onnx, where a file lists none: any that has Identity. */
const OPSET = 13;

/**
 * The graph's outputs as they are once `withTensorsForMaps` has rewritten it: what a ZipMap gives, a map of classes for each
 * row, is the matrix that it makes the maps of.
 */
export function tensorOutputs(graph: ReadGraph): OnnxTensorInfo[] {
  const zipped = zipMaps(graph);
  return graph.outputs.map((output) => {
    const node = zipped.get(output.name);
    return node ? { name: output.name, type: "float32", shape: [null, classesOf(node)] } : output;
  });
}

/**
 * The same model with the matrices that its ZipMaps make maps of as outputs, under the same names: onnxruntime-node returns
 * tensors alone. A file without such an output is returned as it is.
 * @throws {Error} the bytes are no ONNX file
 */
export function withTensorsForMaps(onnx: Uint8Array): Uint8Array {
  if (Buffer.from(onnx.buffer, onnx.byteOffset, onnx.byteLength).indexOf("ZipMap") < 0) return onnx;
  const { graph, opsets } = readModel(onnx);
  const zipped = zipMaps(graph);
  if (zipped.size === 0) return onnx;
  const asIdentity = (bytes: Uint8Array) => {
    const node = zipped.get(textsOf(bytes, NODE.output)[0] ?? "");
    return node ? encodeNode({ op: "Identity", inputs: node.inputs, outputs: node.outputs }) : bytes;
  };
  const asTensor = (bytes: Uint8Array) => {
    const name = textsOf(bytes, VALUE.name)[0] ?? "";
    const node = zipped.get(name);
    return node ? encodeValue({ name, type: "float32", width: classesOf(node) }) : bytes;
  };
  const changed = rewritten(onnx, MODEL.graph, (bytes) =>
    rewritten(rewritten(bytes, GRAPH.node, asIdentity), GRAPH.output, asTensor),
  );
  if (opsets.has("")) return changed;
  return Buffer.concat([changed, rawField(MODEL.opset, encodeOpset("", OPSET)).bytes]);
}

/** By the output that each gives to who runs the graph, and to no other node. */
function zipMaps({ nodes, outputs }: ReadGraph): Map<string, ReadNode> {
  const given = new Set(outputs.map(({ name }) => name));
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  return new Map(
    nodes.flatMap((node) => {
      const [name] = node.outputs;
      const isLast = name !== undefined && given.has(name) && !read.has(name);
      return node.op === "ZipMap" && isLast ? [[name, node] as const] : [];
    }),
  );
}

const classesOf = (node: ReadNode): number =>
  (attributeOf(node, "classlabels_strings")?.texts().length ?? 0) ||
  (attributeOf(node, "classlabels_int64s")?.ints().length ?? 0);
