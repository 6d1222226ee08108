import type { Column } from "../../../definitions/language/column.js";
import type { Source } from "../../../definitions/language/deployment.js";
import { textProblem } from "../../../values/text.js";
import type { Accept, Cell } from "./delivery.js";

const INT = /^[+-]?\d{1,10}(\.0+)?$/;
const FLOAT = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?$/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const TRUE: Cell = { copy: "t" };
const FALSE: Cell = { copy: "f" };

type TypeReader = (accept: Accept, wrong: Cell) => (text: string) => Cell;

/** Reads a text that is not empty as a value of the type, and its text for COPY. */
export const typeReaders: Record<Column["type"], TypeReader> = {
  int: (accept, wrong) => (text) => {
    if (!INT.test(text)) return wrong;
    const value = Number(text);
    if (value > 2_147_483_647 || value < -2_147_483_648) return wrong;
    return accept(value, String(value));
  },
  float: (accept, wrong) => (text) => {
    const value = FLOAT.test(text) ? Number(text) : Number.NaN;
    return Number.isFinite(value) ? accept(value, asWritten(text, value)) : wrong;
  },
  bool: (_, wrong) => (text) => {
    if (text === "True") return TRUE;
    if (text === "False") return FALSE;
    const lower = text.toLowerCase();
    if (lower === "true") return TRUE;
    return lower === "false" ? FALSE : wrong;
  },
  string: (accept, wrong) => (text) => (isText(text) ? accept(text, escapeCopy(text)) : wrong),
  date: (accept, wrong) => (text) => {
    const parts = DATE.exec(text);
    if (!parts) return wrong;
    const date = new Date(`${text}T00:00:00Z`);
    const real = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) && parts[1] !== "0000";
    return real ? accept(text, text) : wrong;
  },
};

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

const TYPES_IN_WORDS: Record<Column["type"], string> = {
  int: "must be a whole number from -2147483648 to 2147483647",
  float: "must be a finite number",
  bool: "must be True or False",
  string: "must be text in UTF-8, without NUL",
  date: "must be a date that exists, as 2024-01-31",
};

/** What a cell must be; of a source's files, in the words that they have. */
export function typeInWords(column: Column, source?: Pick<Source, "decimal">): string {
  if (source && column.true && column.false) {
    const [yes, no] = [column.true, column.false].map((words) => words.map((word) => JSON.stringify(word)));
    return `must be ${yes!.join(" or ")} for true, ${no!.join(" or ")} for false`;
  }
  const words = TYPES_IN_WORDS[column.type];
  return column.type === "float" && source?.decimal === "," ? `${words}, with a decimal comma` : words;
}
