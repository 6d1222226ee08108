import type { Deployment, Entity, FeatureService } from "../definitions/language/deployment.js";
import { BadUserInputError } from "../errors/errors.js";
import { suggestion } from "../values/suggestion.js";
import { keyProblem } from "./arguments.js";

/** A key as JSON has it: `{"user_id": "8627-ZYGSZ"}`, in every deployment an object by column. */
export type EntityKeyObject = Readonly<Record<string, string>>;

export const keyObject = ({ key: column }: Entity, key: string): EntityKeyObject => ({ [column]: key });

/** @throws {BadUserInputError} the deployment declares no entity of that name */
export function requireEntity({ entity }: Deployment, name: string): Entity {
  if (name === entity.name) return entity;
  throw new BadUserInputError(unknown("entity", "entity", name, [entity.name]), { argument: "entity" });
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
 * The key of one of them, from an object that names exactly the key's columns.
 * @throws {BadUserInputError} with what was expected and everything that is wrong
 */
export function parseEntityKey(entity: Entity, given: unknown, argument: string): string {
  const { name, key: column } = entity;
  const refuse = (problem: string): never => {
    throw new BadUserInputError(
      `${argument}: the key of one ${name.replaceAll("_", " ")} was expected, {"${column}": "…"}; ${problem}`,
      { argument },
    );
  };
  if (given === null || given === undefined) return refuse("none was given");
  if (typeof given !== "object" || Array.isArray(given)) return refuse(`got ${cut(given)}`);
  const values = given as Record<string, unknown>;
  const problems = Object.keys(values)
    .filter((each) => each !== column)
    .map((each) => `${cut(each)} is no column of the key`);
  const value = Object.hasOwn(values, column) ? values[column] : undefined;
  if (value === undefined) problems.push(`${column} is missing`);
  else if (typeof value !== "string") problems.push(`${column} is a text; got ${cut(value)}`);
  else {
    const problem = keyProblem(value);
    if (problem) problems.push(`${column} cannot be used: ${problem}`);
  }
  return problems.length > 0 ? refuse(problems.join(", ")) : (value as string);
}

const cut = (value: unknown): string => JSON.stringify(value).slice(0, 100);
