import { z } from "zod";
import type { Column } from "../../definitions/language/column.js";
import type { GraphqlName } from "../../definitions/language/column-types/column-type.js";
import { factsOf } from "../../definitions/language/column-types/registry.js";
import type { Entity } from "../../definitions/language/deployment.js";
import { type KeyType, keyColumnsOf, type NamedKeyColumn } from "../../definitions/language/key.js";
import { KEY_TYPE_IN_WORDS } from "../../definitions/language/key-form.js";
import { maxNameLength } from "../../inputs/arguments.js";

/** One of several forms; anything where there is none. */
export const eitherOf = (shapes: readonly z.ZodType[]): z.ZodType =>
  shapes.length === 0 ? z.unknown() : shapes.length === 1 ? shapes[0]! : z.union(shapes);

/** What a value is in JSON, by the scalar that it is in GraphQL: both say the same. */
const SERVED: Readonly<Record<GraphqlName, () => z.ZodType>> = {
  Int: () => z.int32(),
  Float: () => z.number(),
  Boolean: () => z.boolean(),
  String: () => z.string(),
  Date: () => z.string().meta({ format: "date" }),
  BigInt: () => z.string().describe("A whole number of 64 bits, as text."),
  Decimal: () => z.string().describe("A decimal number with all its digits, as text."),
  Timestamp: () => z.string().describe("An instant, to the microsecond.").meta({ format: "date-time" }),
};

/** A column's value as it is answered: null where there is none. */
export function servedValue({ type, description }: Column): z.ZodType {
  const { graphql } = factsOf(type);
  const one = SERVED[graphql.name]();
  const value = (graphql.list ? z.array(one) : one).nullable();
  return description ? value.describe(description) : value;
}

/** A column's value as a request brings it; more than its type is checked when it is read. */
export function givenValue({ type, description }: Column): z.ZodType {
  return z.unknown().meta({ type: [...factsOf(type).json, "null"], ...(description && { description }) });
}

/** Beside features, for callers who may not see all of them. */
export const maskedShape = {
  masked: z
    .array(z.string())
    .optional()
    .describe("Features that are null because the caller may not see them; absent where there are none."),
};

const DIGITS = { pattern: "^[+-]?[0-9]{1,19}$" };
const BY_TYPE: Record<KeyType, () => z.ZodType> = {
  string: () => z.string().meta({ minLength: 1, maxLength: maxNameLength }),
  int: () =>
    z.union([
      z.number().meta({ type: "integer", minimum: -(2 ** 31), maximum: 2 ** 31 - 1 }),
      z.string().meta(DIGITS),
    ]),
  bigint: () => z.union([z.string().meta(DIGITS), z.number().meta({ type: "integer" })]),
  uuid: () => z.string().meta({ format: "uuid" }),
};

/** A column of a key as a body brings it. An int is a number, or its digits; any other key a text. */
export const givenKey = ({ type, description }: NamedKeyColumn): z.ZodType =>
  BY_TYPE[type]().describe(description ?? `${KEY_TYPE_IN_WORDS[type]}.`);

/** A column of a key as it is answered. */
const servedKey = ({ type }: NamedKeyColumn): z.ZodType => (type === "int" ? z.int32() : z.string());

/** The key's columns by name, as they are answered beside other fields. */
export const servedKeyColumns = (entity: Entity): Record<string, z.ZodType> =>
  Object.fromEntries(keyColumnsOf(entity).map((column) => [column.column, servedKey(column)]));

/** One key in a list of them: its value, of several columns an object. */
export function servedKeyValue(entity: Entity): z.ZodType {
  const columns = keyColumnsOf(entity);
  return columns.length === 1 ? servedKey(columns[0]!) : z.object(servedKeyColumns(entity));
}
