import { textProblem } from "../../../values/text.js";
import { asItIs, type ColumnTypeFacts } from "./column-type.js";

/** Text. */
export const stringType: ColumnTypeFacts = {
  ...asItIs,
  sql: "text",
  // A longer text is moved out of its row.
  row: { size: 24, align: 1 },
  words: "must be text in UTF-8, without NUL",
  json: ["string"],
  reader: (accept, unreadable) => (text) =>
    isText(text) ? accept(text, escapeCopy(text), text) : unreadable("type"),
  bound: null,
  ofText: (text) => text,
  plain: false,
  canonical: (value) => `${value}::text`,
  feature: "categorical",
  profile: "values",
  graphql: { name: "String", list: false },
  parquet: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  toParquet: (value) => value,
};

/** False where PostgreSQL could not hold it, or where its bytes were not UTF-8 and were decoded to U+FFFD. */
export function isText(text: string): boolean {
  return !text.includes("\ufffd") && textProblem(text) === null;
}

/** COPY's text format: backslash, tab and line ends escaped. */
export function escapeCopy(text: string): string {
  return /[\\\t\n\r]/.test(text)
    ? text.replace(/[\\\t\n\r]/g, (c) =>
        c === "\\" ? "\\\\" : c === "\t" ? "\\t" : c === "\n" ? "\\n" : "\\r",
      )
    : text;
}
