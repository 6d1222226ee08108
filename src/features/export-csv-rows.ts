import type { ColumnValue } from "../definitions/language/column.js";
import type { ExportColumn, ExportRow } from "./export-rows.js";

const ROWS = 2_000;

/**
 * Rows as one CSV (RFC 4180, UTF-8, header once), as COPY writes it: an empty field is null, `""` the empty text, booleans are
 * true and false, floats the shortest text that reads back the same. Streams; equal rows have equal bytes.
 * @param write called with the file's bytes, in order; awaited
 * @param onRows called after some rows, with their number
 */
export async function writeRowsAsCsv(
  columns: readonly ExportColumn[],
  rows: AsyncIterable<ExportRow>,
  write: (bytes: Uint8Array) => Promise<void>,
  onRows: (count: number) => void,
): Promise<void> {
  let lines = `${columns.map(({ name }) => fieldOf(name)).join(",")}\n`;
  let count = 0;
  const flush = async () => {
    await write(Buffer.from(lines));
    onRows(count);
    lines = "";
    count = 0;
  };
  for await (const row of rows) {
    lines += `${row.map(fieldOf).join(",")}\n`;
    if (++count === ROWS) await flush();
  }
  await flush();
}

function fieldOf(value: ColumnValue): string {
  if (value === null) return "";
  const text = String(value);
  return text === "" || /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
