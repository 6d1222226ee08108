import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

export type MessageReader = (bytes: Uint8Array) => unknown;

/** Of nodes, names, attributes and so on; each takes many times the memory that it has bytes in the file. */
const MAX_PARTS = 500_000;
/** Of the file that is being read: reading is synchronous. */
let parts = 0;

/** From here on the parts are those of another file. */
export function beginFile(): void {
  parts = 0;
}

const decoder = new TextDecoder();
export const toText = (bytes: Uint8Array): string => decoder.decode(bytes);
export const readFloat = (reader: BinaryReader): number => reader.float();
export const readInt64 = (reader: BinaryReader): number => Number(reader.int64());

export function textsOf(bytes: Uint8Array, wanted: number): string[] {
  const texts: string[] = [];
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === wanted && wireType === WireType.LengthDelimited) texts.push(toText(reader.bytes()));
    else reader.skip(wireType);
  }
  return texts;
}

/** The content of a field; of one that is written several times the last. */
export function exactBytes(bytes: Uint8Array, wanted: number): Uint8Array | null {
  let content: Uint8Array | null = null;
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === wanted && wireType === WireType.LengthDelimited) content = reader.bytes();
    else reader.skip(wireType);
  }
  return content;
}

/** A whole number that is not repeated. */
export const varintOf = (bytes: Uint8Array, wanted: number): number | undefined =>
  numbersOf(bytes, wanted, readInt64).at(-1);

/** A repeated number may be packed into one field or written one by one. */
export function numbersOf(
  bytes: Uint8Array,
  wanted: number,
  read: (reader: BinaryReader) => number,
): number[] {
  const numbers: number[] = [];
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field !== wanted) {
      reader.skip(wireType);
      continue;
    }
    const end = wireType === WireType.LengthDelimited ? reader.uint32() + reader.pos : reader.pos + 1;
    while (reader.pos < end) numbers.push(read(reader));
  }
  return numbers;
}

/** Calls the readers of the message's fields with a view of theirs; all others, weights above all, are passed over. */
export function eachField(
  bytes: Uint8Array,
  messages: Record<number, MessageReader>,
  numbers: Record<number, (value: number) => unknown> = {},
): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    const message = messages[field];
    const number = numbers[field];
    if (message && wireType === WireType.LengthDelimited) {
      const length = reader.uint32();
      const end = reader.pos + length;
      if (end > reader.len) throw new Error(`field ${field} ends after its message`);
      if (++parts > MAX_PARTS) throw new Error(`the model has more than ${MAX_PARTS} parts`);
      message(bytes.subarray(end - length, end));
      reader.pos = end;
    } else if (number && wireType === WireType.Varint) number(Number(reader.int64()));
    else reader.skip(wireType);
    if (reader.pos > reader.len) throw new Error(`field ${field} ends after its message`);
  }
}
