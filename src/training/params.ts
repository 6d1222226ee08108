import { BadUserInputError } from "../errors/errors.js";
import type { Hyperparameters, NumberRange, Param, ParamSpecs, ParamsOf } from "./learners/param.js";
import { type BuiltInLearner, learners } from "./learners/registry.js";

/** What a learner's parameters are parsed to: typed for a built-in one. */
export type ParamsFor<Name extends string> = string extends Name
  ? Hyperparameters
  : ParamsOf<Extract<BuiltInLearner, { name: Name }>["params"]>;

/**
 * The complete set of parameters: what the caller gave over the learner's defaults.
 * @throws {UnknownNameError} no learner has the name
 * @throws {BadUserInputError} naming the parameter, what was got, and the range or the names allowed
 */
export function resolveParams<Name extends string>(learner: Name, params?: unknown): ParamsFor<Name> {
  const specs: ParamSpecs = learners.get(learner).params;
  const given = params ?? {};
  if (typeof given !== "object" || Array.isArray(given)) {
    throw new BadUserInputError(`params of ${learner} must be an object, got ${show(given)}`);
  }
  const known = Object.keys(specs);
  const resolved: Hyperparameters = {};
  for (const name of known) resolved[name] = specs[name]!.default;
  for (const [name, value] of Object.entries(given)) {
    if (!known.includes(name)) {
      throw new BadUserInputError(`${learner} has no parameter ${show(name)}; known: ${known.join(", ")}`, {
        algorithm: learner,
        parameter: name,
        known,
      });
    }
    resolved[name] = checked(learner, name, value, specs[name]!);
  }
  return resolved as ParamsFor<Name>;
}

/** Whether the parameter takes whole numbers only. */
export function isWholeParam(learner: string, name: string): boolean {
  return learners.get(learner).params[name]?.range?.whole ?? false;
}

function checked(learner: string, name: string, value: unknown, { names, range }: Param): number | string {
  if (typeof value === "string" && names.includes(value)) return value;
  if (typeof value === "number" && range && isWithin(value, range)) return value;
  throw new BadUserInputError(
    `parameter ${show(name)} of ${learner} must be ${accepted(names, range)}, got ${show(value)}`,
    { algorithm: learner, parameter: name, got: value, min: range?.min, max: range?.max },
  );
}

function isWithin(value: number, { min, max, whole }: NumberRange): boolean {
  return value >= min && value <= max && (!whole || Number.isInteger(value));
}

/** `"none", "balanced" or a number from 0.001 to 1000 (the weight of label 1)` */
function accepted(names: readonly string[], range: NumberRange | null): string {
  const texts = names.map((name) => show(name));
  if (!range) return `one of ${texts.join(", ")}`;
  const { min, max, whole, meaning } = range;
  const number = `${whole ? "an integer" : "a number"} from ${min} to ${max}${meaning ? ` (${meaning})` : ""}`;
  return texts.length === 0 ? number : `${texts.join(", ")} or ${number}`;
}

function show(value: unknown): string {
  if (typeof value === "number") return String(value);
  return JSON.stringify(value) ?? String(value);
}
