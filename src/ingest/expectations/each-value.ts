import type { ColumnType } from "../../definitions/language/column.js";
import { columnKinds } from "../../definitions/language/column-types/registry.js";
import type { RowEvaluation } from "./expectation.js";

/** Types by their names, without parameters. */
export const ANY_TYPE: readonly string[] = columnKinds;
export const NUMERIC: readonly string[] = ["int", "bigint", "float", "decimal"];

/**
 * Tests one column's values, as texts. A text that is not of its column's type breaks the expectation `type`, and is to
 * pass here. Empty values are as expected and do not count, unless `empty` has them judged.
 */
export function eachValue<Options>(
  test: (options: Options, type: ColumnType) => (text: string) => boolean,
  { empty = "not counted" }: { empty?: "not counted" | "judged" } = {},
): RowEvaluation<Options> {
  return {
    over: "rows",
    compile(options, { column, at, typeOf }) {
      if (column === null) throw new Error("an expectation of each value needs a column");
      const place = at(column);
      const holds = test(options, typeOf(column));
      return (fields) => {
        const text = fields[place]!;
        if (text === "" && empty === "not counted") return "not counted";
        return holds(text) ? "expected" : { unexpected: text };
      };
    },
  };
}
