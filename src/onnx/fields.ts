/** Field numbers of onnx/onnx.proto3 (ONNX 1.14, IR 8): of each message those that are written or read here. */
export const MODEL = {
  irVersion: 1,
  producer: 2,
  graph: 7,
  opset: 8,
  metadata: 14,
  training: 20,
  function: 25,
} as const;
export const OPSET = { domain: 1, version: 2 } as const;
export const ENTRY = { key: 1, value: 2 } as const;
export const TRAINING = { initialization: 1, algorithm: 2 } as const;
export const FUNCTION = { name: 1, node: 7, domain: 10, attribute: 11 } as const;
export const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12, sparse: 15 } as const;
export const NODE = { input: 1, output: 2, op: 4, attribute: 5, domain: 7 } as const;
export const ATTRIBUTE = {
  name: 1,
  float: 2,
  int: 3,
  text: 4,
  tensor: 5,
  graph: 6,
  floats: 7,
  ints: 8,
  texts: 9,
  tensors: 10,
  graphs: 11,
  type: 20,
  sparse: 22,
  sparses: 23,
} as const;
export const TENSOR = {
  dims: 1,
  type: 2,
  floats: 4,
  ints: 5,
  texts: 6,
  longs: 7,
  name: 8,
  raw: 9,
  doubles: 10,
  externalData: 13,
  location: 14,
} as const;
export const SPARSE = { values: 1, indices: 2 } as const;
export const VALUE = { name: 1, type: 2 } as const;
export const TYPE = { tensor: 1 } as const;
export const TENSOR_TYPE = { element: 1, shape: 2 } as const;
export const SHAPE = { dimension: 1 } as const;
export const DIMENSION = { length: 1, symbol: 2 } as const;

/** TensorProto.DataType. */
export const ELEMENT_TYPE = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const;
/** AttributeProto.AttributeType. */
export const ATTRIBUTE_TYPE = { float: 1, int: 2, text: 3, floats: 6, ints: 7, texts: 8 } as const;
