import {
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { type CsvRecord, CsvUnreadableError } from "./csv-file.js";

const BATCH = 256;

/**
 * A Parquet file as the records its CSV would have, the header first: each value as the text that CSV would hold,
 * null as no text, so that the same expectations judge both. The line of a row is its number, from 1. One row group
 * is held in memory at a time.
 * @param onProgress told of the share of the file that each row group was
 * @throws {CsvUnreadableError} naming the first row of the group that cannot be read
 */
export async function* parquetRecords(
  path: string,
  onProgress: (share: number) => void,
): AsyncGenerator<CsvRecord[]> {
  const file = await asyncBufferFromFile(path);
  const metadata = await readable(1, () => parquetMetadataAsync(file));
  const names = parquetSchema(metadata).children.map(({ element }) => element.name);
  yield [{ line: 1, fields: names }];
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const count = Number(group.num_rows);
    const columns = await readable(rowStart + 1, () => readGroup(file, metadata, rowStart, count));
    for (let from = 0; from < count; from += BATCH) {
      const records: CsvRecord[] = [];
      for (let i = from; i < Math.min(from + BATCH, count); i++) {
        records.push({ line: rowStart + i + 1, fields: names.map((name) => asText(columns.get(name)![i])) });
      }
      yield records;
    }
    rowStart += count;
    onProgress(count / Number(metadata.num_rows));
  }
}

/** The values of every column of one row group. */
async function readGroup(
  file: Parameters<typeof parquetRead>[0]["file"],
  metadata: FileMetaData,
  rowStart: number,
  count: number,
): Promise<Map<string, ArrayLike<unknown>>> {
  const columns = new Map<string, unknown[]>();
  const rowEnd = rowStart + count;
  await parquetRead({
    file,
    metadata,
    rowStart,
    rowEnd,
    compressors,
    parsers: { dateFromDays: (days) => new Date(days * 86_400_000) },
    onChunk: ({ columnName, columnData, rowStart: at }) => {
      const values = columns.get(columnName) ?? new Array(count).fill(null);
      for (let i = 0; i < columnData.length; i++) values[at - rowStart + i] = columnData[i];
      columns.set(columnName, values);
    },
  });
  return columns;
}

function asText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (value instanceof Date) return dateText(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  return JSON.stringify(value, (_, part) => (typeof part === "bigint" ? String(part) : part));
}

/** pandas keeps dates as timestamps of their midnight. */
function dateText(value: Date): string {
  if (Number.isNaN(value.getTime())) return "no date";
  const text = value.toISOString();
  return text.endsWith("T00:00:00.000Z") ? text.slice(0, -14) : text;
}

async function readable<T>(line: number, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall) throw error;
    throw new CsvUnreadableError(`it cannot be read as Parquet (${(error as Error).message})`, line);
  }
}
