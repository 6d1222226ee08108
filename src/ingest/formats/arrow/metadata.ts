import {
  numberPart,
  type TableShape,
  tablePart,
  tablesPart,
  textPart,
  unionPart,
  vectorPart,
} from "./flatbuffer.js";

// https://github.com/apache/arrow/tree/main/format: Schema.fbs, Message.fbs, File.fbs.
const BYTE = numberPart(1);
const SHORT = numberPart(2);
const INT = numberPart(4);
const LONG = numberPart(8);

const keyValue = (): TableShape => [textPart, textPart];
const intType = (): TableShape => [INT, BYTE];
const plain = (): TableShape => [];
const byte = (): TableShape => [BYTE];
const short = (): TableShape => [SHORT];
const int = (): TableShape => [INT];

/** By the numbers of the union `Type`. */
const TYPES: Readonly<Record<number, () => TableShape>> = {
  1: plain, // Null
  2: intType,
  3: short, // FloatingPoint
  4: plain, // Binary
  5: plain, // Utf8
  6: plain, // Bool
  7: () => [INT, INT, INT], // Decimal
  8: short, // Date
  9: () => [SHORT, INT], // Time
  10: () => [SHORT, textPart], // Timestamp
  11: short, // Interval
  12: plain, // List
  13: plain, // Struct
  14: () => [SHORT, vectorPart(4)], // Union
  15: int, // FixedSizeBinary
  16: int, // FixedSizeList
  17: byte, // Map
  18: short, // Duration
  19: plain, // LargeBinary
  20: plain, // LargeUtf8
  21: plain, // LargeList
  22: plain, // RunEndEncoded
  23: plain, // BinaryView
  24: plain, // Utf8View
  25: plain, // ListView
  26: plain, // LargeListView
};

const dictionaryEncoding = (): TableShape => [LONG, tablePart(intType), BYTE, SHORT];
const field = (): TableShape => [
  textPart,
  BYTE,
  BYTE,
  unionPart(TYPES),
  tablePart(dictionaryEncoding),
  tablesPart(field),
  tablesPart(keyValue),
];
const schema = (): TableShape => [SHORT, tablesPart(field), tablesPart(keyValue), vectorPart(8)];
const bodyCompression = (): TableShape => [BYTE, BYTE];
/** Nodes and buffers are structs of two numbers of 8 bytes. */
const recordBatch = (): TableShape => [
  LONG,
  vectorPart(16),
  vectorPart(16),
  tablePart(bodyCompression),
  vectorPart(8),
];
const dictionaryBatch = (): TableShape => [LONG, tablePart(recordBatch), BYTE];

/** Before each batch, and before a stream. */
export const MESSAGE: TableShape = [
  SHORT,
  BYTE,
  unionPart({ 1: schema, 2: dictionaryBatch, 3: recordBatch }),
  LONG,
  tablesPart(keyValue),
];

/** At a file's end: blocks are structs of 24 bytes. */
export const FOOTER: TableShape = [
  SHORT,
  tablePart(schema),
  vectorPart(24),
  vectorPart(24),
  tablesPart(keyValue),
];
