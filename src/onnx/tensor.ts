import type { BinaryReader } from "@bufbuild/protobuf/wire";
import { ELEMENT_TYPE, TENSOR } from "./fields.js";
import { exactBytes, numbersOf, readFloat, readInt64, varintOf } from "./wire.js";

const readDouble = (reader: BinaryReader): number => reader.double();

/** How a type's values are written: in a field of their own, or in `raw_data`, little endian. */
interface Encoding {
  field: number;
  read(reader: BinaryReader): number;
  width: number;
  raw(view: DataView, at: number): number;
}

const float: Encoding = {
  field: TENSOR.floats,
  read: readFloat,
  width: 4,
  raw: (view, at) => view.getFloat32(at, true),
};
const whole = (field: number, width: number, raw: Encoding["raw"]): Encoding => ({
  field,
  read: readInt64,
  width,
  raw,
});
const ENCODINGS: Readonly<Record<number, Encoding>> = {
  [ELEMENT_TYPE.float32]: float,
  [ELEMENT_TYPE.float64]: {
    field: TENSOR.doubles,
    read: readDouble,
    width: 8,
    raw: (view, at) => view.getFloat64(at, true),
  },
  [ELEMENT_TYPE.int64]: whole(TENSOR.longs, 8, (view, at) => Number(view.getBigInt64(at, true))),
  [ELEMENT_TYPE.int32]: whole(TENSOR.ints, 4, (view, at) => view.getInt32(at, true)),
  [ELEMENT_TYPE.uint8]: whole(TENSOR.ints, 1, (view, at) => view.getUint8(at)),
  [ELEMENT_TYPE.bool]: whole(TENSOR.ints, 1, (view, at) => view.getUint8(at)),
};

/** The values of a TensorProto; null of another type. */
export function tensorNumbers(tensor: Uint8Array): number[] | null {
  const encoding = ENCODINGS[varintOf(tensor, TENSOR.type) ?? 0];
  if (!encoding) return null;
  const raw = exactBytes(tensor, TENSOR.raw);
  if (!raw) return numbersOf(tensor, encoding.field, encoding.read);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return Array.from({ length: Math.floor(raw.byteLength / encoding.width) }, (_, k) =>
    encoding.raw(view, k * encoding.width),
  );
}
