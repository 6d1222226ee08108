import { setImmediate } from "node:timers/promises";
import type { SchemaElement } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type {
  ColumnTypeFacts,
  ColumnValue,
  Scalar,
} from "../definitions/language/column-types/column-type.js";
import { factsOf } from "../definitions/language/column-types/registry.js";
import type { ExportColumn, ExportRow } from "./export-rows.js";

/** Held in memory at a time. */
const ROW_GROUP = 25_000;

/**
 * Rows as one Parquet file, in row groups of 25 000, Snappy, of the types that the columns' own say; nulls are nulls. Streams; equal rows have equal bytes.
 * @param write called with the file's bytes, in order; awaited
 * @param onRows called after each row group
 * @param about what readers may know of the file, by name: its key-value metadata
 */
export async function writeParquet(
  columns: readonly ExportColumn[],
  rows: AsyncIterable<ExportRow>,
  write: (bytes: Uint8Array) => Promise<void>,
  onRows: (count: number) => void,
  about: Readonly<Record<string, string>> = {},
): Promise<void> {
  const kvMetadata = Object.entries(about).map(([key, value]) => ({ key, value }));
  const bytes = new ByteWriter();
  const flush = async () => {
    const made = bytes.getBytes().slice();
    bytes.index = 0;
    await write(made);
  };
  const parquet = new ParquetWriter({
    writer: bytes,
    schema: schemaOf(columns),
    createdBy: "asof",
    ...(kvMetadata.length > 0 && { kvMetadata }),
  });
  const empty = (): ColumnValue[][] => columns.map(() => []);
  let group = empty();
  const finishGroup = async () => {
    const count = group[0]!.length;
    if (count === 0) return;
    await writeRowGroup(parquet, columns, group);
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

/**
 * Column by column, other work in between: encoding all of a group at once would keep this thread from everything else.
 * Each column is written as a group of its own, which are then made the one they are: a group's columns lie one after
 * the other in the file, and what says so comes at its end.
 */
async function writeRowGroup(
  parquet: ParquetWriter,
  columns: readonly ExportColumn[],
  group: ColumnValue[][],
): Promise<void> {
  const [before, rowsBefore, count] = [parquet.row_groups.length, parquet.num_rows, group[0]!.length];
  for (const [i, { name, type }] of columns.entries()) {
    const data = written(factsOf(type), group[i]!);
    await parquet.write({ columnData: [{ name, data, offsetIndex: false }], rowGroupSize: ROW_GROUP });
    group[i] = [];
    await setImmediate();
  }
  const parts = parquet.row_groups.splice(before);
  const sum = (of: (part: (typeof parts)[number]) => bigint | undefined) =>
    parts.reduce((total, part) => total + (of(part) ?? 0n), 0n);
  parquet.row_groups.push({
    columns: parts.flatMap((part) => part.columns),
    total_byte_size: sum((part) => part.total_byte_size),
    num_rows: BigInt(count),
    total_compressed_size: sum((part) => part.total_compressed_size),
  });
  parquet.num_rows = rowsBefore + BigInt(count);
}

function schemaOf(columns: readonly ExportColumn[]): SchemaElement[] {
  return [
    { name: "root", num_children: columns.length },
    ...columns.flatMap(({ name, type, required }): SchemaElement[] => {
      const { parquet, parquetList } = factsOf(type);
      const repetition_type = required ? "REQUIRED" : "OPTIONAL";
      if (!parquetList) return [{ name, ...parquet, repetition_type }];
      return [
        { name, converted_type: "LIST", num_children: 1, repetition_type },
        { name: "list", num_children: 1, repetition_type: "REPEATED" },
        { name: "element", ...parquet, repetition_type: "REQUIRED" },
      ];
    }),
  ];
}

function written({ parquetList, toParquet }: ColumnTypeFacts, values: readonly ColumnValue[]): unknown[] {
  return values.map((value) => {
    if (value === null) return null;
    return parquetList ? (value as readonly Scalar[]).map(toParquet) : toParquet(value as Scalar);
  });
}
