import type { SchemaElement } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { ColumnType, ColumnValue } from "../definitions/language/column.js";
import type { ExportColumn, ExportRow } from "./export-rows.js";

/** Held in memory at a time, and encoded in one go. */
const ROW_GROUP = 25_000;
const DAY_MS = 86_400_000;

const TYPES: Record<ColumnType, Pick<SchemaElement, "type" | "converted_type">> = {
  int: { type: "INT32" },
  float: { type: "DOUBLE" },
  bool: { type: "BOOLEAN" },
  string: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  date: { type: "INT32", converted_type: "DATE" },
};

/**
 * Rows as one Parquet file, in row groups of 25 000, Snappy: 32-bit integers, doubles, booleans, UTF-8 text, dates;
 * nulls are nulls. Streams; equal rows have equal bytes.
 * @param write told of the file's bytes, in order; awaited
 * @param onRows told of each row group that is written
 */
export async function writeParquet(
  columns: readonly ExportColumn[],
  rows: AsyncIterable<ExportRow>,
  write: (bytes: Uint8Array) => Promise<void>,
  onRows: (count: number) => void,
): Promise<void> {
  const bytes = new ByteWriter();
  const flush = async () => {
    const made = bytes.getBytes().slice();
    bytes.index = 0;
    await write(made);
  };
  const parquet = new ParquetWriter({ writer: bytes, schema: schemaOf(columns), createdBy: "asof" });
  const empty = (): ColumnValue[][] => columns.map(() => []);
  let group = empty();
  const finishGroup = async () => {
    const count = group[0]!.length;
    if (count === 0) return;
    const columnData = columns.map(({ name, type }, i) => ({
      name,
      data: type === "date" ? group[i]!.map(dayNumber) : group[i]!,
      offsetIndex: false,
    }));
    await parquet.write({ columnData, rowGroupSize: ROW_GROUP });
    group = empty();
    await flush();
    onRows(count);
  };
  for await (const row of rows) {
    for (let i = 0; i < columns.length; i++) group[i]!.push(row[i]!);
    if (group[0]!.length === ROW_GROUP) await finishGroup();
  }
  await finishGroup();
  await parquet.finish();
  await flush();
}

function schemaOf(columns: readonly ExportColumn[]): SchemaElement[] {
  return [
    { name: "root", num_children: columns.length },
    ...columns.map(({ name, type, required }) => ({
      name,
      ...TYPES[type],
      repetition_type: required ? ("REQUIRED" as const) : ("OPTIONAL" as const),
    })),
  ];
}

const dayNumber = (value: ColumnValue): number | null =>
  value === null ? null : Date.parse(`${value}T00:00:00Z`) / DAY_MS;
