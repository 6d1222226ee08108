import { asItIs, type ColumnTypeFacts } from "./column-type.js";

const INT = /^[+-]?\d{1,10}(\.0+)?$/;
const [LEAST, MOST] = [-2_147_483_648, 2_147_483_647];

/** A whole number of 32 bits. */
export const intType: ColumnTypeFacts = {
  ...asItIs,
  sql: "integer",
  row: { size: 4, align: 4 },
  words: `must be a whole number from ${LEAST} to ${MOST}`,
  json: ["number"],
  reader: (accept, unreadable) => (text) => {
    if (!INT.test(text)) return unreadable("type");
    const value = Number(text);
    return value > MOST || value < LEAST ? unreadable("type") : accept(value, String(value), value);
  },
  decimalMark: true,
  bound: finite,
  ofText: Number,
  plain: true,
  canonical: (value) => `${value}::int8`,
  feature: "numeric",
  profile: "numbers",
  whole: true,
  graphql: { name: "Int", list: false },
  parquet: { type: "INT32" },
  toParquet: (value) => value,
};

export function finite(bound: number | string): number | null {
  return typeof bound === "number" && Number.isFinite(bound) ? bound : null;
}
