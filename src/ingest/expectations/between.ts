import type { Order } from "../../definitions/language/column-types/column-type.js";
import { orderOf } from "../../definitions/language/column-types/compare.js";
import { factsOf } from "../../definitions/language/column-types/registry.js";
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
  evaluation: eachValue<NumberBounds>(({ min, max }, type) => {
    const { bound } = factsOf(type);
    const [lower, upper] = [min ?? Number.NEGATIVE_INFINITY, max ?? Number.POSITIVE_INFINITY];
    const exact = [min, max].map((each) => (each === null ? null : (bound?.(each) ?? null)));
    // A bound that is no value of the type, such as half of a cent, is compared as a double.
    if ([min, max].some((each, i) => each !== null && exact[i] === null))
      // What is not a number compares false with everything.
      return (text) => !(Number(text) < lower || Number(text) > upper);
    const order = orderOf(type);
    const [least, most] = exact as [Order | null, Order | null];
    return (text) => {
      const value = order(text);
      return value === null || !((least !== null && value < least) || (most !== null && value > most));
    };
  }),
  docs: {
    example: "`.between` (or `min`, `max`)",
    on: "int, bigint, float, decimal",
    share: "values",
    greatExpectations: "expect_column_values_to_be_between",
  },
});
