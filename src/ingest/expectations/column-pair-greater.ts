import { z } from "zod";
import { comparer } from "../../definitions/language/column-types/compare.js";
import { NUMERIC } from "./each-value.js";
import { type DeclaredOn, defineExpectation, type RowEvaluation } from "./expectation.js";

const evaluation: RowEvaluation<{ orEqual: boolean }> = {
  over: "rows",
  compile({ orEqual }, { column, other, at, typeOf }) {
    const [a, b] = [at(column!), at(other!)];
    const compare = comparer(typeOf(column!), typeOf(other!))!;
    return (fields) => {
      if (fields[a] === "" || fields[b] === "") return "not counted";
      // Not a number where one is no value of its type, which its own expectation says.
      const compared = compare(fields[a]!, fields[b]!);
      return compared < 0 || (!orEqual && compared === 0)
        ? { unexpected: `${fields[a]}, where ${other} is ${fields[b]}` }
        : "expected";
    };
  },
};

function contradiction(_: unknown, { column, other, source }: DeclaredOn): string | null {
  if (column === null || other === null) return "it compares two columns";
  if (column === other) return "a column is never greater than itself";
  const [a, b] = [source.columns[column]!.type, source.columns[other]!.type];
  return comparer(a, b) ? null : `${column} is of type ${a}, ${other} of type ${b}`;
}

export const columnPairGreater = defineExpectation({
  name: "column_pair_greater",
  options: z.strictObject({ orEqual: z.boolean() }),
  columnTypes: [...NUMERIC, "date", "timestamp"],
  contradiction,
  label: null,
  rule: ({ orEqual }, { other }) => `must be ${orEqual ? "at least" : "greater than"} ${other}`,
  refersTo: null,
  evaluation,
  docs: {
    example: "`expectPair(a).greaterThan(b)`",
    on: "two numbers, two dates or two timestamps",
    share: "rows where neither is empty",
    greatExpectations: "expect_column_pair_values_a_to_be_greater_than_b",
  },
});
