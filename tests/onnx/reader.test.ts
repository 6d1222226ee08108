import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { expect, test } from "vitest";
import { attributeOf, readModel } from "../../src/onnx/reader.js";
import { type Attribute, encodeModel, type OnnxNode } from "../../src/onnx/writer.js";

const written = (node: OnnxNode) =>
  encodeModel(
    {
      name: "g",
      nodes: [node],
      initializers: [{ name: "/w", dims: [2, 1], floats: [0.5, Number.NaN] }],
      inputs: [{ name: "numeric", type: "float32", width: 2 }],
      outputs: [{ name: "text", type: "string", width: null }],
    },
    { "asof.kind": "test" },
  );

test("what the writer wrote is read as it was", () => {
  const attributes: Record<string, Attribute> = {
    texts: { texts: ["a", "", "ü"] },
    ints: { ints: [0, -1, 300_000] },
    floats: { floats: [1.5, -0] },
    text: { text: "SUM" },
  };
  const model = readModel(
    written({ op: "Op", domain: "ai.onnx.ml", inputs: ["x"], outputs: ["y"], attributes }),
  );
  expect(Object.fromEntries(model.opsets)).toEqual({ "": 17, "ai.onnx.ml": 3 });
  expect(model.metadata.get("asof.kind")).toBe("test");
  const { nodes, initializers, inputs, outputs } = model.graph;
  const [node] = nodes;
  expect([node!.op, node!.domain, node!.inputs, node!.outputs]).toEqual(["Op", "ai.onnx.ml", ["x"], ["y"]]);
  expect(attributeOf(node!, "texts")!.texts()).toEqual(["a", "", "ü"]);
  expect(attributeOf(node!, "ints")!.ints()).toEqual([0, -1, 300_000]);
  expect(attributeOf(node!, "floats")!.floats()).toEqual([1.5, -0]);
  expect(attributeOf(node!, "text")!.text()).toBe("SUM");
  expect(attributeOf(node!, "other")).toBeUndefined();
  expect([initializers[0]!.name, initializers[0]!.floats()]).toEqual(["/w", [0.5, Number.NaN]]);
  expect(inputs).toEqual([{ name: "numeric", type: "float32", shape: [null, 2] }]);
  expect(outputs).toEqual([{ name: "text", type: "string", shape: undefined }]);
});

test("numbers are read packed or one by one, as other writers write them", () => {
  const attribute = new BinaryWriter();
  attribute.tag(1, WireType.LengthDelimited).string("n");
  for (const value of [0.5, 2]) attribute.tag(7, WireType.Bit32).float(value);
  for (const value of [7, -7]) attribute.tag(8, WireType.Varint).int64(value);
  const node = new BinaryWriter().tag(5, WireType.LengthDelimited).bytes(attribute.finish()).finish();
  const graph = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(node).finish();
  const model = readModel(new BinaryWriter().tag(7, WireType.LengthDelimited).bytes(graph).finish());
  const read = attributeOf(model.graph.nodes[0]!, "n")!;
  expect([read.floats(), read.ints()]).toEqual([
    [0.5, 2],
    [7, -7],
  ]);
});

test("a small file that would take much memory is refused", () => {
  const graph = new Uint8Array(2 * 600_000);
  for (let at = 0; at < graph.length; at += 2) graph[at] = (1 << 3) | WireType.LengthDelimited;
  const bytes = new BinaryWriter().tag(7, WireType.LengthDelimited).bytes(graph).finish();
  expect(() => readModel(bytes)).toThrow("the model has more than 500000 parts");
});

test("what is no model is refused", () => {
  expect(() => readModel(new Uint8Array(0))).toThrow("a model has one graph, this one 0");
  expect(() => readModel(Uint8Array.of((7 << 3) | 2, 9, 1))).toThrow("field 7 ends after its message");
});
