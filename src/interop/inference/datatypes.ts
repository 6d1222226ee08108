import type { ColumnType } from "../../definitions/language/column.js";
import { factsOf } from "../../definitions/language/column-types/registry.js";

/** What one element of a tensor is here; null: it is missing. A whole number of more digits than a double has is text. */
export type TensorCell = number | boolean | string | null;

/** A datatype of the Open Inference Protocol. */
export interface Datatype {
  /** Of one element; null: each begins with its own length. */
  readonly bytes: number | null;
  /** Of raw bytes, little-endian. */
  read(raw: Buffer, at: number): TensorCell;
  /** Of JSON; undefined: it is none of this type. */
  ofJson(value: unknown): TensorCell | undefined;
  readonly words: string;
}

const whole = (
  bytes: 1 | 2 | 4,
  read: "readIntLE" | "readUIntLE",
  least: number,
  most: number,
): Datatype => ({
  bytes,
  read: (raw, at) => raw[read](at, bytes),
  ofJson: (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? (value as number)
      : undefined,
  words: `a whole number from ${least} to ${most}`,
});

const signed = (bytes: 1 | 2 | 4) =>
  whole(bytes, "readIntLE", -(2 ** (8 * bytes - 1)), 2 ** (8 * bytes - 1) - 1);
const unsigned = (bytes: 1 | 2 | 4) => whole(bytes, "readUIntLE", 0, 2 ** (8 * bytes) - 1);

const exactly = (value: bigint): TensorCell => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
};
const long = (read: "readBigInt64LE" | "readBigUInt64LE", words: string): Datatype => ({
  bytes: 8,
  read: (raw, at) => exactly(raw[read](at)),
  ofJson: (value) =>
    Number.isSafeInteger(value) || (typeof value === "string" && /^-?\d{1,20}$/.test(value))
      ? (value as TensorCell)
      : undefined,
  words,
});

/** NaN is how a number is missing. */
const numberOrNull = (value: number): TensorCell => (Number.isNaN(value) ? null : value);
const floating = (bytes: 2 | 4 | 8, read: (raw: Buffer, at: number) => number): Datatype => ({
  bytes,
  read: (raw, at) => numberOrNull(read(raw, at)),
  ofJson: (value) => (typeof value === "number" ? numberOrNull(value) : undefined),
  words: "a number",
});

/** IEEE 754 half precision: 5 bits of exponent, 10 of fraction. */
function readHalf(raw: Buffer, at: number): number {
  const bits = raw.readUInt16LE(at);
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

/** Every datatype that is read. */
export const datatypes: ReadonlyMap<string, Datatype> = new Map(
  Object.entries({
    BOOL: {
      bytes: 1,
      read: (raw, at) => raw[at] !== 0,
      ofJson: (value) =>
        typeof value === "boolean" ? value : value === 0 || value === 1 ? value === 1 : undefined,
      words: "true or false",
    },
    UINT8: unsigned(1),
    UINT16: unsigned(2),
    UINT32: unsigned(4),
    UINT64: long("readBigUInt64LE", "a whole number of 64 bits that is not negative"),
    INT8: signed(1),
    INT16: signed(2),
    INT32: signed(4),
    INT64: long("readBigInt64LE", "a whole number of 64 bits, as text where a double cannot hold it"),
    FP16: floating(2, readHalf),
    FP32: floating(4, (raw, at) => raw.readFloatLE(at)),
    FP64: floating(8, (raw, at) => raw.readDoubleLE(at)),
    BYTES: {
      bytes: null,
      read: (raw) => utf8.decode(raw),
      ofJson: (value) => (typeof value === "string" ? value : undefined),
      words: "text",
    },
  } satisfies Record<string, Datatype>),
);

/** @throws {TypeError} the bytes are no UTF-8 */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What models' inputs and outputs are declared as. */
export type DeclaredDatatype = "FP64" | "INT64" | "BOOL" | "BYTES";

/** What a feature of the type is declared as. Days and instants are text, as in JSON. */
export function datatypeOf(type: ColumnType): DeclaredDatatype {
  const { feature, json, whole } = factsOf(type);
  if (feature !== "numeric") return "BYTES";
  if (json.includes("boolean")) return "BOOL";
  return whole ? "INT64" : "FP64";
}
