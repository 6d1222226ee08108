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
}

export interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly whole: boolean;
  /** What the number is, where the parameter's name does not say it. */
  readonly meaning: string | null;
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

/** A complete set of values of a learner whose parameters are not known to the compiler. */
export type Hyperparameters = Record<string, number | string>;

/** Every parameter at its default. */
export function defaultsOf<Specs extends ParamSpecs>(specs: Specs): ParamsOf<Specs> {
  const defaults = Object.entries(specs).map(([name, param]) => [name, param.default]);
  return Object.fromEntries(defaults) as ParamsOf<Specs>;
}
