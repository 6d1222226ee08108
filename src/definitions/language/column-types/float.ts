import { asItIs, type ColumnTypeFacts } from "./column-type.js";
import { finite } from "./int.js";

const FLOAT = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?$/;
const EXPONENT = /[eE]/;

/** A double. */
export const floatType: ColumnTypeFacts = {
  ...asItIs,
  sql: "double precision",
  row: { size: 8, align: 8 },
  words: "must be a finite number",
  json: ["number"],
  // A sum with 0 has no -0.
  reader: (accept, unreadable) => (text) => {
    const value = FLOAT.test(text) ? Number(text) + 0 : Number.NaN;
    return Number.isFinite(value) ? accept(value, asWritten(text, value), value) : unreadable("type");
  },
  decimalMark: true,
  bound: finite,
  ofText: Number,
  plain: true,
  // -0 is 0.
  canonical: (value) => `${value} + 0::float8`,
  feature: "numeric",
  profile: "numbers",
  graphql: { name: "Float", list: false },
  parquet: { type: "DOUBLE" },
  // -0 is written as 0, which it equals: a dictionary takes the two for one value, and so do other engines' tables.
  toParquet: (value) => (value as number) + 0,
};

/**
 * PostgreSQL reads the same number from the same digits, so that they need not be made anew. But a zero has no sign
 * here, and what is too small to be told from zero is an error there.
 */
function asWritten(text: string, value: number): string {
  return value !== 0 && text.length <= 40 && !EXPONENT.test(text) ? text : String(value);
}
