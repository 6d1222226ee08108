import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  ATTRIBUTE,
  ATTRIBUTE_TYPE,
  DIMENSION,
  ELEMENT_TYPE,
  ENTRY,
  GRAPH,
  MODEL,
  NODE,
  OPSET,
  SHAPE,
  TENSOR,
  TENSOR_TYPE,
  TYPE,
  VALUE,
} from "./fields.js";

/** A model to be written. Fields are written in ascending order, so the same model is the same bytes. */
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

export function encodeModel(graph: OnnxGraph, metadata: Record<string, string>): Uint8Array {
  const model = new BinaryWriter();
  model.tag(MODEL.irVersion, WireType.Varint).int64(IR_VERSION);
  model.tag(MODEL.producer, WireType.LengthDelimited).string("asof");
  message(model, MODEL.graph, (inner) => writeGraph(inner, graph));
  for (const [domain, version] of Object.entries(OPSETS)) {
    model.tag(MODEL.opset, WireType.LengthDelimited).bytes(encodeOpset(domain, version));
  }
  for (const [key, value] of Object.entries(metadata)) {
    message(model, MODEL.metadata, (entry) => {
      entry.tag(ENTRY.key, WireType.LengthDelimited).string(key);
      entry.tag(ENTRY.value, WireType.LengthDelimited).string(value);
    });
  }
  return model.finish();
}

/** Of a NodeProto. */
export function encodeNode(node: OnnxNode): Uint8Array {
  const writer = new BinaryWriter();
  writeNode(writer, node);
  return writer.finish();
}

/** Of a ValueInfoProto; without a type the runtime finds it out. */
export function encodeValue(value: OnnxValue | (Pick<OnnxValue, "name"> & { type: null })): Uint8Array {
  const writer = new BinaryWriter();
  if (value.type === null) writer.tag(VALUE.name, WireType.LengthDelimited).string(value.name);
  else writeValue(writer, value);
  return writer.finish();
}

/** Of an OperatorSetIdProto. */
export function encodeOpset(domain: string, version: number): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(OPSET.domain, WireType.LengthDelimited).string(domain);
  writer.tag(OPSET.version, WireType.Varint).int64(version);
  return writer.finish();
}

/** Of a TensorProto. */
export function encodeTensor(tensor: OnnxTensor): Uint8Array {
  const writer = new BinaryWriter();
  writeTensor(writer, tensor);
  return writer.finish();
}

function writeGraph(writer: BinaryWriter, graph: OnnxGraph): void {
  for (const node of graph.nodes) message(writer, GRAPH.node, (inner) => writeNode(inner, node));
  writer.tag(GRAPH.name, WireType.LengthDelimited).string(graph.name);
  for (const tensor of graph.initializers)
    message(writer, GRAPH.initializer, (inner) => writeTensor(inner, tensor));
  for (const value of graph.inputs) message(writer, GRAPH.input, (inner) => writeValue(inner, value));
  for (const value of graph.outputs) message(writer, GRAPH.output, (inner) => writeValue(inner, value));
}

function writeNode(writer: BinaryWriter, { inputs, outputs, op, attributes = {}, domain }: OnnxNode): void {
  for (const input of inputs) writer.tag(NODE.input, WireType.LengthDelimited).string(input);
  for (const output of outputs) writer.tag(NODE.output, WireType.LengthDelimited).string(output);
  writer.tag(NODE.op, WireType.LengthDelimited).string(op);
  for (const [name, attribute] of Object.entries(attributes)) {
    message(writer, NODE.attribute, (inner) => writeAttribute(inner, name, attribute));
  }
  if (domain) writer.tag(NODE.domain, WireType.LengthDelimited).string(domain);
}

function writeAttribute(writer: BinaryWriter, name: string, attribute: Attribute): void {
  writer.tag(ATTRIBUTE.name, WireType.LengthDelimited).string(name);
  const type = (kind: number) => writer.tag(ATTRIBUTE.type, WireType.Varint).int32(kind);
  if ("float" in attribute) {
    writer.tag(ATTRIBUTE.float, WireType.Bit32).float(attribute.float);
    type(ATTRIBUTE_TYPE.float);
  } else if ("int" in attribute) {
    writer.tag(ATTRIBUTE.int, WireType.Varint).int64(attribute.int);
    type(ATTRIBUTE_TYPE.int);
  } else if ("text" in attribute) {
    writer.tag(ATTRIBUTE.text, WireType.LengthDelimited).string(attribute.text);
    type(ATTRIBUTE_TYPE.text);
  } else if ("floats" in attribute) {
    packed(writer, ATTRIBUTE.floats, attribute.floats, (inner, value) => inner.float(value));
    type(ATTRIBUTE_TYPE.floats);
  } else if ("ints" in attribute) {
    packed(writer, ATTRIBUTE.ints, attribute.ints, (inner, value) => inner.int64(value));
    type(ATTRIBUTE_TYPE.ints);
  } else {
    for (const text of attribute.texts) writer.tag(ATTRIBUTE.texts, WireType.LengthDelimited).string(text);
    type(ATTRIBUTE_TYPE.texts);
  }
}

function writeTensor(writer: BinaryWriter, { dims, floats, name }: OnnxTensor): void {
  packed(writer, TENSOR.dims, dims, (inner, dim) => inner.int64(dim));
  writer.tag(TENSOR.type, WireType.Varint).int32(ELEMENT_TYPE.float32);
  packed(writer, TENSOR.floats, floats, (inner, value) => inner.float(value));
  writer.tag(TENSOR.name, WireType.LengthDelimited).string(name);
}

function writeValue(writer: BinaryWriter, { name, type, width }: OnnxValue): void {
  writer.tag(VALUE.name, WireType.LengthDelimited).string(name);
  message(writer, VALUE.type, (typeProto) => {
    message(typeProto, TYPE.tensor, (tensor) => {
      tensor.tag(TENSOR_TYPE.element, WireType.Varint).int32(ELEMENT_TYPE[type]);
      if (width === null) return;
      message(tensor, TENSOR_TYPE.shape, (shape) => {
        message(shape, SHAPE.dimension, (dim) =>
          dim.tag(DIMENSION.symbol, WireType.LengthDelimited).string("N"),
        );
        message(shape, SHAPE.dimension, (dim) => dim.tag(DIMENSION.length, WireType.Varint).int64(width));
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
