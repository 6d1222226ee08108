import { numberBounds, numbersInWords, within } from "./bounds.js";
import { defineExpectation } from "./expectation.js";

export const rowCountBetween = defineExpectation({
  name: "row_count_between",
  options: numberBounds,
  columnTypes: [],
  contradiction: null,
  label: null,
  rule: (bounds) => `the number of rows must be ${numbersInWords(bounds)}`,
  refersTo: null,
  evaluation: {
    over: "file",
    observes: ["rows"],
    observe: async (_, { rowsLeft }) => ({ rows: rowsLeft }),
    problem: (bounds, { rows }) => (within(bounds, rows!) ? null : `${rows} rows`),
  },
  docs: {
    example: "`expectRowCount().between`",
    on: "the file",
    share: null,
    greatExpectations: "expect_table_row_count_to_be_between",
  },
});
