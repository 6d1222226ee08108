import { BadUserInputError } from "../errors/errors.js";
import { ALGORITHMS, type Algorithm } from "./types.js";

interface Range {
  default: number;
  min: number;
  max: number;
  integer: boolean;
}

const integer = (min: number, max: number, fallback: number): Range => ({
  default: fallback,
  min,
  max,
  integer: true,
});
const real = (min: number, max: number, fallback: number): Range => ({
  default: fallback,
  min,
  max,
  integer: false,
});

/** docs/training.md says what each one does; the defaults' measurements are there too. */
const RANGES = {
  GRADIENT_BOOSTING: {
    trees: integer(1, 5000, 300),
    leaves: integer(2, 256, 4),
    learning_rate: real(0.001, 1, 0.08),
    l2: real(0, 1e6, 10),
    min_leaf_rows: integer(1, 1e6, 50),
    max_bins: integer(2, 255, 255),
    early_stopping_rounds: integer(0, 1000, 50),
  },
  LOGISTIC_REGRESSION: {
    l2: real(1e-6, 1e6, 1),
    max_iterations: integer(1, 1000, 50),
    tolerance: real(1e-12, 0.1, 1e-8),
  },
} as const satisfies Record<Algorithm, Record<string, Range>>;

export type ParamsOf<A extends Algorithm> = Record<keyof (typeof RANGES)[A], number>;
export type BoostingParams = ParamsOf<"GRADIENT_BOOSTING">;
export type LogisticParams = ParamsOf<"LOGISTIC_REGRESSION">;
export type Hyperparameters = BoostingParams | LogisticParams;

/**
 * The complete set of parameters: what the caller gave over the defaults.
 * @throws BadUserInputError naming the parameter, what was got, and the range or the names allowed.
 */
export function resolveParams<A extends Algorithm>(algorithm: A, params?: unknown): ParamsOf<A> {
  if (!ALGORITHMS.includes(algorithm)) {
    throw new BadUserInputError(`no learner is named ${show(algorithm)}; known: ${ALGORITHMS.join(", ")}`, {
      algorithm,
    });
  }
  const given = params ?? {};
  if (typeof given !== "object" || Array.isArray(given)) {
    throw new BadUserInputError(`params of ${algorithm} must be an object of numbers, got ${show(given)}`);
  }
  const ranges: Record<string, Range> = RANGES[algorithm];
  const resolved: Record<string, number> = {};
  for (const [name, range] of Object.entries(ranges)) resolved[name] = range.default;
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(ranges, name)) {
      throw new BadUserInputError(
        `${algorithm} has no parameter ${show(name)}; known: ${Object.keys(ranges).join(", ")}`,
        { algorithm, parameter: name, known: Object.keys(ranges) },
      );
    }
    resolved[name] = checked(algorithm, name, value, ranges[name]!);
  }
  return resolved as ParamsOf<A>;
}

function checked(algorithm: Algorithm, name: string, value: unknown, range: Range): number {
  const { min, max } = range;
  const inRange = typeof value === "number" && value >= min && value <= max;
  if (inRange && (!range.integer || Number.isInteger(value))) return value;
  throw new BadUserInputError(
    `parameter ${show(name)} of ${algorithm} must be ${range.integer ? "an integer" : "a number"} ` +
      `from ${min} to ${max}, got ${show(value)}`,
    { algorithm, parameter: name, got: value, min, max },
  );
}

function show(value: unknown): string {
  if (typeof value === "number") return String(value);
  return JSON.stringify(value) ?? String(value);
}
