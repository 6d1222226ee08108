import type { Entity } from "../../definitions/language/deployment.js";
import { keyColumnsOf } from "../../definitions/language/key.js";
import { isKeyProblem, keyOfParts } from "../../definitions/language/key-form.js";
import { BadUserInputError } from "../../errors/errors.js";
import { shapeError } from "./feast-error.js";

/** What Feast calls the join keys of an entity: the columns of its key. */
export const joinKeysOf = (entity: Entity): string[] => keyColumnsOf(entity).map(({ column }) => column);

/**
 * The keys of rows that were sent by columns, one list for each column of the key.
 * @param at the part of the body that has the lists
 * @throws {ShapeError} a column is missing, is of another length than the others, or holds what is no key
 * @throws {BadUserInputError} a value is none of the column's type
 */
export function readSentKeys(
  entity: Entity,
  sent: Readonly<Record<string, readonly unknown[]>>,
  at: "entities" | "df",
): string[] {
  const columns = joinKeysOf(entity);
  const lists = columns.map((column) => {
    if (Object.hasOwn(sent, column)) return sent[column]!;
    throw shapeError([at], `the key ${column} is missing`, "missing");
  });
  const [first] = lists as [readonly unknown[]];
  for (const [place, list] of lists.entries())
    if (list.length !== first.length)
      throw shapeError(
        [at, columns[place]!],
        `${first.length} values were expected, as in ${columns[0]}; got ${list.length}`,
      );
  return first.map((_, row) => {
    const parts = lists.map((list, place) => textOf(list[row], [at, columns[place]!, row]));
    const key = keyOfParts(entity, parts);
    if (!isKeyProblem(key)) return key;
    const argument = `${at}.${key.column.column}[${row}]`;
    throw new BadUserInputError(`${argument} cannot be used: ${key.problem}`, { argument });
  });
}

function textOf(value: unknown, place: readonly (string | number)[]): string {
  if (typeof value === "string" || typeof value === "number") return String(value);
  throw shapeError(place, "a key was expected", "string_type");
}
