import type { z } from "zod";
import { BadUserInputError } from "../errors/errors.js";
import { shapeProblem } from "../values/shape-problem.js";

/** How a field is called where it was sent: `params.asOf` in a schedule, `input.asOf` in GraphQL. */
export type FieldLabel = (path: readonly PropertyKey[]) => string;

/**
 * What a client sent, read by the one shape that every door shares.
 * @throws {BadUserInputError} naming each field that cannot be used, with what was expected and got
 */
export function parseInput<T>(schema: z.ZodType<T>, given: unknown, place: FieldLabel): T {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const problems = issues.map((issue) => {
    const problem = `${place(issue.path)}: ${shapeProblem(issue)}`;
    // Messages of a field's own say what was got.
    if (issue.code === "custom" || issue.path.length === 0) return problem;
    return `${problem}; got ${JSON.stringify(valueAt(given, issue.path))}`;
  });
  throw new BadUserInputError(problems.join("; "), {
    parameters: issues.map(({ path }) => path.map(String).join(".")),
  });
}

/** As in `params.served.since`. */
export const under =
  (name: string): FieldLabel =>
  (path) =>
    [name, ...path.map(String)].join(".");

const valueAt = (given: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | null | undefined)?.[key], given);
