import type { Column, ColumnValue } from "../definitions/language/column.js";
import { factsOf } from "../definitions/language/column-types/registry.js";
import { textProblem } from "../values/text.js";
import { cellReader, ruleOfCell } from "./expectations/delivery/cells.js";

/** No cell of a table of features is longer, and a log keeps each with its answer. */
const MAX_TEXT = 10_000;

/** A value as a column has it, or what is wrong with it, in words that follow it. */
export type JsonCell = { value: ColumnValue } | { problem: string };

/** Reads one value of JSON as the column's, by the rules of a cell of a delivery. */
export function jsonReader(column: Column): (given: unknown) => JsonCell {
  const read = cellReader(column);
  const { json } = factsOf(column.type);
  return (given) => {
    if (given === null || given === "")
      return column.required ? { problem: "must not be empty" } : { value: null };
    const type = Array.isArray(given) ? "array" : typeof given;
    if (!json.some((each) => each === type) || isRounded(given, column)) return { problem: typeRule(column) };
    // A file's words for true and false are the file's; JSON has its own.
    if (typeof given === "boolean") return { value: given };
    const text = typeof given === "string" ? given : JSON.stringify(given);
    if (text.length > MAX_TEXT) return { problem: `has more than ${MAX_TEXT} characters` };
    const problem = textProblem(text);
    if (problem) return { problem };
    const cell = read(text);
    if ("breaks" in cell) return { problem: ruleOfCell(cell.breaks, column) };
    // A zero has no sign in a table, either.
    return { value: cell.value === 0 ? 0 : cell.value };
  };
}

/** What a double has already rounded is not what was meant. */
const isRounded = (given: unknown, { type }: Column): boolean =>
  type !== "float" && typeof given === "number" && Number.isInteger(given) && !Number.isSafeInteger(given);

const typeRule = (column: Column): string =>
  column.type === "bool" ? "must be true, false or null" : ruleOfCell("type", column);
