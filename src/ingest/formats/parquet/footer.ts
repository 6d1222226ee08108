import type { RandomAccess } from "../file-format.js";
import type { TimeUnit } from "../value-text.js";
import { MalformedError, ThriftReader } from "./thrift.js";

export const PHYSICAL_TYPES = [
  ...["BOOLEAN", "INT32", "INT64", "INT96"],
  ...["FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"],
] as const;
export type PhysicalType = (typeof PHYSICAL_TYPES)[number];

const CODECS = ["UNCOMPRESSED", "SNAPPY", "GZIP", "LZO", "BROTLI", "LZ4", "ZSTD", "LZ4_RAW"] as const;
export type Codec = (typeof CODECS)[number];

/** By the numbers that parquet.thrift gives them. */
const CONVERTED = [
  ...["UTF8", "MAP", "MAP_KEY_VALUE", "LIST", "ENUM", "DECIMAL", "DATE", "TIME_MILLIS", "TIME_MICROS"],
  ...["TIMESTAMP_MILLIS", "TIMESTAMP_MICROS", "UINT_8", "UINT_16", "UINT_32", "UINT_64"],
  ...["INT_8", "INT_16", "INT_32", "INT_64", "JSON", "BSON", "INTERVAL"],
] as const;
const LOGICAL: Record<number, string> = {
  ...{ 1: "STRING", 2: "MAP", 3: "LIST", 4: "ENUM", 5: "DECIMAL", 6: "DATE", 7: "TIME", 8: "TIMESTAMP" },
  ...{ 10: "INTEGER", 11: "NULL", 12: "JSON", 13: "BSON", 14: "UUID", 15: "FLOAT16", 16: "VARIANT" },
  ...{ 17: "GEOMETRY", 18: "GEOGRAPHY" },
};
const UNITS: Record<number, TimeUnit> = { 1: "MILLIS", 2: "MICROS", 3: "NANOS" };

/** What a column's values mean beyond their bytes. */
export interface Logical {
  name: string;
  unit?: TimeUnit;
  /** Instants of UTC; otherwise what some clock showed. */
  utc?: boolean;
  bits?: number;
  signed?: boolean;
}

export interface SchemaElement {
  name: string;
  type: PhysicalType | null;
  length: number;
  repetition: "REQUIRED" | "OPTIONAL" | "REPEATED";
  children: number;
  converted: string | null;
  logical: Logical | null;
  scale: number;
}

/** One column of one row group. */
export interface ChunkPlace {
  codec: Codec;
  values: number;
  start: number;
  end: number;
}

/** A column of a row. */
export interface ParquetColumn {
  element: SchemaElement;
  /** Whether it holds others. */
  nested: boolean;
  /** Where it is a list of single values. */
  list: ListShape | null;
}

/** How the values of a list are found. */
export interface ListShape {
  item: SchemaElement;
  /** Definition levels: of an empty list, of an item that is empty, of one that is not. */
  empty: number;
  present: number;
}

export interface ParquetFooter {
  columns: ParquetColumn[];
  groups: { rows: number; chunks: ChunkPlace[] }[];
  rows: number;
}

const MAGIC = "PAR1";
const MAX_FOOTER_BYTES = 64 << 20;
const MAX_COLUMNS = 20_000;
const MAX_GROUPS = 200_000;
const MAX_CHUNKS = 500_000;

/**
 * What the end of the file says of it, in memory that its length bounds, not its claims.
 * @throws {MalformedError} it is none, or contradicts itself
 */
export async function readFooter(file: RandomAccess, size: number): Promise<ParquetFooter> {
  if (size < 12) throw new MalformedError("it is too short");
  const tail = await readExactly(file, size - 8, 8);
  if (tail.toString("latin1", 4) !== MAGIC) throw new MalformedError(`it does not end in ${MAGIC}`);
  const length = tail.readUInt32LE(0);
  if (length > size - 12) throw new MalformedError("its metadata is longer than the file");
  if (length > MAX_FOOTER_BYTES) {
    throw new MalformedError(`its metadata has ${length} bytes; at most ${MAX_FOOTER_BYTES} are read`);
  }
  return parseFooter(await readExactly(file, size - 8 - length, length), size);
}

/** @throws {MalformedError} the file ends before */
export async function readExactly(file: RandomAccess, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let filled = 0; filled < length; ) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) throw new MalformedError("it ends too early");
    filled += bytesRead;
  }
  return bytes;
}

function parseFooter(bytes: Buffer, size: number): ParquetFooter {
  const reader = new ThriftReader(bytes);
  let schema: SchemaElement[] = [];
  let groups: ParquetFooter["groups"] = [];
  let rows = -1;
  let chunks = 0;
  reader.struct((id) => {
    if (id === 2) {
      schema = reader.list(() => schemaElement(reader), MAX_COLUMNS, "columns");
      return true;
    }
    if (id === 3) {
      rows = reader.number();
      return true;
    }
    if (id !== 4) return undefined;
    groups = reader.list(
      () => {
        const group = rowGroup(reader, size);
        chunks += group.chunks.length;
        if (chunks > MAX_CHUNKS) throw new MalformedError(`it has more than ${MAX_CHUNKS} column chunks`);
        return group;
      },
      MAX_GROUPS,
      "row groups",
    );
    return true;
  });
  const columns = topLevel(schema);
  const counted = groups.reduce((sum, group) => sum + group.rows, 0);
  if (counted !== rows) throw new MalformedError(`its row groups have ${counted} rows, it says ${rows}`);
  return { columns, groups, rows };
}

/** The root's children; what they hold is passed over, however deep. */
function topLevel(schema: readonly SchemaElement[]): ParquetFooter["columns"] {
  const columns: ParquetFooter["columns"] = [];
  let at = 1;
  const wanted = schema[0]?.children ?? 0;
  while (columns.length < wanted && at < schema.length) {
    const element = schema[at]!;
    const first = at;
    let below = element.children;
    for (at++; below > 0 && at < schema.length; at++) below += schema[at]!.children - 1;
    if (below > 0) break;
    const nested = element.children > 0 || element.repetition === "REPEATED";
    columns.push({ element, nested, list: nested ? listShape(schema.slice(first, at)) : null });
  }
  if (columns.length === 0 || columns.length !== wanted || at !== schema.length) {
    throw new MalformedError("its schema contradicts itself");
  }
  return columns;
}

/**
 * Of a column that is a list of single values, in one of the forms that the format's LogicalTypes.md knows: three levels, the
 * two of older writers, or a repeated value.
 */
function listShape([outer, repeated, item, ...more]: readonly SchemaElement[]): ListShape | null {
  if (!outer || more.length > 0) return null;
  if (!repeated) return outer.repetition === "REPEATED" ? { item: outer, empty: 0, present: 1 } : null;
  const isList = outer.converted === "LIST" || outer.logical?.name === "LIST";
  if (!isList || outer.repetition === "REPEATED" || repeated.repetition !== "REPEATED") return null;
  const empty = outer.repetition === "OPTIONAL" ? 1 : 0;
  if (!item) return repeated.children === 0 ? { item: repeated, empty, present: empty + 1 } : null;
  // A list of structs of one member, as its name says.
  if (repeated.name === "array" || repeated.name === `${outer.name}_tuple`) return null;
  if (item.children > 0 || item.repetition === "REPEATED") return null;
  return { item, empty, present: empty + (item.repetition === "OPTIONAL" ? 2 : 1) };
}

function schemaElement(reader: ThriftReader): SchemaElement {
  const element: SchemaElement = {
    ...{ name: "", type: null, length: 0, repetition: "REQUIRED", children: 0 },
    ...{ converted: null, logical: null, scale: 0 },
  };
  reader.struct((id) => {
    if (id === 1) element.type = named(PHYSICAL_TYPES, reader.number(), "type");
    else if (id === 2) element.length = reader.number();
    else if (id === 3)
      element.repetition = named(["REQUIRED", "OPTIONAL", "REPEATED"], reader.number(), "repetition");
    else if (id === 4) element.name = reader.text();
    else if (id === 5) element.children = atLeast(0, reader.number());
    else if (id === 6) element.converted = named(CONVERTED, reader.number(), "converted type");
    else if (id === 7) element.scale = reader.number();
    else if (id === 10) element.logical = logicalType(reader);
    else return undefined;
    return true;
  });
  return element;
}

/** A union: the field that is there names it. */
function logicalType(reader: ThriftReader): Logical {
  const logical: Logical = { name: "UNKNOWN" };
  reader.struct((id) => {
    logical.name = LOGICAL[id] ?? `number ${id}`;
    if (id === 7 || id === 8) {
      reader.struct((part, type) => {
        if (part === 1) logical.utc = type === 1;
        if (part !== 2) return undefined;
        reader.struct((unit) => {
          logical.unit = UNITS[unit];
          return undefined;
        });
        return true;
      });
      return true;
    }
    if (id !== 10) return undefined;
    reader.struct((part, type) => {
      if (part === 2) logical.signed = type === 1;
      if (part !== 1) return undefined;
      logical.bits = reader.byte();
      return true;
    });
    return true;
  });
  return logical;
}

function rowGroup(reader: ThriftReader, size: number): ParquetFooter["groups"][number] {
  let chunks: ChunkPlace[] = [];
  let rows = -1;
  reader.struct((id) => {
    if (id === 1)
      chunks = reader.list(() => columnChunk(reader, size), MAX_COLUMNS, "columns in a row group");
    else if (id === 3) rows = atLeast(0, reader.number());
    else return undefined;
    return true;
  });
  if (rows < 0) throw new MalformedError("a row group does not say how many rows it has");
  return { rows, chunks };
}

function columnChunk(reader: ThriftReader, size: number): ChunkPlace {
  let codec: Codec | null = null;
  let [values, bytes, data, dictionary] = [-1, -1, -1, 0];
  reader.struct((id) => {
    if (id === 1) throw new MalformedError("its columns lie in other files");
    if (id === 8 || id === 9) throw new MalformedError("it is encrypted");
    if (id !== 3) return undefined;
    reader.struct((part) => {
      if (part === 4) codec = named(CODECS, reader.number(), "compression");
      else if (part === 5) values = reader.number();
      else if (part === 7) bytes = reader.number();
      else if (part === 9) data = reader.number();
      else if (part === 11) dictionary = reader.number();
      else return undefined;
      return true;
    });
    return true;
  });
  const start = dictionary > 0 ? Math.min(dictionary, data) : data;
  if (codec === null || start < 4 || bytes < 0 || start + bytes > size - 8) {
    throw new MalformedError("a column lies outside the file");
  }
  return { codec, values, start, end: start + bytes };
}

function named<const Names extends readonly string[]>(
  names: Names,
  index: number,
  what: string,
): Names[number] {
  const name = names[index];
  if (name === undefined) throw new MalformedError(`it has a ${what} that is not known, number ${index}`);
  return name;
}

function atLeast(least: number, value: number): number {
  if (value < least) throw new MalformedError(`${value} is no count`);
  return value;
}
