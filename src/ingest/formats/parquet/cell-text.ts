import type { Raw } from "./encodings.js";
import type { Logical, SchemaElement, TimeUnit } from "./footer.js";

type ToText = (raw: Raw) => string;

/**
 * How a column's values read as text: what a CSV of the same values would hold, every digit of it.
 * @returns what is wrong, in words that follow the column's name, where no text says the same
 */
export function textReader(element: SchemaElement, nested: boolean): ToText | { refused: string } {
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
  if (name === "LIST") return "lists";
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
  INT96: (raw) => {
    const bytes = raw as Buffer;
    const day = BigInt(bytes.readInt32LE(8)) - 2_440_588n;
    return timestampText(day * 86_400n * 10n ** 9n + bytes.readBigInt64LE(0), "NANOS", true);
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
    return (raw) => decimalText(unscaled(raw), scale);
  },
  TIMESTAMP: ({ type }, logical) => {
    const { unit, utc } = logical!;
    return type === "INT64" && unit ? (raw) => timestampText(raw as bigint, unit, utc === true) : null;
  },
};

/** Big-endian two's complement, of any length. */
function unscaled(raw: Raw): bigint {
  if (!Buffer.isBuffer(raw)) return BigInt(raw as number | bigint);
  if (raw.length === 0) return 0n;
  return BigInt.asIntN(raw.length * 8, BigInt(`0x${raw.toString("hex")}`));
}

function decimalText(value: bigint, scale: number): string {
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  return `${value < 0n ? "-" : ""}${whole}${scale > 0 ? `.${digits.slice(-scale)}` : ""}`;
}

function halfFloat(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const DAY_SECONDS = 86_400n;
const PER_SECOND: Record<TimeUnit, bigint> = { MILLIS: 1_000n, MICROS: 1_000_000n, NANOS: 1_000_000_000n };

/**
 * The instant as ISO 8601 writes it, in milliseconds and in as many digits more as it has; the day alone at midnight,
 * as pandas writes dates. What some clock showed has no Z.
 */
function timestampText(value: bigint, unit: TimeUnit, utc: boolean): string {
  const per = PER_SECOND[unit];
  const seconds = floorDiv(value, per);
  const fraction = value - seconds * per;
  const day = floorDiv(seconds, DAY_SECONDS);
  const ofDay = Number(seconds - day * DAY_SECONDS);
  const date = dayText(Number(day));
  if (ofDay === 0 && fraction === 0n) return date;
  const two = (part: number) => String(part).padStart(2, "0");
  const time = [Math.floor(ofDay / 3600), Math.floor(ofDay / 60) % 60, ofDay % 60].map(two).join(":");
  const digits = String(fraction).padStart(String(per).length - 1, "0");
  return `${date}T${time}.${digits.replace(/(...)(?:000)+$/, "$1")}${utc ? "Z" : ""}`;
}

const floorDiv = (a: bigint, b: bigint): bigint => (a - (((a % b) + b) % b)) / b;

/** Days since 1970; what no calendar of ours has is no date to any column either. */
function dayText(day: number): string {
  const date = new Date(day * 86_400_000);
  return Number.isNaN(date.getTime()) ? `day ${day}` : date.toISOString().slice(0, -14);
}
