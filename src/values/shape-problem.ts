import type { z } from "zod";

/** What zod calls a type, in our words. */
const KINDS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object",
  record: "an object",
  array: "a list",
  null: "null",
};

/** What was expected where zod found something else; messages a shape gives itself are kept. */
export function shapeProblem(issue: z.core.$ZodIssue): string {
  // Zod's own messages begin like this; those that a shape gives itself do not.
  if (!/^(Invalid|Too |Unrecognized|Expected)/.test(issue.message)) return issue.message;
  switch (issue.code) {
    case "invalid_type":
      return `${KINDS[issue.expected] ?? issue.expected} was expected`;
    case "unrecognized_keys":
      return `${issue.keys.map((key) => JSON.stringify(key)).join(", ")} ${issue.keys.length === 1 ? "is" : "are"} unknown`;
    case "invalid_value":
      return `one of ${issue.values.map(String).join(", ")} was expected`;
    case "too_small":
      return `${issue.inclusive === false ? "more than" : "at least"} ${limit(issue.minimum, issue.origin)} was expected`;
    case "too_big":
      return `${issue.inclusive === false ? "less than" : "at most"} ${limit(issue.maximum, issue.origin)} was expected`;
    default:
      return issue.message;
  }
}

function limit(value: number | bigint, origin: string): string {
  if (origin === "string") return `${value} ${value === 1 ? "character" : "characters"}`;
  return origin === "array" || origin === "set"
    ? `${value} ${value === 1 ? "entry" : "entries"}`
    : `${value}`;
}
