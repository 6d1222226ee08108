import { type Data, type DataType, DateUnit, Type, TimeUnit as Unit, Vector } from "apache-arrow";
import {
  dayText,
  halfFloat,
  type JsonForm,
  listText,
  scaledText,
  type TimeUnit,
  timestampText,
} from "../value-text.js";

/** The text of a row's value; null where there is none. */
export type ReadColumn = (row: number) => string | null;

/** Of a column's buffers as the library gives them. */
interface Buffers {
  type: DataType;
  length: number;
  offset: number;
  nullBitmap?: Uint8Array | null;
  values: unknown;
  valueOffsets: Int32Array | BigInt64Array;
  children: Data[];
  dictionary?: Vector;
}
type Read = (buffers: Buffers, whole: boolean) => (at: number) => string;

/** What is known of a type of Arrow: how it is read, and how its values stand in a list. */
interface ArrowType {
  readonly form: JsonForm;
  readonly read: Read;
}

const numbers =
  (textOf: (value: number | bigint) => string): Read =>
  ({ values }) => {
    const typed = values as Float64Array | BigInt64Array;
    return (at) => textOf(typed[at]!);
  };

const KEPT_BYTES = 64;

/** Bytes as text, found by their offsets. */
const variable: Read = ({ values, valueOffsets, length }) => {
  const bytes = values as Uint8Array;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  requireOffsets(valueOffsets, length, text.length);
  return (at) => text.toString("utf8", Number(valueOffsets[at]), Number(valueOffsets[at + 1]));
};

const views: Read = (data) => {
  const vector = new Vector([data as unknown as Data]);
  return (at) => {
    const value = vector.get(at) as string | Uint8Array;
    return typeof value === "string" ? value : Buffer.from(value).toString();
  };
};

const UNITS: Record<Unit, TimeUnit> = {
  [Unit.SECOND]: "SECONDS",
  [Unit.MILLISECOND]: "MILLIS",
  [Unit.MICROSECOND]: "MICROS",
  [Unit.NANOSECOND]: "NANOS",
};
const DAY_MS = 86_400_000n;

/** Little-endian two's complement. */
function wide(words: Uint32Array, at: number, perValue: number): bigint {
  let value = 0n;
  for (let word = perValue - 1; word >= 0; word--)
    value = (value << 32n) | BigInt(words[at * perValue + word]!);
  return BigInt.asIntN(perValue * 32, value);
}

const TYPES: Readonly<Partial<Record<Type, ArrowType>>> = {
  [Type.Null]: { form: "text", read: () => () => "" },
  [Type.Bool]: {
    form: "boolean",
    read: ({ values, offset }) => {
      const bits = values as Uint8Array;
      return (at) => (isSet(bits, offset + at) ? "True" : "False");
    },
  },
  [Type.Int]: { form: "number", read: numbers(String) },
  [Type.Float]: {
    form: "number",
    read: (data) =>
      data.values instanceof Uint16Array
        ? numbers((bits) => String(halfFloat(Number(bits))))(data, false)
        : numbers(String)(data, false),
  },
  [Type.Utf8]: { form: "text", read: variable },
  [Type.LargeUtf8]: { form: "text", read: variable },
  [Type.Binary]: { form: "text", read: variable },
  [Type.LargeBinary]: { form: "text", read: variable },
  [Type.Utf8View]: { form: "text", read: views },
  [Type.BinaryView]: { form: "text", read: views },
  [Type.Decimal]: {
    form: "number",
    read: ({ type, values }) => {
      const { scale, bitWidth } = type as unknown as { scale: number; bitWidth: number };
      const words = values as Uint32Array;
      if (scale < -1_000 || scale > 1_000) throw new Error(`a decimal of the scale ${scale}`);
      return (at) => {
        const value = wide(words, at, bitWidth / 32);
        return scale < 0 ? scaledText(value * 10n ** BigInt(-scale), 0) : scaledText(value, scale);
      };
    },
  },
  [Type.Date]: {
    form: "text",
    read: ({ type, values }, whole) => {
      const typed = values as Int32Array | BigInt64Array;
      if ((type as unknown as { unit: DateUnit }).unit === DateUnit.DAY)
        return (at) => dayText(Number(typed[at]!));
      return (at) => {
        const ms = BigInt(typed[at]!);
        return ms % DAY_MS === 0n ? dayText(Number(ms / DAY_MS)) : timestampText(ms, "MILLIS", false, whole);
      };
    },
  },
  [Type.Timestamp]: {
    form: "text",
    read: ({ type, values }, whole) => {
      const { unit, timezone } = type as unknown as { unit: Unit; timezone?: string | null };
      const typed = values as BigInt64Array;
      // With a zone it is an instant, whatever zone that is; without, what some clock showed.
      return (at) => timestampText(BigInt(typed[at]!), UNITS[unit], Boolean(timezone), whole);
    },
  },
};

const NAMES: Readonly<Partial<Record<Type, string>>> = {
  [Type.Time]: "times of day",
  [Type.Duration]: "durations",
  [Type.Interval]: "intervals",
  [Type.Struct]: "structs",
  [Type.Map]: "maps",
  [Type.Union]: "unions",
  [Type.FixedSizeBinary]: "bytes of one length",
};
const LISTS: readonly Type[] = [Type.List, Type.LargeList, Type.FixedSizeList];

/** Why there is no text that says the same as values of a type, in words that follow the column's name; or null. */
export function refusalOf(type: DataType, inList = false): string | null {
  const id = type.typeId;
  if (id === Type.Dictionary)
    return refusalOf((type as DataType & { dictionary: DataType }).dictionary, inList);
  if (LISTS.includes(id))
    return inList
      ? "holds lists of lists"
      : refusalOf((type as DataType & { valueType: DataType }).valueType, true);
  if (TYPES[id]) return null;
  return `holds ${inList ? "lists of " : ""}${NAMES[id] ?? `values of the type ${type}`}`;
}

/**
 * @param whole whether a midnight is written with its time
 * @throws {Error} the buffers are shorter than the rows
 */
export function readerOf(data: Data, rows: number, whole: boolean): ReadColumn {
  const buffers = data as unknown as Buffers;
  if (buffers.length < rows) throw new Error(`a column has ${buffers.length} values of ${rows} rows`);
  const read = valuesOf(buffers, whole);
  const { nullBitmap, offset } = buffers;
  if (data.type.typeId === Type.Null) return () => null;
  if (!nullBitmap || nullBitmap.length === 0) return read;
  if (nullBitmap.length * 8 < offset + rows)
    throw new Error("a column says of too few rows whether they are empty");
  return (row) => (isSet(nullBitmap, offset + row) ? read(row) : null);
}

function valuesOf(data: Buffers, whole: boolean): (at: number) => string {
  const { type } = data;
  if (LISTS.includes(type.typeId)) return listsOf(data, whole);
  if (type.typeId === Type.Dictionary) return wordsOf(data, whole);
  requireValues(data);
  return TYPES[type.typeId]!.read(data, whole);
}

function listsOf({ type, valueOffsets, length, children }: Buffers, whole: boolean): (at: number) => string {
  const child = children[0]!;
  const fixed =
    type.typeId === Type.FixedSizeList ? (type as DataType & { listSize: number }).listSize : null;
  if (fixed === null) requireOffsets(valueOffsets, length, child.length);
  else if (fixed < 0 || child.length < fixed * length) throw new Error("a list ends outside its items");
  const read = readerOf(child, child.length, whole);
  const form = formOf(child.type);
  return (at) => {
    const [from, to] =
      fixed === null
        ? [Number(valueOffsets[at]), Number(valueOffsets[at + 1])]
        : [at * fixed, (at + 1) * fixed];
    return listText(
      Array.from({ length: to - from }, (_, i) => read(from + i)),
      form,
    );
  };
}

function wordsOf(data: Buffers, whole: boolean): (at: number) => string {
  requireValues(data);
  const places = data.values as Int32Array;
  const { dictionary } = data;
  if (!dictionary) throw new Error("a column's dictionary is missing");
  const parts = dictionary.data.map((part) => ({
    length: part.length,
    read: readerOf(part, part.length, whole),
  }));
  const kept = new Map<number, string>();
  return (at) => {
    const place = Number(places[at]!);
    const known = kept.get(place);
    if (known !== undefined) return known;
    let [part, within] = [0, place];
    while (part < parts.length && within >= parts[part]!.length) within -= parts[part++]!.length;
    if (within < 0 || part === parts.length) throw new Error("a value is not in its dictionary");
    const text = parts[part]!.read(within) ?? "";
    if (text.length <= KEPT_BYTES && kept.size < MOST_KEPT) kept.set(place, text);
    return text;
  };
}
const MOST_KEPT = 1 << 14;

function formOf(type: DataType): JsonForm {
  if (type.typeId === Type.Dictionary)
    return formOf((type as DataType & { dictionary: DataType }).dictionary);
  return TYPES[type.typeId]?.form ?? "text";
}

const isSet = (bits: Uint8Array, at: number): boolean => ((bits[at >> 3]! >> (at & 7)) & 1) === 1;

/** What is read beyond a buffer would be undefined, and no error. */
function requireValues({ type, values, length, offset }: Buffers): void {
  const id = type.typeId;
  if (id === Type.Null || id === Type.Utf8View || id === Type.BinaryView) return;
  const there = (values as { length?: number } | null)?.length ?? 0;
  const wanted =
    id === Type.Bool
      ? Math.ceil((offset + length) / 8)
      : id === Type.Decimal
        ? length * ((type as unknown as { bitWidth: number }).bitWidth / 32)
        : length;
  if ([Type.Utf8, Type.LargeUtf8, Type.Binary, Type.LargeBinary].includes(id)) return;
  if (there < wanted) throw new Error(`a column has ${there} values of ${wanted}`);
}

function requireOffsets(offsets: Int32Array | BigInt64Array, length: number, end: number): void {
  if (length === 0) return;
  if (offsets.length <= length) throw new Error("a column has fewer offsets than rows");
  let before = 0n;
  for (let i = 0; i <= length; i++) {
    const offset = BigInt(offsets[i]!);
    if (offset < before || offset > BigInt(end)) throw new Error("a value ends outside its column");
    before = offset;
  }
}
