import { asItIs, type ColumnTypeFacts } from "./column-type.js";

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DAY_MS = 86_400_000;

/** A calendar date, ISO 8601. */
export const dateType: ColumnTypeFacts = {
  ...asItIs,
  sql: "date",
  row: { size: 4, align: 4 },
  words: "must be a date that exists, as 2024-01-31",
  json: ["string"],
  reader: (accept, unreadable) => (text) => (isDate(text) ? accept(text, text, text) : unreadable("type")),
  bound: (bound) => (typeof bound === "string" && isDate(bound) ? bound : null),
  ofText: (text) => text,
  plain: true,
  canonical: (value) => `${value} - date '1970-01-01'`,
  feature: null,
  remedy: "models take numbers, booleans and strings",
  profile: "values",
  graphql: { name: "Date", list: false },
  parquet: { type: "INT32", converted_type: "DATE" },
  toParquet: (value) => Date.parse(`${value}T00:00:00Z`) / DAY_MS,
};

/** Whether a calendar of the years 1 to 9999 has it. */
export function isDate(text: string): boolean {
  const parts = DATE.exec(text);
  if (!parts || parts[1] === "0000") return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}
