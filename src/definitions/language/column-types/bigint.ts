import { asItIs, type ColumnTypeFacts } from "./column-type.js";

const BIGINT = /^[+-]?(\d{1,40})(?:\.0+)?$/;
const [LEAST, MOST] = [-(2n ** 63n), 2n ** 63n - 1n];

/** A whole number of 64 bits: text in JavaScript and JSON, for a double loses its last digits. */
export const bigintType: ColumnTypeFacts = {
  ...asItIs,
  sql: "bigint",
  row: { size: 8, align: 8 },
  words: `must be a whole number from ${LEAST} to ${MOST}`,
  json: ["number", "string"],
  reader: (accept, unreadable) => (text) => {
    const value = wholeNumber(text);
    if (value === null || value < LEAST || value > MOST) return unreadable("type");
    const digits = String(value);
    return accept(value, digits, digits);
  },
  decimalMark: true,
  bound: (bound) => {
    const value =
      typeof bound === "number" && !Number.isSafeInteger(bound) ? null : wholeNumber(String(bound));
    return value === null || value < LEAST || value > MOST ? null : value;
  },
  ofText: (text) => text,
  plain: true,
  canonical: (value) => value,
  feature: "numeric",
  profile: "numbers",
  whole: true,
  graphql: { name: "BigInt", list: false },
  parquet: { type: "INT64" },
  toParquet: (value) => BigInt(value as string),
};

/** Every digit of it; null where the text is no whole number. */
function wholeNumber(text: string): bigint | null {
  if (!BIGINT.test(text)) return null;
  const point = text.indexOf(".");
  const digits = (point < 0 ? text : text.slice(0, point)).replace("+", "");
  return BigInt(digits);
}
