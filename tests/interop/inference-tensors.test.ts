import { describe, expect, it, test } from "vitest";
import { inferAnswer } from "../../src/interop/inference/infer-answer.js";
import { readScoringCsv, readScoringJson } from "../../src/interop/inference/scoring-forms.js";
import { readInferRequest } from "../../src/interop/inference/tensors.js";
import { parsePythonJson } from "../../src/values/python-json.js";

/** One tensor of these bytes behind the JSON. */
const raw = (datatype: string, shape: number[], bytes: Buffer, size = bytes.length) => {
  const head = Buffer.from(
    JSON.stringify({ inputs: [{ name: "x", shape, datatype, parameters: { binary_data_size: size } }] }),
  );
  return () => readInferRequest(Buffer.concat([head, bytes]), String(head.length)).inputs[0]!.values;
};
const json = (tensor: object, more: object = {}) => {
  const body = Buffer.from(JSON.stringify({ inputs: [{ name: "x", ...tensor }], ...more }));
  return () => readInferRequest(body, undefined);
};
const numbers = (write: "writeDoubleLE" | "writeFloatLE", bytes: number, values: number[]) => {
  const buffer = Buffer.alloc(values.length * bytes);
  for (const [i, value] of values.entries()) buffer[write](value, i * bytes);
  return buffer;
};
const longs = (...values: bigint[]) => Buffer.from(BigInt64Array.from(values).buffer);
const texts = (...values: string[]) =>
  Buffer.concat(
    values.flatMap((value) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(Buffer.byteLength(value));
      return [length, Buffer.from(value)];
    }),
  );

describe("tensors as raw bytes", () => {
  it.each([
    ["BOOL", Buffer.from([0, 1, 2]), [false, true, true]],
    ["UINT8", Buffer.from([0, 255]), [0, 255]],
    ["INT8", Buffer.from([255, 127]), [-1, 127]],
    ["UINT16", Buffer.from([1, 0, 0, 1]), [1, 256]],
    ["INT16", Buffer.from([255, 255]), [-1]],
    ["UINT32", Buffer.from([255, 255, 255, 255]), [4_294_967_295]],
    ["INT32", Buffer.from([254, 255, 255, 255]), [-2]],
    ["INT64", longs(-3n, 9_007_199_254_740_993n), [-3, "9007199254740993"]],
    ["UINT64", longs(-1n), ["18446744073709551615"]],
    // 1, -2, 65504, the smallest above 0, infinity, NaN
    [
      "FP16",
      Buffer.from([0x00, 0x3c, 0x00, 0xc0, 0xff, 0x7b, 0x01, 0x00, 0x00, 0x7c, 0x01, 0x7e]),
      [1, -2, 65_504, 2 ** -24, Number.POSITIVE_INFINITY, null],
    ],
    ["FP32", numbers("writeFloatLE", 4, [1.5, Number.NaN]), [1.5, null]],
    ["FP64", numbers("writeDoubleLE", 8, [0.1, Number.NaN]), [0.1, null]],
    ["BYTES", texts("", "é", "\ufeffx"), ["", "é", "\ufeffx"]],
  ])("%s is read little-endian, and NaN is missing", (datatype, bytes, values) => {
    expect(raw(datatype, [values.length], bytes)()).toEqual(values);
    expect(raw(datatype, [values.length, 1], bytes)()).toEqual(values);
  });

  it.each([
    [
      "too few bytes",
      raw("FP64", [2], Buffer.alloc(15)),
      '"x": 16 bytes were expected, 2 of FP64; binary_data_size is 15',
    ],
    [
      "a size beyond the body",
      raw("FP64", [2], Buffer.alloc(8), 16),
      '"x": binary_data_size: 16 bytes were expected; 8 are left',
    ],
    ["bytes that are nobody's", raw("FP64", [1], Buffer.alloc(9), 8), "1 bytes follow the last tensor"],
    [
      "a text longer than its tensor",
      raw("BYTES", [1], Buffer.from([9, 0, 0, 0, 65])),
      "its bytes end before text 0 of 1 does",
    ],
    ["a text without its length", raw("BYTES", [2], texts("a")), "its bytes end before text 1 of 2 does"],
    ["more texts than rows", raw("BYTES", [1], texts("a", "b")), "5 bytes follow the last of 1 texts"],
    ["no UTF-8", raw("BYTES", [1], Buffer.from([1, 0, 0, 0, 0xff])), '"x": text 0 is no UTF-8'],
    ["an unknown datatype", raw("BF16", [1], Buffer.alloc(2)), "datatype: one of BOOL, UINT8"],
    ["a negative size", raw("FP64", [1], Buffer.alloc(8), -8), "at least 0 was expected"],
  ])("%s is refused", (_, read, message) => {
    expect(read).toThrow(message);
  });
});

describe("tensors in JSON", () => {
  it.each([
    [{ shape: [2], datatype: "FP32", data: [1, null] }, [1, null]],
    [{ shape: [2, 1], datatype: "FP64", data: [[1.5], [2]] }, [1.5, 2]],
    [{ shape: [2, 1], datatype: "INT64", data: [1, "9007199254740993"] }, [1, "9007199254740993"]],
    [{ shape: [2], datatype: "BOOL", data: [true, 0] }, [true, false]],
    [{ shape: [1], datatype: "BYTES", data: [""] }, [""]],
    [{ shape: [0], datatype: "FP64", data: [] }, []],
  ])("%j is read", (tensor, values) => {
    expect(json(tensor)().inputs[0]!.values).toEqual(values);
  });

  it.each([
    [{ shape: [1], datatype: "FP32", data: ["no"] }, '"x": value 0: a number was expected (FP32); got "no"'],
    [
      { shape: [1], datatype: "INT8", data: [128] },
      "a whole number from -128 to 127 was expected (INT8); got 128",
    ],
    [{ shape: [1], datatype: "FP64", data: [[1]] }, "value 0: a number was expected (FP64); got [1]"],
    [{ shape: [1, 1], datatype: "FP64", data: [[[1]]] }, "value 0: a number was expected (FP64); got [1]"],
    [{ shape: [2], datatype: "FP64", data: [1] }, "2 values were expected by its shape; data has 1"],
    [{ shape: [1], datatype: "FP64" }, "data, a list, or binary_data_size was expected"],
    [
      { shape: [2, 2], datatype: "FP64", data: [1, 2, 3, 4] },
      "shape: [rows] or [rows, 1] was expected; got [2, 2]",
    ],
    [{ shape: [], datatype: "FP64", data: [1] }, "shape: [rows] or [rows, 1] was expected; got []"],
    [{ shape: [-1], datatype: "FP64", data: [1] }, "inputs.0.shape.0: at least 0 was expected"],
    [{ shape: [4_294_967_296, 4_294_967_296], datatype: "FP64", data: [1] }, "shape: [rows] or [rows, 1]"],
    [{ shape: [10_001], datatype: "FP64", data: [] }, "at most 10000 rows were expected; got 10001"],
    [
      { shape: [1], datatype: "FP64", data: [1], parameters: { shared_memory_region: "r" } },
      "shared memory is not offered",
    ],
  ])("%j is refused", (tensor, message) => {
    expect(json(tensor)).toThrow(message);
  });

  it.each([
    ["[]", undefined, "the request cannot be used: body: an object was expected"],
    ["{", undefined, "the body is no JSON in UTF-8"],
    ['{"inputs":[],"inputs":[]}', undefined, "is there twice in one object"],
    ["{}", "-1", "inference-header-content-length: a number of bytes up to the body's 2 was expected"],
    ["{}", "3", "inference-header-content-length"],
    ["{}", "0x2", "inference-header-content-length"],
    [
      `{"inputs":${"[".repeat(200_000)}${"]".repeat(200_000)}}`,
      undefined,
      "it is nested deeper than 1000 levels",
    ],
    [
      `{"inputs":[${"{},".repeat(10_001)}{}]}`,
      undefined,
      "inputs: at most 10000 tensors were expected; got 10002",
    ],
  ])("%.40s is no request", (body, length, message) => {
    expect(() => readInferRequest(Buffer.from(body), length)).toThrow(message);
  });

  it("knows which outputs are wanted, and how", () => {
    const tensor = { shape: [1], datatype: "FP64", data: [1] };
    expect(json(tensor, { parameters: { binary_data_output: true } })()).toMatchObject({
      outputs: null,
      binary: true,
    });
    const outputs = [{ name: "a" }, { name: "b", parameters: { binary_data: true } }];
    expect(json(tensor, { id: "7", outputs })()).toMatchObject({
      id: "7",
      outputs: [
        { name: "a", binary: false },
        { name: "b", binary: true },
      ],
    });
    const classified = { outputs: [{ name: "a", parameters: { classification: 3 } }] };
    expect(json(tensor, classified)).toThrow('"a": classification is not offered');
  });
});

test("answers are written by the columns of the task, whatever their types", () => {
  const column = (name: string, type: "float" | "int" | "string", values: (number | string)[]) => ({
    column: { name, type, width: null, of: () => 0 },
    values,
  });
  const columns = [
    column("value", "float", [0.5]),
    column("rank", "int", [3]),
    column("class", "string", ["é"]),
  ];
  const scored = { version: { model: "m", version: 2 }, columns } as unknown as Parameters<
    typeof inferAnswer
  >[1];
  const { json: text, raw: bytes } = inferAnswer(
    { id: undefined, inputs: [], outputs: null, binary: true },
    scored,
    1,
  );
  expect(JSON.parse(text.toString())).toEqual({
    model_name: "m",
    model_version: "2",
    outputs: [
      { name: "value", datatype: "FP64", shape: [1], parameters: { binary_data_size: 8 } },
      { name: "rank", datatype: "INT64", shape: [1], parameters: { binary_data_size: 8 } },
      { name: "class", datatype: "BYTES", shape: [1], parameters: { binary_data_size: 6 } },
    ],
  });
  expect(bytes).toEqual(Buffer.concat([numbers("writeDoubleLE", 8, [0.5]), longs(3n), texts("é")]));
});

describe("MLflow's forms", () => {
  const inputs = {
    stored: [
      { name: "a", datatype: "FP64" },
      { name: "b", datatype: "BOOL" },
      { name: "c", datatype: "BYTES" },
    ],
    request: [],
    key: [],
  } as unknown as Parameters<ReturnType<typeof readScoringJson>["frame"]>[0];
  const read = (body: unknown) => Object.fromEntries(readScoringJson(body).frame(inputs).columns);

  it.each([
    [{ dataframe_split: { columns: ["a"], index: [7, 8], data: [[1], [2]] } }, { a: [1, 2] }],
    [{ dataframe_records: [{ a: 1 }, { b: true }] }, { a: [1, null], b: [null, true] }],
    [{ inputs: { a: [1, 2] } }, { a: [1, 2] }],
    [{ inputs: { a: [[1], [2]] } }, { a: [1, 2] }],
    [{ inputs: { a: 1 } }, { a: [1] }],
    [{ instances: [{ a: 1 }] }, { a: [1] }],
    [{ dataframe_records: [] }, {}],
  ])("%j has columns", (body, columns) => {
    expect(read(body)).toEqual(columns);
  });

  it.each([
    [
      { nothing: 1 },
      "exactly one of dataframe_split, dataframe_records, inputs, instances was expected; got none",
    ],
    [{ inputs: {}, instances: [] }, "got inputs, instances"],
    [[], "got none of them"],
    [{ instances: [[1, 2]] }, "rows without names"],
    [{ inputs: [1] }, "rows without names"],
    [{ dataframe_split: { columns: ["a"], data: [[1, 2]] } }, "row 0 has 2 values; there are 1 columns"],
    [{ dataframe_split: { columns: ["a", "a"], data: [] } }, 'the column "a" is there twice'],
    [{ dataframe_split: [] }, "columns, a list of names"],
    [{ dataframe_records: [1] }, "a list of objects was expected"],
    [{ inputs: { a: [1], b: [] } }, "a has 1 values, b 0"],
    [{ dataframe_records: Array.from({ length: 9_000 }, (_, i) => ({ [`n${i}`]: 1 })) }, "name 9000 columns"],
    [{ inputs: { a: Array(10_001).fill(1) } }, "at most 10000 rows were expected; got 10001"],
  ])("%.80j is refused", (body, message) => {
    expect(() => read(body)).toThrow(message);
  });

  it("CSV is read as what the model takes", async () => {
    const body = Buffer.from('a,b,c,other\n1.50,True,x,y\r\n,,"a, b",\nNaN,false,NaN,\n');
    const { columns } = (await readScoringCsv(body)).frame(inputs);
    expect(Object.fromEntries(columns)).toEqual({
      a: [1.5, null, null],
      b: [true, null, false],
      c: ["x", "a, b", "NaN"],
      other: ["y", "", ""],
    });
    await expect(readScoringCsv(Buffer.from("a,b\n1\n"))).rejects.toThrow(
      "row 0 has 1 values; there are 2 columns",
    );
    await expect(readScoringCsv(Buffer.from(""))).rejects.toThrow("the body is empty");
  });
});

test("Python's JSON: words outside of texts are read, however many quotes there are", () => {
  expect(parsePythonJson('{"a":[NaN,-Infinity,Infinity,1],"NaN":"NaN \\" Infinity"}')).toEqual({
    a: [null, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 1],
    NaN: 'NaN " Infinity',
  });
  expect(() => parsePythonJson("NaNs")).toThrow(SyntaxError);
  // An end that never comes must not cost the square of the length.
  expect(() => parsePythonJson(`NaN"${'\\"'.repeat(1_000_000)}`)).toThrow(SyntaxError);
});
