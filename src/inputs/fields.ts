import { z } from "zod";
import { defaultModelOf } from "../definitions/language/default-model.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { parseCalendarDate } from "../values/calendar-date.js";
import { instantExpected, parseInstant } from "../values/instant.js";
import { FOLDS, isWithin, outOfRange, type Range, SEED, TEST_FRACTION } from "../values/ranges.js";
import { namedProblem, textProblem } from "../values/text.js";
import { maxNameLength, maxReasonLength } from "./arguments.js";
import { AskedKey } from "./asked-key.js";

/** What a field is in GraphQL, where its zod type alone does not say. */
export interface FieldFacts {
  /** The name of its scalar, enum or input type. */
  type: string;
  /** Of an enum's values. */
  values?: Readonly<Record<string, string>>;
}

/** By zod schema. What is derived from a field by zod's methods has the field's facts. */
export const fieldFacts = z.registry<FieldFacts>();

/** The field with what it is called in GraphQL. */
export function named<S extends z.ZodType>(schema: S, facts: FieldFacts): S {
  fieldFacts.add(schema, facts);
  return schema;
}

/** A calendar date; it stays a text. */
export const calendarDate = () =>
  named(
    z.custom<string>((given) => parseCalendarDate(given) !== null, {
      error: ({ input }) =>
        `a date such as 2024-01-31, of a day that exists, was expected; got ${JSON.stringify(input)}`,
    }),
    { type: "Date" },
  );

/** An instant: RFC 3339, or one that GraphQL has read already. */
export const instant = () =>
  named(
    z.unknown().transform((given, context): Date => {
      const parsed = typeof given === "string" ? parseInstant(given) : given;
      if (parsed instanceof Date) return parsed;
      context.addIssue({ code: "custom", message: instantExpected(given) });
      return z.NEVER;
    }),
    { type: "DateTime" },
  );

/** A name that may be unknown, but can be looked up. */
export const name = () => text(maxNameLength);

/** Why something is done, for the record. */
export const reason = () => text(maxReasonLength);

const text = (maxLength: number) =>
  z.string().superRefine((given, context) => {
    const problem = namedProblem(given, maxLength);
    if (problem) context.addIssue({ code: "custom", message: problem });
  });

/** The id of something stored. */
export const id = () => named(z.string().min(1), { type: "ID" });

/**
 * An entity's key: of one column its text, of several an object by column; where there are several entities, with the one
 * whose it is. `parseKey` says what is wrong with it.
 */
export const entityKey = () =>
  named(z.union([z.string(), z.instanceof(AskedKey), z.record(z.string(), z.unknown())]), { type: "ID" });

/** Any JSON whose texts a database can hold. */
export const jsonValue = () =>
  named(
    z.unknown().superRefine((given, context) => {
      const problem = jsonProblem(given);
      if (problem) context.addIssue({ code: "custom", message: problem });
    }),
    { type: "JSON" },
  );

/** A number of a range. */
export const ranged = <S extends z.ZodType<number>>(schema: S, range: Range): S =>
  schema
    .refine((given) => isWithin(given, range), { error: ({ input }) => outOfRange(input, range) })
    .meta({ minimum: range.min, maximum: range.max });

/** The deployment's default model unless another is named; without one it has to be named. */
export const model = (deployment: Pick<Deployment, "services">) => {
  const standard = defaultModelOf(deployment);
  return standard === undefined ? name() : name().default(standard);
};

export const seed = () => ranged(z.int(), SEED).default(SEED.default);

export const testFraction = () => ranged(z.number(), TEST_FRACTION).default(TEST_FRACTION.default);

export const folds = () =>
  ranged(z.int(), FOLDS)
    .nullish()
    .describe(
      "2 to 20: also judges as many fits on stratified folds of the training rows; metrics cv_<name>_mean and _std.",
    );

/** The number field where it comes as text, as in a query string. */
export const fromText = <S extends z.ZodType>(field: S) =>
  z.preprocess((given) => (typeof given === "string" ? Number(given) : given), field);

/** Why no database can hold a key or a text within, or null. */
function jsonProblem(value: unknown): string | null {
  let problem: string | null = null;
  JSON.stringify(value, (key, inner) => {
    problem ??= textProblem(key) ?? (typeof inner === "string" ? textProblem(inner) : null);
    return problem ? undefined : inner;
  });
  return problem;
}
