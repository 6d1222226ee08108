import type { Column } from "./column.js";
import { factsOf } from "./column-types/registry.js";

/** What PostgreSQL holds in one row, a page less its own words. */
const ROW_BYTES = 8_100;
/** PostgreSQL's 1 600 less those that asof adds: key, dates, ids and what is kept of pushes. */
const MAX_COLUMNS = 1_590;
/** Of asof's own columns in the table that has most of them. */
const OWN_BYTES = 100;
/** Why no table can hold every row of these columns, or null. */
export function rowProblem(columns: readonly Column[]): string | null {
  if (columns.length > MAX_COLUMNS) {
    return `it has ${columns.length} columns; PostgreSQL holds ${MAX_COLUMNS} in a table; split it in two`;
  }
  // A header, and a bit per column that says whether it is empty.
  let bytes = 24 + Math.ceil(columns.length / 8) + OWN_BYTES;
  for (const { type } of columns) {
    const { size, align } = factsOf(type).row;
    bytes = Math.ceil(bytes / align) * align + size;
  }
  if (bytes <= ROW_BYTES) return null;
  return (
    `a row of its ${columns.length} columns may take ${bytes} bytes; PostgreSQL holds ${ROW_BYTES} in one, ` +
    "about 1 000 numbers; split it in two"
  );
}
