import { z } from "zod";
import { NUMERIC } from "./each-value.js";
import { type DeclaredOn, defineExpectation, type RowEvaluation } from "./expectation.js";

const evaluation: RowEvaluation<{ orEqual: boolean }> = {
  over: "rows",
  compile({ orEqual }, { column, other, at, typeOf }) {
    const [a, b] = [at(column!), at(other!)];
    const read: (text: string) => number | string = typeOf(column!) === "date" ? (text) => text : Number;
    return (fields) => {
      if (fields[a] === "" || fields[b] === "") return "not counted";
      const [left, right] = [read(fields[a]!), read(fields[b]!)];
      // Turned around, so that what is not a number is left to its type's expectation.
      return left < right || (!orEqual && left === right)
        ? { unexpected: `${fields[a]}, where ${other} is ${fields[b]}` }
        : "expected";
    };
  },
};

function contradiction(_: unknown, { column, other, source }: DeclaredOn): string | null {
  if (column === null || other === null) return "it compares two columns";
  if (column === other) return "a column is never greater than itself";
  const [a, b] = [source.columns[column]!.type, source.columns[other]!.type];
  return (a === "date") === (b === "date") ? null : `${column} is of type ${a}, ${other} of type ${b}`;
}

export const columnPairGreater = defineExpectation({
  name: "column_pair_greater",
  options: z.strictObject({ orEqual: z.boolean() }),
  columnTypes: [...NUMERIC, "date"],
  contradiction,
  label: null,
  rule: ({ orEqual }, { other }) => `must be ${orEqual ? "at least" : "greater than"} ${other}`,
  refersTo: null,
  evaluation,
  docs: {
    example: "`expectPair(a).greaterThan(b)`",
    on: "two of int and float, or two dates",
    share: "rows where neither is empty",
    greatExpectations: "expect_column_pair_values_a_to_be_greater_than_b",
  },
});
