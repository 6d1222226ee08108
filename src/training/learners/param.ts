import type { TaskName } from "../../values/task.js";

/**
 * One parameter of a learner, as plain data: threads load the records, too, and a schema library would cost each of them 75 ms of
 * processor time. What a client sends is parsed by ../params.ts, from these alone.
 */
export interface Param<Value extends number | string = number | string> {
  readonly default: Value;
  /** One line of docs/training.md. */
  readonly description: string;
  /** The texts it takes. */
  readonly names: readonly string[];
  /** The numbers it takes; null: none. */
  readonly range: NumberRange | null;
  /** The tasks whose models have it; absent: every task that the learner does. */
  readonly task?: TaskName | readonly TaskName[];
  /** Of the texts, those that models of a task take; absent: all. */
  readonly namesOf?: Readonly<Record<TaskName, readonly string[]>>;
  /** Numbers by name, such as by class: given as an object, or as its JSON, which is what the parameter is then. */
  readonly byName?: NumbersByName;
}

export interface NumbersByName {
  /** What the names are of; numeric features are those that the model learns from. */
  readonly of: "class" | "numeric feature";
  /** The only tasks whose models take it; absent: those that have the parameter. */
  readonly task?: TaskName;
  readonly min: number;
  readonly max: number;
  /** Absent: fractions, too. */
  readonly whole?: true;
}

export interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly whole: boolean;
  /** What the number is, where the parameter's name does not say it. */
  readonly meaning: string | null;
  /** The only task whose models take a number; absent: those that have the parameter. */
  readonly task?: TaskName;
}

export type ParamSpecs = Readonly<Record<string, Param>>;
/** A complete set of values. */
export type ParamsOf<Specs extends ParamSpecs> = { [Name in keyof Specs]: Specs[Name]["default"] };

export const wholeNumber = (
  min: number,
  max: number,
  fallback: number,
  description: string,
): Param<number> => ({
  default: fallback,
  description,
  names: [],
  range: { min, max, whole: true, meaning: null },
});

export const realNumber = (
  min: number,
  max: number,
  fallback: number,
  description: string,
): Param<number> => ({
  default: fallback,
  description,
  names: [],
  range: { min, max, whole: false, meaning: null },
});

export const oneOf = <const Name extends string>(
  names: readonly Name[],
  fallback: NoInfer<Name>,
  description: string,
): Param<Name> => ({ default: fallback, description, names, range: null });

/** A parameter of the models of one task, or of some. */
export const ofTask = <Value extends number | string>(
  task: TaskName | readonly TaskName[],
  param: Param<Value>,
): Param<Value> => ({ ...param, task });

/** What a parameter of numbers by name says, of its text; null: of a text that is a name of its own. */
export const numbersIn = (value: unknown): Readonly<Record<string, number>> | null =>
  typeof value === "string" && value.startsWith("{") ? JSON.parse(value) : null;

/** A complete set of values of a learner whose parameters are not known to the compiler. */
export type Hyperparameters = Record<string, number | string>;

/** Every parameter at its default. */
export function defaultsOf<Specs extends ParamSpecs>(specs: Specs): ParamsOf<Specs> {
  const defaults = Object.entries(specs).map(([name, param]) => [name, param.default]);
  return Object.fromEntries(defaults) as ParamsOf<Specs>;
}
