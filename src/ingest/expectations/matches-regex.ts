import { z } from "zod";
import { eachValue } from "./each-value.js";
import { defineExpectation } from "./expectation.js";

const options = z.strictObject({ pattern: z.string(), flags: z.string() }).superRefine((regex, context) => {
  try {
    new RegExp(regex.pattern, regex.flags);
  } catch (error) {
    context.addIssue({ code: "custom", message: (error as Error).message });
  }
});

export const matchesRegex = defineExpectation({
  name: "matches_regex",
  options,
  columnTypes: ["string"],
  contradiction: null,
  label: null,
  rule: ({ pattern, flags }) => `must match /${pattern}/${flags}`,
  refersTo: null,
  evaluation: eachValue<z.infer<typeof options>>(({ pattern, flags }) => {
    const regex = new RegExp(pattern, flags);
    return (text) => regex.test(text);
  }),
  docs: {
    example: "`.matchesRegex`",
    on: "string, the key",
    share: "values",
    greatExpectations: "expect_column_values_to_match_regex",
  },
});
