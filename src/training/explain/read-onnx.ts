import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** The part of an ONNX file that explanations read; field numbers are from onnx/onnx.proto3, as in ../onnx/proto.ts. */
export interface ReadGraph {
  nodes: ReadNode[];
  /** Float tensors of the graph by name. */
  initializers: Map<string, Float32Array>;
  metadata: Map<string, string>;
}

export interface ReadNode {
  op: string;
  inputs: string[];
  outputs: string[];
  attributes: Map<string, ReadAttribute>;
}

export interface ReadAttribute {
  text: string;
  floats: number[];
  ints: number[];
  texts: string[];
}

/** @throws {Error} the bytes are no protobuf message */
export function readOnnx(bytes: Uint8Array): ReadGraph {
  const file: ReadGraph = { nodes: [], initializers: new Map(), metadata: new Map() };
  eachField(bytes, (field, reader, wire) => {
    if (field === 7) readGraph(reader.bytes(), file);
    else if (field === 14) file.metadata.set(...readEntry(reader.bytes()));
    else reader.skip(wire);
  });
  return file;
}

function readGraph(bytes: Uint8Array, file: ReadGraph): void {
  eachField(bytes, (field, reader, wire) => {
    if (field === 1) file.nodes.push(readNode(reader.bytes()));
    else if (field === 5) file.initializers.set(...readTensor(reader.bytes()));
    else reader.skip(wire);
  });
}

function readNode(bytes: Uint8Array): ReadNode {
  const node: ReadNode = { op: "", inputs: [], outputs: [], attributes: new Map() };
  eachField(bytes, (field, reader, wire) => {
    if (field === 1) node.inputs.push(reader.string());
    else if (field === 2) node.outputs.push(reader.string());
    else if (field === 4) node.op = reader.string();
    else if (field === 5) node.attributes.set(...readAttribute(reader.bytes()));
    else reader.skip(wire);
  });
  return node;
}

function readAttribute(bytes: Uint8Array): [string, ReadAttribute] {
  let name = "";
  const attribute: ReadAttribute = { text: "", floats: [], ints: [], texts: [] };
  eachField(bytes, (field, reader, wire) => {
    if (field === 1) name = reader.string();
    else if (field === 4) attribute.text = reader.string();
    else if (field === 7) each(reader, wire, () => attribute.floats.push(reader.float()));
    else if (field === 8) each(reader, wire, () => attribute.ints.push(Number(reader.int64())));
    else if (field === 9) attribute.texts.push(reader.string());
    else reader.skip(wire);
  });
  return [name, attribute];
}

function readTensor(bytes: Uint8Array): [string, Float32Array] {
  let name = "";
  const floats: number[] = [];
  eachField(bytes, (field, reader, wire) => {
    if (field === 4) each(reader, wire, () => floats.push(reader.float()));
    else if (field === 8) name = reader.string();
    else reader.skip(wire);
  });
  return [name, Float32Array.from(floats)];
}

function readEntry(bytes: Uint8Array): [string, string] {
  let [key, value] = ["", ""];
  eachField(bytes, (field, reader, wire) => {
    if (field === 1) key = reader.string();
    else if (field === 2) value = reader.string();
    else reader.skip(wire);
  });
  return [key, value];
}

function eachField(
  bytes: Uint8Array,
  read: (field: number, reader: BinaryReader, wire: WireType) => void,
): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    read(field, reader, wire);
  }
}

/** A repeated number may be packed into one field or written one by one. */
function each(reader: BinaryReader, wire: WireType, read: () => void): void {
  const end = wire === WireType.LengthDelimited ? reader.uint32() + reader.pos : reader.pos + 1;
  while (reader.pos < end) read();
}
