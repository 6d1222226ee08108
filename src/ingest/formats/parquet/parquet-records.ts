import { setImmediate } from "node:timers/promises";
import {
  type AsDeclared,
  type DeliveredRecord,
  FileUnreadableError,
  MAX_RECORD_BYTES,
  type RandomAccess,
} from "../file-format.js";
import { formOf, textReader } from "./cell-text.js";
import { ColumnChunk, PageMemory } from "./column-chunk.js";
import type { Raw } from "./encodings.js";
import { type ParquetFooter, readFooter } from "./footer.js";
import { ListChunk } from "./list-chunk.js";
import { MalformedError } from "./thrift.js";

const BATCH = 256;
const BATCH_CHARACTERS = 1 << 20;
/** Rows after which other work has its turn. */
const TURN = 4096;
/** What numbers them is a PostgreSQL integer. */
const MAX_ROWS = 2_147_483_647;
/** Keys that differ do not fit in less: what has more rows a byte repeats itself, and would fill a disk with it. */
const MAX_ROWS_PER_BYTE = 64;
const ALWAYS_READ_ROWS = 1_000_000;

/**
 * A Parquet file as the records its CSV would have, the header first: each value as the text that CSV would hold,
 * null as no text, so that the same expectations judge both. The line of a row is its number, from 1. Memory is
 * bounded whatever the file says: pages are read one at a time, and a run of a million values is one value and a count.
 * @param onProgress called with the share of the file that was read since the last call
 * @throws {FileUnreadableError} naming the first row that could not be read
 */
export async function* parquetRecords(
  file: RandomAccess,
  onProgress: (share: number) => void,
  { instants = new Set() }: Pick<AsDeclared, "instants"> = {},
): AsyncGenerator<DeliveredRecord[]> {
  const at = { row: 1 };
  try {
    const { size } = await file.stat();
    const footer = await readFooter(file, size);
    const most = Math.min(MAX_ROWS, Math.max(ALWAYS_READ_ROWS, size * MAX_ROWS_PER_BYTE));
    if (footer.rows > most) {
      const problem = `it says it has ${footer.rows} rows, in ${size} bytes; at most ${most} are read from it`;
      throw new FileUnreadableError(`${problem}: rows that differ take more room`, 1);
    }
    yield [{ line: 1, fields: footer.columns.map(({ element }) => element.name) }];
    const readers = readersOf(footer).map((toText, i): Reader => {
      const whole = instants.has(footer.columns[i]!.element.name);
      return (raw) => toText(raw, whole);
    });
    for (const group of footer.groups) {
      for await (const records of groupRecords(file, footer, group, readers, at.row)) {
        yield records;
        at.row += records.length;
        if (at.row % TURN < records.length) await setImmediate();
        onProgress(records.length / footer.rows);
      }
    }
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw new FileUnreadableError(`it cannot be read as Parquet (${error.message})`, at.row);
  } finally {
    await file.close();
  }
}

type Found = Exclude<ReturnType<typeof textReader>, { refused: string }>;
type Reader = (raw: Raw) => string;

/** @throws {FileUnreadableError} naming every column whose type has no like here */
function readersOf({ columns }: ParquetFooter): Found[] {
  const refused: string[] = [];
  const readers = columns.flatMap((column) => {
    const reader = textReader(column);
    if (typeof reader === "function") return [reader];
    refused.push(`${JSON.stringify(column.element.name)} ${reader.refused}`);
    return [];
  });
  if (refused.length === 0) return readers;
  const named = refused.slice(0, 20).join(", ");
  throw new FileUnreadableError(
    `column ${named}: there is no such type here; write it as text, numbers, booleans, dates, timestamps or lists of them`,
    1,
  );
}

async function* groupRecords(
  file: RandomAccess,
  footer: ParquetFooter,
  group: ParquetFooter["groups"][number],
  readers: readonly Reader[],
  firstRow: number,
): AsyncGenerator<DeliveredRecord[]> {
  if (group.chunks.length !== footer.columns.length) {
    throw new MalformedError(
      `a row group has ${group.chunks.length} columns, its schema ${footer.columns.length}`,
    );
  }
  const held = new PageMemory();
  const columns = group.chunks.map((place, i) => {
    const { element, list } = footer.columns[i]!;
    if (list) {
      const items = new ColumnChunk(file, place, list.item, readers[i]!, held, footer.columns.length, list);
      return new ListChunk(items, list, formOf(list.item));
    }
    if (place.values !== group.rows) {
      throw new MalformedError(
        `column ${JSON.stringify(element.name)} has ${place.values} values of ${group.rows} rows`,
      );
    }
    return new ColumnChunk(file, place, element, readers[i]!, held, footer.columns.length);
  });
  for (let row = 0; row < group.rows; ) {
    const records: DeliveredRecord[] = [];
    // Row by row, not column by column: how long rows are is known only when they are there.
    for (
      let characters = 0;
      row < group.rows && records.length < BATCH && characters < BATCH_CHARACTERS;
      row++
    ) {
      const line = firstRow + row;
      for (const column of columns) while (column.left === 0) await column.nextPage();
      const fields = readRow(columns, line);
      records.push({ line, fields });
      for (const field of fields) characters += field.length;
    }
    yield records;
  }
}

function readRow(columns: readonly (ColumnChunk | ListChunk)[], line: number): string[] {
  const fields = new Array<string>(columns.length);
  let characters = 0;
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i]!;
    column.left--;
    const text = column.next();
    fields[i] = text;
    characters += text.length;
    if (characters > MAX_RECORD_BYTES) {
      throw new FileUnreadableError(`a row is longer than ${MAX_RECORD_BYTES} bytes`, line);
    }
  }
  return fields;
}
