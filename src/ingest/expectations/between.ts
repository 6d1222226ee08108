import { type NumberBounds, numberBounds, numbersInWords } from "./bounds.js";
import { eachValue, NUMERIC } from "./each-value.js";
import { defineExpectation } from "./expectation.js";

export const between = defineExpectation({
  name: "between",
  options: numberBounds,
  columnTypes: NUMERIC,
  contradiction: null,
  label: null,
  rule: (bounds) => `must be ${numbersInWords(bounds)}`,
  refersTo: null,
  evaluation: eachValue<NumberBounds>(({ min, max }) => {
    const [lower, upper] = [min ?? Number.NEGATIVE_INFINITY, max ?? Number.POSITIVE_INFINITY];
    // What is not a number compares false with everything.
    return (text) => !(Number(text) < lower || Number(text) > upper);
  }),
  docs: {
    example: "`.between` (or `min`, `max`)",
    on: "int, float",
    share: "values",
    greatExpectations: "expect_column_values_to_be_between",
  },
});
