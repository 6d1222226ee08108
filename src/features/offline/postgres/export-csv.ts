import { to as copyTo } from "pg-copy-streams";
import type { Client } from "../../../db/pool.js";
import type { ColumnType } from "../../../definitions/language/column.js";
import { factsOf } from "../../../definitions/language/column-types/registry.js";

/**
 * The rows of queries, one after the other, as one CSV (RFC 4180, UTF-8, header once): an empty field is null, `""`
 * the empty text, booleans are true and false, floats the shortest text that reads back the same, instants ISO 8601 in UTC,
 * lists JSON. Streams; made by
 * PostgreSQL's COPY, so that equal rows have equal bytes.
 * @param queries selecting the same columns, each as `csvExpression`
 * @param write called with the file's bytes, in order; awaited
 * @param onRows called after the rows of each query
 */
export async function writeCsv(
  client: Client,
  queries: readonly string[],
  write: (bytes: Uint8Array) => Promise<void>,
  onRows: (count: number) => void,
): Promise<void> {
  for (const [index, query] of queries.entries()) {
    const options = index === 0 ? "format csv, header" : "format csv";
    const stream = client.query(copyTo(`copy (${query}) to stdout with (${options})`));
    for await (const bytes of stream) await write(bytes as Buffer);
    onRows(stream.rowCount);
  }
}

/** How a column is selected: COPY itself writes booleans, instants and lists as no other reader does. */
export const csvExpression = (expression: string, type: ColumnType): string => factsOf(type).csv(expression);
