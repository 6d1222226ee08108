import { BadUserInputError } from "../errors/errors.js";
import { DEFAULT_TASK } from "../values/task.js";
import { learners } from "./learners/registry.js";
import { isOf, isWholeParam, resolveParams } from "./params.js";
import type { Dimension, SearchSpace } from "./search-dimension.js";
import { sfc32 } from "./tasks/bootstrap.js";

type Value = number | string;
/**
 * The space to search: what is given over the algorithm's own.
 * @param given by parameter: a value, `{ choices: […] }`, or `{ min, max, log }`; null takes a parameter out
 * @throws {BadUserInputError} naming the parameter, what was got and what is accepted
 */
export function resolveSpace(algorithm: string, given: unknown, task = DEFAULT_TASK): SearchSpace {
  if (given !== null && given !== undefined && (typeof given !== "object" || Array.isArray(given))) {
    throw new BadUserInputError(
      `space: an object by parameter was expected, such as { "l2": { "min": 0.1, "max": 10, "log": true } }; got ${JSON.stringify(given)}`,
    );
  }
  const space: Record<string, Dimension> = {};
  const { searchSpace, params } = learners.get(algorithm);
  for (const [name, dimension] of Object.entries(searchSpace)) {
    if (dimension && isOf(params[name]!, task)) space[name] = dimension;
  }
  for (const [name, value] of Object.entries(given ?? {})) {
    if (value === null) delete space[name];
    else space[name] = parseDimension(algorithm, task, name, value);
  }
  return space;
}

function parseDimension(algorithm: string, task: string, name: string, given: unknown): Dimension {
  const refuse = (problem: string): never => {
    throw new BadUserInputError(`space.${name}: ${problem}; got ${JSON.stringify(given)}`, {
      parameter: name,
    });
  };
  const accept = (value: unknown): Value => ({ ...resolveParams(algorithm, { [name]: value }, task) })[name]!;
  if (typeof given === "number" || typeof given === "string" || isNumbersByName(algorithm, name, given))
    return { fixed: accept(given) };
  if (typeof given !== "object" || given === null || Array.isArray(given))
    return refuse("a value, { choices } or { min, max, log } was expected");
  const { choices, min, max, log = false, ...rest } = given as Record<string, unknown>;
  const unknown = Object.keys(rest);
  if (unknown.length > 0) return refuse(`${unknown.join(", ")} is not known; choices, min, max and log are`);
  if (choices !== undefined) {
    if (min !== undefined || max !== undefined) return refuse("choices or a range was expected, not both");
    if (!Array.isArray(choices) || choices.length === 0 || choices.length > 1000)
      return refuse("choices must be a list of 1 to 1000 values");
    return { choices: choices.map(accept) };
  }
  if (typeof min !== "number" || typeof max !== "number" || !(min < max))
    return refuse("numbers min < max were expected");
  if (typeof log !== "boolean") return refuse("log must be true or false");
  if (log && !(min > 0)) return refuse("a range by its logarithm must begin above 0");
  accept(min);
  accept(max);
  return { min, max, log };
}

/** A parameter of numbers by name, given as an object that is not a way to draw it. */
const isNumbersByName = (algorithm: string, name: string, given: unknown): boolean =>
  learners.get(algorithm).params[name]?.byName !== undefined &&
  typeof given === "object" &&
  !["choices", "min", "max"].some((key) => given !== null && Object.hasOwn(given, key));

/**
 * Complete hyperparameters of up to `trials` different trials, the same for the same seed; the first n of more trials are
 * those of n. The first is the algorithm's defaults where the space holds them, so that a search is never worse
 * than none. Fewer where the space has no more.
 */
export function drawTrials(
  algorithm: string,
  space: SearchSpace,
  trials: number,
  seed: number,
  task = DEFAULT_TASK,
): Record<string, Value>[] {
  const defaults: Record<string, Value> = { ...resolveParams(algorithm, {}, task) };
  const random = sfc32(seed);
  const uniform = () => random() / 4294967296;
  const draw = (): Record<string, Value> => {
    const drawn: Record<string, Value> = {};
    for (const name of Object.keys(space).sort()) {
      drawn[name] = drawValue(space[name]!, isWholeParam(algorithm, name), uniform());
    }
    return { ...resolveParams(algorithm, drawn, task) };
  };
  const found = new Map<string, Record<string, Value>>();
  const add = (hyperparameters: Record<string, Value>) =>
    found.set(JSON.stringify(hyperparameters), hyperparameters);
  if (Object.entries(space).every(([name, dimension]) => holds(dimension, defaults[name]!))) add(defaults);
  for (let misses = 0; found.size < trials && misses < 100; ) {
    const before = found.size;
    add(draw());
    misses = found.size === before ? misses + 1 : 0;
  }
  return [...found.values()];
}

function drawValue(dimension: Dimension, whole: boolean, share: number): Value {
  if ("fixed" in dimension) return dimension.fixed;
  if ("choices" in dimension) return dimension.choices[Math.floor(share * dimension.choices.length)]!;
  const { min, max, log } = dimension;
  // A whole number stands for the half unit on either side of it: the ends are as likely as the others.
  const [from, to] = whole ? [log ? Math.max(min - 0.5, min / 2) : min - 0.5, max + 0.5] : [min, max];
  const value = log ? Math.exp(Math.log(from) + share * Math.log(to / from)) : from + share * (to - from);
  return Math.min(max, Math.max(min, whole ? Math.round(value) : value));
}

function holds(dimension: Dimension, value: Value): boolean {
  if ("fixed" in dimension) return dimension.fixed === value;
  if ("choices" in dimension) return dimension.choices.includes(value);
  return typeof value === "number" && value >= dimension.min && value <= dimension.max;
}
