import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/**
 * The part of onnx.proto this project writes. Field numbers are from onnx/onnx.proto3 (ONNX 1.14, IR 8);
 * fields are written in ascending order, so the same model is the same bytes.
 */
export interface OnnxNode {
  op: string;
  domain?: "ai.onnx.ml";
  inputs: string[];
  outputs: string[];
  attributes?: Record<string, Attribute>;
}

export type Attribute =
  | { float: number }
  | { int: number }
  | { text: string }
  | { floats: ArrayLike<number> }
  | { ints: ArrayLike<number> }
  | { texts: string[] };

export interface OnnxTensor {
  name: string;
  dims: number[];
  floats: ArrayLike<number>;
}

export interface OnnxValue {
  name: string;
  type: "float32" | "string";
  /** Of shape [N, width]; N is symbolic. Null: of any shape. */
  width: number | null;
}

export interface OnnxGraph {
  name: string;
  nodes: OnnxNode[];
  initializers: OnnxTensor[];
  inputs: OnnxValue[];
  outputs: OnnxValue[];
}

const IR_VERSION = 8;
const OPSETS = { "": 17, "ai.onnx.ml": 3 } as const;
/** TensorProto.DataType. */
const ELEMENT_TYPE = { float32: 1, string: 8 } as const;

export function encodeModel(graph: OnnxGraph, metadata: Record<string, string>): Uint8Array {
  const model = new BinaryWriter();
  model.tag(1, WireType.Varint).int64(IR_VERSION);
  model.tag(2, WireType.LengthDelimited).string("asof");
  message(model, 7, (inner) => writeGraph(inner, graph));
  for (const [domain, version] of Object.entries(OPSETS)) {
    message(model, 8, (opset) => {
      opset.tag(1, WireType.LengthDelimited).string(domain);
      opset.tag(2, WireType.Varint).int64(version);
    });
  }
  for (const [key, value] of Object.entries(metadata)) {
    message(model, 14, (entry) => {
      entry.tag(1, WireType.LengthDelimited).string(key);
      entry.tag(2, WireType.LengthDelimited).string(value);
    });
  }
  return model.finish();
}

function writeGraph(writer: BinaryWriter, graph: OnnxGraph): void {
  for (const node of graph.nodes) message(writer, 1, (inner) => writeNode(inner, node));
  writer.tag(2, WireType.LengthDelimited).string(graph.name);
  for (const tensor of graph.initializers) message(writer, 5, (inner) => writeTensor(inner, tensor));
  for (const value of graph.inputs) message(writer, 11, (inner) => writeValue(inner, value));
  for (const value of graph.outputs) message(writer, 12, (inner) => writeValue(inner, value));
}

function writeNode(writer: BinaryWriter, { inputs, outputs, op, attributes = {}, domain }: OnnxNode): void {
  for (const input of inputs) writer.tag(1, WireType.LengthDelimited).string(input);
  for (const output of outputs) writer.tag(2, WireType.LengthDelimited).string(output);
  writer.tag(4, WireType.LengthDelimited).string(op);
  for (const [name, attribute] of Object.entries(attributes)) {
    message(writer, 5, (inner) => writeAttribute(inner, name, attribute));
  }
  if (domain) writer.tag(7, WireType.LengthDelimited).string(domain);
}

function writeAttribute(writer: BinaryWriter, name: string, attribute: Attribute): void {
  writer.tag(1, WireType.LengthDelimited).string(name);
  const type = (kind: number) => writer.tag(20, WireType.Varint).int32(kind);
  if ("float" in attribute) {
    writer.tag(2, WireType.Bit32).float(attribute.float);
    type(1);
  } else if ("int" in attribute) {
    writer.tag(3, WireType.Varint).int64(attribute.int);
    type(2);
  } else if ("text" in attribute) {
    writer.tag(4, WireType.LengthDelimited).string(attribute.text);
    type(3);
  } else if ("floats" in attribute) {
    packed(writer, 7, attribute.floats, (inner, value) => inner.float(value));
    type(6);
  } else if ("ints" in attribute) {
    packed(writer, 8, attribute.ints, (inner, value) => inner.int64(value));
    type(7);
  } else {
    for (const text of attribute.texts) writer.tag(9, WireType.LengthDelimited).string(text);
    type(8);
  }
}

function writeTensor(writer: BinaryWriter, { dims, floats, name }: OnnxTensor): void {
  packed(writer, 1, dims, (inner, dim) => inner.int64(dim));
  writer.tag(2, WireType.Varint).int32(ELEMENT_TYPE.float32);
  packed(writer, 4, floats, (inner, value) => inner.float(value));
  writer.tag(8, WireType.LengthDelimited).string(name);
}

function writeValue(writer: BinaryWriter, { name, type, width }: OnnxValue): void {
  writer.tag(1, WireType.LengthDelimited).string(name);
  message(writer, 2, (typeProto) => {
    message(typeProto, 1, (tensor) => {
      tensor.tag(1, WireType.Varint).int32(ELEMENT_TYPE[type]);
      if (width === null) return;
      message(tensor, 2, (shape) => {
        message(shape, 1, (dim) => dim.tag(2, WireType.LengthDelimited).string("N"));
        message(shape, 1, (dim) => dim.tag(1, WireType.Varint).int64(width));
      });
    });
  });
}

function message(writer: BinaryWriter, field: number, write: (inner: BinaryWriter) => void): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write(writer);
  writer.join();
}

function packed(
  writer: BinaryWriter,
  field: number,
  values: ArrayLike<number>,
  write: (inner: BinaryWriter, value: number) => void,
): void {
  message(writer, field, (inner) => {
    for (let k = 0; k < values.length; k++) write(inner, values[k]!);
  });
}
