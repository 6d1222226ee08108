import { z } from "zod";
import { orderOf } from "../../definitions/language/column-types/compare.js";
import { factsOf } from "../../definitions/language/column-types/registry.js";
import { eachValue, NUMERIC } from "./each-value.js";
import { defineExpectation } from "./expectation.js";

const values = z
  .array(z.union([z.string(), z.number()]))
  .min(1, { error: "the set allows no value", abort: true })
  .refine((values) => new Set(values.map((value) => typeof value)).size <= 1, {
    error: "the set has both numbers and texts",
  });

export const inSet = defineExpectation({
  name: "in_set",
  options: z.strictObject({ values }),
  columnTypes: ({ values }: { values: (string | number)[] }) =>
    typeof values[0] === "number" ? NUMERIC : ["string"],
  contradiction: null,
  label: null,
  rule: ({ values }) => `must be one of ${values.map((value) => JSON.stringify(value)).join(", ")}`,
  refersTo: null,
  evaluation: eachValue<{ values: (string | number)[] }>(({ values }, type) => {
    const allowed = new Set<string | number>(values);
    const { bound } = factsOf(type);
    if (!bound) return (text) => allowed.has(text);
    const order = orderOf(type);
    const orders = new Set(values.map((value) => bound(value)));
    return (text) => {
      const value = order(text);
      return value === null || orders.has(value);
    };
  }),
  docs: {
    example: "`.inSet` (or `oneOf`)",
    on: "string, int, bigint, float, decimal",
    share: "values",
    greatExpectations: "expect_column_values_to_be_in_set",
  },
});
