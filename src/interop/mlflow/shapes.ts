import { z } from "zod";
import { shapeProblem } from "../../values/shape-problem.js";
import { namedProblem, textProblem } from "../../values/text.js";
import { invalid } from "./mlflow-error.js";

/** Fields that no shape names are ignored: each release of the client adds some. @throws {MlflowError} */
export function readMlflow<Shape extends z.ZodType>(shape: Shape, input: unknown): z.output<Shape> {
  const read = shape.safeParse(input);
  if (read.success) return read.data;
  const issue = read.error.issues[0]!;
  const place = issue.path.map(String).join(".").slice(0, 200) || "the body";
  throw invalid(`${place}: ${shapeProblem(issue)}`);
}

const refined = (problem: (text: string) => string | null) =>
  z.string().superRefine((text, context) => {
    const found = problem(text);
    if (found) context.addIssue({ code: "custom", message: `it cannot be used: ${found}` });
  });

/** Text that a database can hold. */
export const mlflowText = (maxLength: number) =>
  refined((text) =>
    text.length > maxLength
      ? `it has ${text.length} characters; at most ${maxLength} are accepted`
      : textProblem(text),
  );

/** The name of a metric, a parameter, a tag. */
export const mlflowKey = refined((text) => namedProblem(text, 250));

/** What is null is not there. */
export const optional = <Shape extends z.ZodType>(shape: Shape) =>
  shape.nullish().transform((value) => value ?? undefined);

/** int64: a number, or digits in a text. Past 53 bits it would be another number. */
export const int64 = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^-?\d{1,19}$/)
      .transform(Number),
  ])
  .refine(Number.isSafeInteger, "a whole number between -2^53 and 2^53 was expected");

/** Milliseconds since 1970, to the year 9999. */
export const mlflowTime = int64.refine(
  (ms) => ms >= 0 && ms < 253_402_300_800_000,
  "milliseconds since 1970 were expected, before the year 10000",
);

/** An id that is a text: clients of other languages send a number. */
export const idText = z.union([z.string().max(100), z.int().transform(String)]);

/** JSON has no NaN and no infinities: these are texts. */
export const float64 = z.union([
  z.number(),
  z.enum(["NaN", "Infinity", "-Infinity"]).transform(Number),
  z
    .string()
    .regex(/^-?\d+(\.\d+)?([eE][-+]?\d+)?$/)
    .transform(Number),
]);

export const queryFlag = z.union([
  z.boolean(),
  z.enum(["true", "True", "false", "False"]).transform((word) => /^t/i.test(word)),
]);

/** As `float64` reads it again. */
export const float64Text = (value: number): number | string =>
  Number.isFinite(value) ? value : String(value);

/** A text that clients leave out where it is empty. */
export const textOrEmpty = (maxLength: number) =>
  optional(mlflowText(maxLength)).transform((text) => text ?? "");

const maxTagLength = 8_000;
export const keyValue = z.object({ key: mlflowKey, value: textOrEmpty(maxTagLength) });

/** `[{key, value}]` as an object; the last of one key wins. A name such as __proto__ is a key like others. */
export function byKey<Value>(pairs: readonly { key: string; value: Value }[]): Record<string, Value> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, value]));
}

export const pairsOf = <Value>(values: Readonly<Record<string, Value>>): { key: string; value: Value }[] =>
  Object.entries(values).map(([key, value]) => ({ key, value }));
