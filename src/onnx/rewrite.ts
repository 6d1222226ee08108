import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** One field of a message as it stands in the file, tag and all. */
interface RawField {
  field: number;
  bytes: Uint8Array;
  /** Of a message or a text; of a number nothing. */
  content: Uint8Array;
}

const NOTHING = new Uint8Array();

export type Rewrite = (content: Uint8Array) => Uint8Array;

/** The message with the content of its fields of one number made anew; everything else stays byte for byte. */
export function rewritten(message: Uint8Array, wanted: number, rewrite: Rewrite): Uint8Array {
  const writer = new BinaryWriter();
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const [field, wireType] = reader.tag();
    if (field === wanted && wireType === WireType.LengthDelimited)
      writer.raw(rawField(field, rewrite(reader.bytes())).bytes);
    else {
      reader.skip(wireType);
      writer.raw(message.subarray(start, reader.pos));
    }
  }
  return writer.finish();
}

export function rawFields(message: Uint8Array): RawField[] {
  const fields: RawField[] = [];
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const [field, wireType] = reader.tag();
    const content = wireType === WireType.LengthDelimited ? reader.bytes() : NOTHING;
    if (wireType !== WireType.LengthDelimited) reader.skip(wireType);
    fields.push({ field, content, bytes: message.subarray(start, reader.pos) });
  }
  return fields;
}

/** By number, those of one number in their order. */
export function joined(fields: readonly RawField[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const { bytes } of [...fields].sort((a, b) => a.field - b.field)) writer.raw(bytes);
  return writer.finish();
}

export const rawField = (field: number, content: Uint8Array): RawField => ({
  field,
  content,
  bytes: new BinaryWriter().tag(field, WireType.LengthDelimited).bytes(content).finish(),
});
