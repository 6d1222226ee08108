import { z } from "zod";
import { ANY_TYPE, eachValue } from "./each-value.js";
import { defineExpectation } from "./expectation.js";

export const notNull = defineExpectation({
  name: "not_null",
  options: z.strictObject({}),
  columnTypes: ANY_TYPE,
  contradiction: null,
  label: null,
  rule: () => "must not be empty",
  refersTo: null,
  evaluation: eachValue(() => (text) => text !== "", { empty: "judged" }),
  docs: {
    example: "`.notNull` (or `required`)",
    on: "any column",
    share: "rows",
    greatExpectations: "expect_column_values_to_not_be_null",
  },
});
