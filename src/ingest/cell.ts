import type { Column } from "../definitions/language/column.js";
import { textProblem } from "../values/text.js";

/** What a cell breaks; the names appear in validation reports. */
export type CellRule = "not_null" | "type" | "between" | "in_set";

/** Text ready for COPY (`null` for an empty cell), or the rule the cell breaks. */
export type Cell = { copy: string | null } | { breaks: CellRule };

const INT = /^[+-]?\d{1,10}(\.0+)?$/;
const FLOAT = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?$/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const EMPTY: Cell = { copy: null };
const TRUE: Cell = { copy: "t" };
const FALSE: Cell = { copy: "f" };
const WRONG_TYPE: Cell = { breaks: "type" };
const NOT_NULL: Cell = { breaks: "not_null" };
const BETWEEN: Cell = { breaks: "between" };
const IN_SET: Cell = { breaks: "in_set" };

/** Compiles a column's declaration into the check of one cell's text. */
export function cellReader(column: Column): (text: string) => Cell {
  const read = readers[column.type](column);
  const empty = column.required ? NOT_NULL : EMPTY;
  return (text) => (text === "" ? empty : read(text));
}

const readers: Record<Column["type"], (column: Column) => (text: string) => Cell> = {
  int: (column) => (text) => {
    if (!INT.test(text)) return WRONG_TYPE;
    const value = Number(text);
    if (value > 2_147_483_647 || value < -2_147_483_648) return WRONG_TYPE;
    return within(column, value, String(value));
  },
  float: (column) => (text) => {
    const value = FLOAT.test(text) ? Number(text) : Number.NaN;
    return Number.isFinite(value) ? within(column, value, asWritten(text, value)) : WRONG_TYPE;
  },
  bool: () => (text) => {
    if (text === "True") return TRUE;
    if (text === "False") return FALSE;
    const lower = text.toLowerCase();
    if (lower === "true") return TRUE;
    return lower === "false" ? FALSE : WRONG_TYPE;
  },
  string: ({ oneOf }) => {
    const allowed = oneOf && new Set(oneOf);
    return (text) => {
      if (!isText(text)) return WRONG_TYPE;
      return allowed && !allowed.has(text) ? IN_SET : { copy: escapeCopy(text) };
    };
  },
  date: () => (text) => {
    const parts = DATE.exec(text);
    if (!parts) return WRONG_TYPE;
    const date = new Date(`${text}T00:00:00Z`);
    const real = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) && parts[1] !== "0000";
    return real ? { copy: text } : WRONG_TYPE;
  },
};

function within({ min, max }: Column, value: number, copy: string): Cell {
  if ((min !== undefined && value < min) || (max !== undefined && value > max)) return BETWEEN;
  return { copy };
}

/**
 * PostgreSQL reads the same number from the same digits, so that they need not be made anew. But a zero has no sign
 * here, and what is too small to be told from zero is an error there.
 */
function asWritten(text: string, value: number): string {
  return value !== 0 && text.length <= 40 && !EXPONENT.test(text) ? text : String(value);
}
const EXPONENT = /[eE]/;

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

/** The rule in words, for messages: what would have been accepted. */
export function ruleInWords(rule: CellRule, column: Column): string {
  switch (rule) {
    case "not_null":
      return "must not be empty";
    case "in_set":
      return `must be one of ${column.oneOf?.map((value) => JSON.stringify(value)).join(", ")}`;
    case "between":
      if (column.max === undefined) return `must be at least ${column.min}`;
      if (column.min === undefined) return `must be at most ${column.max}`;
      return `must be between ${column.min} and ${column.max}`;
    case "type":
      return TYPES_IN_WORDS[column.type];
  }
}

const TYPES_IN_WORDS: Record<Column["type"], string> = {
  int: "must be a whole number from -2147483648 to 2147483647",
  float: "must be a finite number",
  bool: "must be True or False",
  string: "must be text in UTF-8, without NUL",
  date: "must be a date that exists, as 2024-01-31",
};
