import type { ColumnTypeFacts } from "./column-type.js";
import { floatType } from "./float.js";
import { listType } from "./list.js";

/** What a row of a file may hold as text, with room for other columns. */
export const MOST_NUMBERS = 16_000;

/** So many finite doubles, in their order. */
export function vectorType(length: number): ColumnTypeFacts {
  const numbers = listType("float", floatType);
  const words = `of ${length} finite numbers, none of them empty`;
  return {
    ...numbers,
    check: (column) =>
      `${column} is null or (array_ndims(${column}) = 1 and array_length(${column}, 1) = ${length} and array_position(${column}, NULL) is null)`,
    words: `must be a JSON list ${words}`,
    jsonWords: `must be a list ${words}`,
    reader: (accept, unreadable, readAs) =>
      numbers.reader(
        (order, copy, value) =>
          (value as readonly number[]).length === length ? accept(order, copy, value) : unreadable("type"),
        unreadable,
        readAs,
      ),
    remedy: "models take one value a feature; make columns of the numbers that matter",
  };
}
