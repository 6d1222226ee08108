import type { Deployment, Entity, FeatureService } from "../definitions/language/deployment.js";
import { keyColumnsOf, type NamedKeyColumn } from "../definitions/language/key.js";
import { isKeyProblem, type KeyText, keyOfParts, partsOfText } from "../definitions/language/key-form.js";
import { BadUserInputError } from "../errors/errors.js";
import { suggestion } from "../values/suggestion.js";
import { namedProblem } from "../values/text.js";
import { maxNameLength } from "./arguments.js";

/** @throws {BadUserInputError} the deployment declares no entity of that name */
export function requireEntity({ entities }: Deployment, name: string): Entity {
  const found = entities.find(({ entity }) => entity.name === name);
  if (found) return found.entity;
  const names = entities.map(({ entity }) => entity.name);
  throw new BadUserInputError(unknown("entity", "entity", name, names), { argument: "entity" });
}

/** @throws {BadUserInputError} the deployment declares no feature service of that name */
export function requireService({ services }: Deployment, name: string): FeatureService {
  const service = services.find((each) => each.name === name);
  if (service) return service;
  const names = services.map((each) => each.name);
  throw new BadUserInputError(unknown("service", "feature service", name, names), { argument: "service" });
}

function unknown(argument: string, noun: string, name: string, known: readonly string[]): string {
  const there = known.length > 0 ? `there ${known.length === 1 ? "is" : "are"} ${known.join(", ")}` : "none";
  return `${argument}: this deployment declares no ${noun} ${JSON.stringify(name.slice(0, 60))}; ${there}${suggestion(name, known)}`;
}

/**
 * The key of one of them, from an object that names exactly the key's columns: `{"user_id": "8627-ZYGSZ"}`.
 * @throws {BadUserInputError} with what was expected and everything that is wrong
 */
export function parseEntityKey(entity: Entity, given: unknown, argument: string): string {
  const columns = keyColumnsOf(entity);
  const refuse = (problem: string): never => {
    throw new BadUserInputError(
      `${argument}: the key of one ${entity.name.replaceAll("_", " ")} was expected, ${shapeInWords(columns)}; ${problem}`,
      { argument },
    );
  };
  if (given === null || given === undefined) return refuse("none was given");
  if (typeof given !== "object" || Array.isArray(given)) return refuse(`got ${cut(given)}`);
  const values = given as Record<string, unknown>;
  const problems = Object.keys(values)
    .filter((name) => columns.every(({ column }) => column !== name))
    .map((name) => `${cut(name)} is no column of the key`);
  const valueIn = ({ column }: NamedKeyColumn) =>
    Object.hasOwn(values, column) ? values[column] : undefined;
  for (const column of columns.filter((each) => valueIn(each) === undefined))
    problems.push(`${column.column} is missing`);
  if (problems.length > 0) return refuse(problems.join(", "));
  const key = keyOfParts(entity, columns.map(valueIn));
  if (!isKeyProblem(key)) return key;
  const { column, problem } = key;
  return refuse(
    problem.startsWith("it is a text")
      ? problem.replace("it is", `${column.column} is`)
      : `${column.column} cannot be used: ${problem}`,
  );
}

/** What a key is in JSON: `{"bank": "…", "account_no": "…"}`. */
export const shapeInWords = (columns: readonly NamedKeyColumn[]): string =>
  `{${columns.map(({ column, type }) => `"${column}": ${type === "int" ? "…" : '"…"'}`).join(", ")}}`;

/**
 * The key whose columns are fields of a JSON body beside others.
 * @throws {BadUserInputError} the message names the column, its type and what was given
 */
export function parseKeyColumns(entity: Entity, body: Readonly<Record<string, unknown>>): string {
  const key = keyOfParts(
    entity,
    keyColumnsOf(entity).map(({ column }) => body[column]),
  );
  if (!isKeyProblem(key)) return key;
  const { column } = key.column;
  throw new BadUserInputError(`${column} cannot be used: ${key.problem}`, { argument: column });
}

/** The key that an argument of GraphQL is: of one column its value, of several an object by field. */
export function argumentKey(entity: Entity, given: unknown): KeyText {
  const columns = keyColumnsOf(entity);
  const values =
    columns.length === 1 ? [given] : columns.map(({ field }) => (given as Record<string, unknown>)[field]);
  return keyOfParts(entity, values);
}

/** @throws {BadUserInputError} the argument is no key; the message names the column, its type and what was given */
export function parseKey(entity: Entity, given: unknown, argument: string): string {
  return requireKey(argumentKey(entity, given), entity, argument);
}

/**
 * The key that an address names: of one column the part itself, of several each percent-encoded, joined by ":".
 * @param part as it stands in the address, percent-encoded
 * @throws {BadUserInputError}
 */
export function parseKeyPath(entity: Entity, part: string, argument: string): string {
  const columns = keyColumnsOf(entity);
  const decoded = decode(part);
  // Whoever encodes the whole, as a client's library does, encodes the ":" between the parts, too.
  const parts =
    columns.length === 1
      ? decoded && [decoded]
      : (partsOfText(entity, part) ?? (decoded && partsOfText(entity, decoded)));
  if (!parts) {
    const expected = columns.map(({ column }) => `<${column}>`).join(":");
    throw new BadUserInputError(
      `${argument}: ${expected} was expected, each percent-encoded; got ${cut(part)}`,
      {
        argument,
      },
    );
  }
  return requireKey(keyOfParts(entity, parts), entity, argument);
}

function requireKey(key: KeyText, entity: Entity, argument: string): string {
  if (!isKeyProblem(key)) return key;
  const { column, problem } = key;
  const of = keyColumnsOf(entity).length === 1 ? argument : `${argument}: ${column.column}`;
  throw new BadUserInputError(`${of} cannot be used: ${problem}`, { argument });
}

/**
 * What keys are to begin with, as asof keeps them.
 * @returns null: nothing is asked
 * @throws {BadUserInputError} no key can begin so
 */
export function parsePrefix(
  entity: Entity,
  search: string | null | undefined,
  argument: string,
): string | null {
  if (!search) return null;
  const problem = namedProblem(search, maxNameLength);
  if (problem) throw new BadUserInputError(`${argument} cannot be used: ${problem}`, { argument });
  const [only, ...others] = keyColumnsOf(entity);
  if (others.length > 0) return search.split(":").map(encodeURIComponent).join(":");
  return only!.type === "uuid" ? search.toLowerCase() : search;
}

function decode(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

const cut = (value: unknown): string => JSON.stringify(value).slice(0, 100);
