import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { readModel } from "../../src/onnx/reader.js";
import { encodeModel, type OnnxNode } from "../../src/onnx/writer.js";
import { withTensorsForMaps } from "../../src/onnx/zip-map.js";
import { readOnnxFile } from "../../src/registry/onnx-file.js";
import { matrixModel, namedClassesModel, zipMapped } from "../support/onnx.js";

const CLASSES = ["churn", "stay"] as const;
const plain = namedClassesModel([0.5, -1], 0.25, CLASSES);
const zipped = zipMapped(plain, "probabilities", CLASSES);

const answered = async (onnx: Uint8Array, output: string) => {
  const session = await ort.InferenceSession.create(onnx, { logSeverityLevel: 4 });
  const X = new ort.Tensor("float32", [1, 2, 3, 4], [2, 2]);
  return session.run({ X }, [output]);
};

test("the runtime returns no maps, and the matrix that they were made of instead", async () => {
  expect(readModel(zipped).graph.outputs).toEqual([{ name: "probabilities", type: null, shape: undefined }]);
  await expect(answered(zipped, "probabilities")).rejects.toThrow(/non.?tensor/i);
  const [maps, matrix] = [
    await answered(withTensorsForMaps(zipped), "probabilities"),
    await answered(plain, "probabilities"),
  ];
  expect(maps.probabilities!.dims).toEqual([2, 2]);
  expect(maps.probabilities!.data).toEqual(matrix.probabilities!.data);
});

test("the file is read as it is served: a column for each class, by name", () => {
  const { outputs, classLists } = readOnnxFile(zipped);
  expect(outputs).toEqual([{ name: "probabilities", type: "float32", shape: [null, 2] }]);
  expect(classLists).toEqual([[...CLASSES]]);
});

test("a file without a ZipMap is returned as it is", () => {
  expect(withTensorsForMaps(plain)).toBe(plain);
  const named = matrixModel([1], { name: "ZipMap" });
  expect(withTensorsForMaps(named)).toBe(named);
});

test("a ZipMap that another node reads stays, and its output is no tensor", () => {
  const node = (op: string, inputs: string[], outputs: string[]): OnnxNode => ({ op, inputs, outputs });
  const inner = encodeModel(
    {
      name: "inner",
      nodes: [
        {
          ...node("ZipMap", ["X"], ["maps"]),
          domain: "ai.onnx.ml",
          attributes: { classlabels_int64s: { ints: [0, 1] } },
        },
        node("SequenceLength", ["maps"], ["length"]),
      ],
      initializers: [],
      inputs: [{ name: "X", type: "float32", width: 2 }],
      outputs: [{ name: "maps", type: "float32", width: 2 }],
    },
    {},
  );
  expect(withTensorsForMaps(inner)).toBe(inner);
});
