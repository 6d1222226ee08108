/**
 * Parquet files byte by byte: what no writer would write, too. A struct of Thrift is its fields by number, each a
 * value of a kind that its JavaScript type tells.
 */
export type Thrift = boolean | number | bigint | string | Buffer | Thrift[] | Struct;
export interface Struct {
  [field: number]: Thrift | undefined;
}

export interface RawPage {
  values: number;
  bytes: Buffer;
  /** PLAIN unless given, by the number parquet.thrift gives it. */
  encoding?: number;
  dictionary?: boolean;
  /** Said instead of what is so. */
  size?: number;
  unpacked?: number;
}
export interface RawColumn {
  /** Fields of SchemaElement beside the name; 3: its repetition, REQUIRED unless given. */
  element: Struct;
  name: string;
  pages: RawPage[];
  values?: number;
  /** Elements below it. */
  below?: Struct[];
  codec?: number;
}

const varint = (value: bigint): number[] =>
  value < 0x80n ? [Number(value)] : [Number(value & 0x7fn) | 0x80, ...varint(value >> 7n)];
const zigzag = (value: bigint) => varint(value < 0n ? -value * 2n - 1n : value * 2n);

const kindOf = (value: Thrift): number => {
  if (typeof value === "boolean") return value ? 1 : 2;
  if (typeof value === "number") return 5;
  if (typeof value === "bigint") return 6;
  if (typeof value === "string" || Buffer.isBuffer(value)) return 8;
  return Array.isArray(value) ? 9 : 12;
};

export function thrift(struct: Struct): Buffer {
  const parts: Buffer[] = [];
  for (const [id, value] of Object.entries(struct)) {
    if (value === undefined) continue;
    parts.push(Buffer.from([kindOf(value), ...zigzag(BigInt(id))]), valueBytes(value));
  }
  return Buffer.concat([...parts, Buffer.from([0])]);
}

function valueBytes(value: Thrift): Buffer {
  if (typeof value === "boolean") return Buffer.alloc(0);
  if (typeof value === "number" || typeof value === "bigint") return Buffer.from(zigzag(BigInt(value)));
  if (typeof value === "string" || Buffer.isBuffer(value)) {
    const bytes = Buffer.from(value as string);
    return Buffer.concat([Buffer.from(varint(BigInt(bytes.length))), bytes]);
  }
  if (!Array.isArray(value)) return thrift(value);
  const kind = value.length === 0 ? 12 : kindOf(value[0]!);
  return Buffer.concat([
    Buffer.from([0xf0 | kind, ...varint(BigInt(value.length))]),
    ...value.map(valueBytes),
  ]);
}

/** One row group of these columns. */
export function parquetFile(columns: readonly RawColumn[], rows: number, metadata: Struct = {}): Buffer {
  const parts: Buffer[] = [Buffer.from("PAR1")];
  let at = 4;
  const chunks = columns.map(({ element, name, pages, values, codec = 0 }) => {
    const start = at;
    for (const page of pages) {
      const { bytes, encoding = 0, size = bytes.length, unpacked = size } = page;
      const header = page.dictionary
        ? { 1: 2, 2: unpacked, 3: size, 7: { 1: page.values, 2: encoding } }
        : { 1: 0, 2: unpacked, 3: size, 5: { 1: page.values, 2: encoding, 3: 3, 4: 3 } };
      parts.push(thrift(header), bytes);
      at += thrift(header).length + bytes.length;
    }
    const length = BigInt(at - start);
    const meta = { 1: element[1] ?? 6, 2: [0], 3: [name], 4: codec, 5: BigInt(values ?? rows), 6: length };
    return { 2: BigInt(start), 3: { ...meta, 7: length, 9: BigInt(start) } };
  });
  const schema = columns.flatMap(({ element, name, below = [] }) => [
    { 3: 0, ...element, 4: name },
    ...below,
  ]);
  const footer = thrift({
    ...{ 1: 1, 2: [{ 4: "schema", 5: columns.length }, ...schema], 3: BigInt(rows) },
    4: [{ 1: chunks, 2: BigInt(at), 3: BigInt(rows) }],
    ...metadata,
  });
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([...parts, footer, length, Buffer.from("PAR1")]);
}

export const int32 = (...values: number[]) => Buffer.from(new Int32Array(values).buffer);
export const int64 = (...values: bigint[]) => Buffer.from(new BigInt64Array(values).buffer);
export const texts = (...values: (string | Buffer)[]) =>
  Buffer.concat(values.flatMap((value) => [int32(Buffer.byteLength(value)), Buffer.from(value as string)]));
