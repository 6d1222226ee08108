import { expect, test } from "vitest";
import { readModel } from "../../../src/onnx/reader.js";
import { encodeModel, type OnnxNode } from "../../../src/onnx/writer.js";
import { featuresOfColumns } from "../../../src/training/explain/ensemble/columns.js";

const node = (
  op: string,
  inputs: string[],
  outputs: string[],
  attributes: OnnxNode["attributes"] = {},
): OnnxNode => ({ op, inputs, outputs, attributes });
const read = (nodes: OnnxNode[], inputs: { name: string; features: string[] }[]) =>
  featuresOfColumns(
    readModel(
      encodeModel(
        {
          name: "g",
          nodes,
          initializers: [{ name: "/two", dims: [1], floats: [2] }],
          inputs: [],
          outputs: [],
        },
        {},
      ),
    ).graph,
    "out",
    inputs,
  );
const X = { name: "X", features: ["a", "b"] };

test("columns are followed through what imputes, scales, encodes and joins", () => {
  const nodes = [
    node("Imputer", ["X"], ["i"]),
    node("Mul", ["i", "/two"], ["s"]),
    node("OneHotEncoder", ["city"], ["h"], { cats_strings: { texts: ["u", "v", "w"] } }),
    node("Reshape", ["h", "/two"], ["r"]),
    node("Concat", ["s", "r"], ["out"], { axis: { int: 1 } }),
  ];
  expect(read(nodes, [X, { name: "city", features: ["city"] }])).toEqual(["a", "b", "city", "city", "city"]);
});

test.each([
  ["a product of weights", [node("MatMul", ["X", "/two"], ["out"])], "MatMul stands before its trees"],
  [
    "rows that are joined",
    [node("Concat", ["X", "X"], ["out"], { axis: { int: 0 } })],
    "rows, or constants, are joined",
  ],
  ["a column of two features", [node("Add", ["X", "Y"], ["out"])], "is made of several features: a, c"],
  ["an input that is not there", [node("Identity", ["Z"], ["out"])], 'nothing gives "Z"'],
])("%s is not explained", (_, nodes, message) => {
  expect(() => read(nodes, [X, { name: "Y", features: ["c", "b"] }])).toThrow(message);
});
