import { boundsInWords, type DateBounds, dateBounds } from "./bounds.js";
import { eachValue } from "./each-value.js";
import { defineExpectation } from "./expectation.js";

const DAY_CHARACTERS = "2024-01-31".length;
const DATE = /^(?!0000)\d{4}-\d{2}-\d{2}$/;

export const dateBetween = defineExpectation({
  name: "date_between",
  options: dateBounds,
  columnTypes: ["date", "timestamp"],
  contradiction: null,
  label: null,
  rule: ({ from, to }) => `must be ${boundsInWords({ lower: from, upper: to })}`,
  refersTo: null,
  evaluation: eachValue<DateBounds>(({ from, to }) => {
    const [lower, upper] = [from ?? "", to ?? "9999-12-31"];
    return (text) => {
      const day = text.slice(0, DAY_CHARACTERS);
      return !DATE.test(day) || (day >= lower && day <= upper);
    };
  }),
  docs: {
    example: "`.dateBetween`",
    on: "date, timestamp (its day in UTC)",
    share: "values",
    greatExpectations: "expect_column_values_to_be_between",
  },
});
