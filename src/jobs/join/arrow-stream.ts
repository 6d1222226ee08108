import {
  Bool,
  type Data,
  type DataType,
  DateDay,
  Field,
  Float64,
  Int32,
  Int64,
  List,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  TimestampMicrosecond,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import type { ColumnType, ColumnValue } from "../../definitions/language/column.js";
import type { ExportColumn, ExportRow } from "../../features/export-rows.js";

/** Rows of one record batch. */
const BATCH_ROWS = 10_000;

/**
 * Rows as an Arrow IPC stream. Decimals are texts, with all their digits.
 * @param write called with the stream's bytes, in order; awaited
 * @param onRows called after each batch
 */
export async function writeArrow(
  columns: readonly ExportColumn[],
  rows: AsyncIterable<ExportRow>,
  write: (bytes: Uint8Array) => Promise<void>,
  onRows: (count: number) => void,
): Promise<void> {
  const schema = new Schema(
    columns.map(({ name, type, required }) => new Field(name, arrowType(type), !required)),
  );
  const writer = new RecordBatchStreamWriter();
  const parts = writer[Symbol.asyncIterator]();
  let group: ColumnValue[][] = columns.map(() => []);
  const pending: Uint8Array[] = [];
  const flush = async () => {
    for (const part of pending.splice(0)) await write(part);
  };
  const drained = (async () => {
    for (let next = await parts.next(); !next.done; next = await parts.next())
      pending.push(next.value as Uint8Array);
  })();
  const finishGroup = async () => {
    const count = group[0]!.length;
    const children = columns.map(({ type }, place) => dataOf(type, group[place]!));
    const data = makeData({ type: new Struct(schema.fields), length: count, nullCount: 0, children });
    writer.write(new RecordBatch(schema, data as never));
    group = columns.map(() => []);
    await flush();
    onRows(count);
  };
  let any = false;
  for await (const row of rows) {
    any = true;
    for (let place = 0; place < columns.length; place++) group[place]!.push(row[place]!);
    if (group[0]!.length === BATCH_ROWS) await finishGroup();
  }
  if (group[0]!.length > 0 || !any) await finishGroup();
  writer.finish();
  await drained;
  await flush();
}

function arrowType(type: ColumnType): DataType {
  if (type === "int") return new Int32();
  if (type === "bigint") return new Int64();
  if (type === "float") return new Float64();
  if (type === "bool") return new Bool();
  if (type === "date") return new DateDay();
  if (type === "timestamp") return new TimestampMicrosecond("UTC");
  if (type.startsWith("vector(")) return new List(new Field("item", new Float64(), false));
  const item = /^list\((.*)\)$/.exec(type)?.[1];
  if (item) return new List(new Field("item", arrowType(item as ColumnType), false));
  return new Utf8();
}

/** Numbers as the arrays that they are kept in: building them value by value takes ten times as long. */
function dataOf(type: ColumnType, values: readonly ColumnValue[]): Data {
  const arrow = arrowType(type) as never;
  const array = FIXED[type as string]?.(values.length);
  if (!array)
    return vectorFromArray(
      values.map((value) => arrowValue(type, value)),
      arrow,
    ).data[0]!;
  const nullBitmap = new Uint8Array(Math.ceil(values.length / 8));
  let nullCount = 0;
  values.forEach((value, row) => {
    if (value === null) nullCount++;
    else {
      nullBitmap[row >> 3]! |= 1 << (row & 7);
      (array as Float64Array)[row] = arrowValue(type, value) as number;
    }
  });
  return makeData({ type: arrow, length: values.length, nullCount, nullBitmap, data: array } as never);
}

const FIXED: Readonly<Record<string, (length: number) => Int32Array | BigInt64Array | Float64Array>> = {
  int: (length) => new Int32Array(length),
  date: (length) => new Int32Array(length),
  bigint: (length) => new BigInt64Array(length),
  timestamp: (length) => new BigInt64Array(length),
  float: (length) => new Float64Array(length),
};

const DAY_MS = 86_400_000;

function arrowValue(type: ColumnType, value: ColumnValue): unknown {
  if (value === null) return null;
  if (typeof value === "object") {
    const item = (/^list\((.*)\)$/.exec(type)?.[1] ?? "float") as ColumnType;
    // Of a list a date is an instant to the builder of lists.
    return value.map((each) => (item === "date" ? new Date(`${each}T00:00:00Z`) : arrowValue(item, each)));
  }
  if (type === "bigint") return BigInt(value as string | number);
  // As in a Parquet file: -0 is 0.
  if (type === "float") return (value as number) + 0;
  if (type === "date") return Date.parse(`${value}T00:00:00Z`) / DAY_MS;
  if (type === "timestamp") return microseconds(String(value));
  return type.startsWith("decimal(") ? String(value) : value;
}

/** As columns have it: `2024-01-31T10:00:00.000000Z`. */
function microseconds(text: string): bigint {
  const [seconds, fraction = ""] = text.replace("Z", "").split(".");
  return BigInt(Date.parse(`${seconds}Z`)) * 1_000n + BigInt(fraction.padEnd(6, "0").slice(0, 6));
}
