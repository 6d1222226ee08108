import { BadUserInputError } from "../errors/errors.js";
import { suggestion } from "../values/suggestion.js";
import { DEFAULT_TASK, type TaskName } from "../values/task.js";
import {
  type Hyperparameters,
  type NumberRange,
  type NumbersByName,
  numbersIn,
  type Param,
  type ParamSpecs,
  type ParamsOf,
} from "./learners/param.js";
import { type BuiltInLearner, learners } from "./learners/registry.js";
import type { FeatureSpec } from "./types.js";

/** What a learner's parameters are parsed to: typed for a built-in one. */
export type ParamsFor<Name extends string> = string extends Name
  ? Hyperparameters
  : ParamsOf<Extract<BuiltInLearner, { name: Name }>["params"]>;

/**
 * The complete set of parameters of a task's models: what the caller gave over the learner's defaults.
 * @throws {UnknownNameError} no learner has the name
 * @throws {BadUserInputError} naming the parameter, what was got, and the range or the names allowed
 */
export function resolveParams<Name extends string>(
  learner: Name,
  params?: unknown,
  task = DEFAULT_TASK,
): ParamsFor<Name> {
  const specs: ParamSpecs = learners.get(learner).params;
  const given = params ?? {};
  if (typeof given !== "object" || Array.isArray(given)) {
    throw new BadUserInputError(`params of ${learner} must be an object, got ${show(given)}`);
  }
  const known = Object.keys(specs).filter((name) => isOf(specs[name]!, task));
  const resolved: Hyperparameters = {};
  for (const name of known) resolved[name] = specs[name]!.default;
  for (const [name, value] of Object.entries(given)) {
    if (!known.includes(name)) {
      const other = Object.hasOwn(specs, name) && tasksOf(specs[name]!).join(" and ");
      if (other)
        throw new BadUserInputError(
          `parameter ${show(name)} of ${learner} is for models of ${other}, not of ${task}; known: ${known.join(", ")}`,
          { algorithm: learner, parameter: name, task, known },
        );
      throw new BadUserInputError(`${learner} has no parameter ${show(name)}; known: ${known.join(", ")}`, {
        algorithm: learner,
        parameter: name,
        known,
      });
    }
    resolved[name] = checked(learner, name, value, specs[name]!, task);
  }
  return resolved as ParamsFor<Name>;
}

/**
 * Parameters that name features: each is a number that the model learns from.
 * @throws {BadUserInputError} naming the parameter, the feature, and those that could be named
 */
export function requireFeatures(
  learner: string,
  params: Readonly<Record<string, unknown>>,
  features: readonly FeatureSpec[],
): void {
  const numeric = features.filter(({ kind }) => kind === "numeric").map(({ name }) => name);
  for (const [parameter, { byName }] of Object.entries(learners.get(learner).params)) {
    if (byName?.of !== "numeric feature") continue;
    const named = Object.keys(numbersIn(params[parameter]) ?? {});
    const feature = named.find((name) => !numeric.includes(name));
    if (feature === undefined) continue;
    const isCategory = features.some(({ name }) => name === feature);
    const problem = isCategory ? "is a category, which has no order" : "is no feature that is learnt from";
    throw new BadUserInputError(
      `parameter ${show(parameter)} of ${learner}: ${show(feature)} ${problem}; take of ${numeric.join(", ")}${suggestion(feature, numeric)}`,
      { algorithm: learner, parameter, feature, known: numeric },
    );
  }
}

/** Whether models of the task have the parameter. */
export const isOf = (param: Param, task: string): boolean =>
  param.task === undefined || tasksOf(param).some((name) => name === task);

const tasksOf = ({ task = [] }: Param): readonly string[] => (typeof task === "string" ? [task] : task);

/** Whether the parameter takes whole numbers only. */
export function isWholeParam(learner: string, name: string): boolean {
  return learners.get(learner).params[name]?.range?.whole ?? false;
}

function checked(learner: string, name: string, value: unknown, param: Param, task: string): number | string {
  const { names, range, byName } = taken(param, task);
  if (typeof value === "string" && names.includes(value)) return value;
  if (typeof value === "number" && range && isWithin(value, range)) return value;
  const numbers = byName && readNumbers(value, byName);
  if (numbers) return Object.keys(numbers).length === 0 ? String(param.default) : JSON.stringify(numbers);
  throw new BadUserInputError(
    `parameter ${show(name)} of ${learner} must be ${accepted(names, range, byName)}, got ${show(value)}`,
    { algorithm: learner, parameter: name, got: value, min: range?.min, max: range?.max },
  );
}

/** What models of the task may have for the parameter. */
function taken({ names, range, byName, namesOf }: Param, task: string) {
  const isFor = (of: { task?: TaskName }) => of.task === undefined || of.task === task;
  return {
    names: (namesOf as Record<string, readonly string[]> | undefined)?.[task] ?? names,
    range: range && isFor(range) ? range : null,
    byName: byName && isFor(byName) ? byName : null,
  };
}

/** In the order of their names; null: there are none. */
function readNumbers(value: unknown, numbers: NumbersByName): Record<string, number> | null {
  const given = typeof value === "string" ? parsed(value) : value;
  if (typeof given !== "object" || given === null || Array.isArray(given)) return null;
  const range = { whole: false, ...numbers };
  const isTaken = (each: unknown) => typeof each === "number" && isWithin(each, range);
  const entries = Object.entries(given as Record<string, number>);
  if (!entries.every(([, each]) => isTaken(each))) return null;
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isWithin(value: number, { min, max, whole }: Pick<NumberRange, "min" | "max" | "whole">): boolean {
  return value >= min && value <= max && (!whole || Number.isInteger(value));
}

/** `"none", "balanced" or a number from 0.001 to 1000 (the weight of label 1)` */
function accepted(names: readonly string[], range: NumberRange | null, byName: NumbersByName | null): string {
  const texts = names.map((name) => show(name));
  const others = [...(range ? [rangeText(range)] : []), ...(byName ? [byNameText(byName)] : [])];
  if (others.length === 0) return `one of ${texts.join(", ")}`;
  return [...(texts.length > 0 ? [texts.join(", ")] : []), ...others].join(" or ");
}

const rangeText = ({ min, max, whole, meaning }: NumberRange): string =>
  `${whole ? "an integer" : "a number"} from ${min} to ${max}${meaning ? ` (${meaning})` : ""}`;

const byNameText = ({ of, min, max, whole }: NumbersByName): string =>
  `an object of ${whole ? "integers" : "numbers"} from ${min} to ${max} by ${of}`;

function show(value: unknown): string {
  if (typeof value === "number") return String(value);
  return JSON.stringify(value) ?? String(value);
}
