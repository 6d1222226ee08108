import { dayText, halfFloat, type JsonForm, scaledText, timestampText } from "../value-text.js";
import type { Raw } from "./encodings.js";
import type { Logical, ParquetColumn, SchemaElement } from "./footer.js";

/** @param whole whether a midnight is written with its time */
type ToText = (raw: Raw, whole: boolean) => string;

/**
 * How a column's values read as text: what a CSV of the same values would hold, every digit of it.
 * @returns what is wrong, in words that follow the column's name, where no text says the same
 */
export function textReader({ element, nested, list }: ParquetColumn): ToText | { refused: string } {
  if (list) {
    const read = textReader({ element: list.item, nested: false, list: null });
    return typeof read === "function" ? read : { refused: read.refused.replace("holds ", "holds lists of ") };
  }
  if (nested) return { refused: `holds ${nestedWords(element)}` };
  const { type, converted, logical } = element;
  const name = logical?.name ?? LOGICAL_OF[converted ?? ""]?.name ?? converted ?? "";
  const refused = REFUSED[name];
  if (refused) return { refused };
  const read = READERS[name]?.(element, logical ?? LOGICAL_OF[converted ?? ""] ?? null);
  if (read) return read;
  return name === "" && type !== null ? PHYSICAL[type] : { refused: `has the type ${name} on ${type}` };
}

function nestedWords({ converted, logical, repetition, children }: SchemaElement): string {
  const name = logical?.name ?? converted;
  if (name === "LIST") return "lists of lists or of structs";
  if (name === "MAP" || name === "MAP_KEY_VALUE") return "maps";
  if (name === "VARIANT") return "variants";
  return repetition === "REPEATED" && children === 0 ? "lists" : "structs";
}

const REFUSED: Record<string, string> = {
  TIME: "holds times of day",
  TIME_MILLIS: "holds times of day",
  TIME_MICROS: "holds times of day",
  INTERVAL: "holds intervals",
  BSON: "holds BSON",
  VARIANT: "holds variants",
  GEOMETRY: "holds geometries",
  GEOGRAPHY: "holds geographies",
};

/** What older files say in one word. */
const LOGICAL_OF: Record<string, Logical> = {
  UTF8: { name: "STRING" },
  TIMESTAMP_MILLIS: { name: "TIMESTAMP", unit: "MILLIS", utc: true },
  TIMESTAMP_MICROS: { name: "TIMESTAMP", unit: "MICROS", utc: true },
  ...Object.fromEntries(
    [8, 16, 32, 64].flatMap((bits) => [
      [`INT_${bits}`, { name: "INTEGER", bits, signed: true }],
      [`UINT_${bits}`, { name: "INTEGER", bits, signed: false }],
    ]),
  ),
};

const utf8: ToText = (raw) => (raw as Buffer).toString();

const PHYSICAL: Record<NonNullable<SchemaElement["type"]>, ToText> = {
  BOOLEAN: (raw) => (raw ? "True" : "False"),
  INT32: String,
  INT64: String,
  FLOAT: String,
  DOUBLE: String,
  BYTE_ARRAY: utf8,
  FIXED_LEN_BYTE_ARRAY: utf8,
  // Nothing else was ever kept so: nanoseconds of the day, then the Julian day.
  INT96: (raw, whole) => {
    const bytes = raw as Buffer;
    const day = BigInt(bytes.readInt32LE(8)) - 2_440_588n;
    return timestampText(day * 86_400n * 10n ** 9n + bytes.readBigInt64LE(0), "NANOS", true, whole);
  },
};

type Reader = (element: SchemaElement, logical: Logical | null) => ToText | null;

const textual: Reader = ({ type }) =>
  type === "BYTE_ARRAY" || type === "FIXED_LEN_BYTE_ARRAY" ? utf8 : null;

const READERS: Record<string, Reader> = {
  STRING: textual,
  ENUM: textual,
  JSON: textual,
  UUID: ({ type, length }) =>
    type === "FIXED_LEN_BYTE_ARRAY" && length === 16
      ? (raw) => (raw as Buffer).toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")
      : null,
  FLOAT16: ({ type, length }) =>
    type === "FIXED_LEN_BYTE_ARRAY" && length === 2
      ? (raw) => String(halfFloat((raw as Buffer).readUInt16LE(0)))
      : null,
  DATE: ({ type }) => (type === "INT32" ? (raw) => dayText(raw as number) : null),
  // A column of nothing but nulls.
  NULL: () => String,
  INTEGER: ({ type }, logical) => {
    if (type !== "INT32" && type !== "INT64") return null;
    if (logical?.signed !== false) return String;
    return type === "INT32"
      ? (raw) => String((raw as number) >>> 0)
      : (raw) => String(BigInt.asUintN(64, raw as bigint));
  },
  DECIMAL: ({ type, scale }) => {
    if (type === "FLOAT" || type === "DOUBLE" || type === "BOOLEAN" || type === "INT96") return null;
    if (scale < 0 || scale > 1_000) return null;
    return (raw) => scaledText(unscaled(raw), scale);
  },
  TIMESTAMP: ({ type }, logical) => {
    const { unit, utc } = logical!;
    if (type !== "INT64" || !unit) return null;
    return (raw, whole) => timestampText(raw as bigint, unit, utc === true, whole);
  },
};

/** Big-endian two's complement, of any length. */
function unscaled(raw: Raw): bigint {
  if (!Buffer.isBuffer(raw)) return BigInt(raw as number | bigint);
  if (raw.length === 0) return 0n;
  return BigInt.asIntN(raw.length * 8, BigInt(`0x${raw.toString("hex")}`));
}

/** How its values stand in a list. */
export function formOf({ type, converted, logical }: SchemaElement): JsonForm {
  const name = logical?.name ?? LOGICAL_OF[converted ?? ""]?.name ?? converted ?? "";
  if (type === "BOOLEAN") return "boolean";
  if (name === "DECIMAL" || name === "INTEGER" || name === "FLOAT16") return "number";
  return name === "" && type !== null && NUMBERS.includes(type) ? "number" : "text";
}
const NUMBERS: readonly string[] = ["INT32", "INT64", "FLOAT", "DOUBLE"];
