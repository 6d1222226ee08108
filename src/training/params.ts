import { BadUserInputError } from "../errors/errors.js";
import type { ClassWeight } from "./class-weight.js";
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
    linear_start: integer(0, 2, 2),
  },
  RANDOM_FOREST: {
    trees: integer(1, 1000, 300),
    max_leaves: integer(2, 8192, 256),
    min_leaf_rows: integer(1, 1e6, 40),
    max_features: integer(0, 1000, 0),
    max_bins: integer(2, 255, 255),
  },
  LOGISTIC_REGRESSION: {
    l2: real(1e-6, 1e6, 1),
    max_iterations: integer(1, 1000, 50),
    tolerance: real(1e-12, 0.1, 1e-8),
  },
} as const satisfies Record<Algorithm, Record<string, Range>>;

/** The weight of a row with label 1; "none" and "balanced" are allowed beside it. */
const CLASS_WEIGHT = real(0.001, 1000, 1);

export type ParamsOf<A extends Algorithm> = Record<keyof (typeof RANGES)[A], number> & {
  class_weight: ClassWeight;
};
export type BoostingParams = ParamsOf<"GRADIENT_BOOSTING">;
export type ForestParams = ParamsOf<"RANDOM_FOREST">;
export type LogisticParams = ParamsOf<"LOGISTIC_REGRESSION">;
export type Hyperparameters = BoostingParams | ForestParams | LogisticParams;

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
    throw new BadUserInputError(`params of ${algorithm} must be an object, got ${show(given)}`);
  }
  const ranges: Record<string, Range> = RANGES[algorithm];
  const known = [...Object.keys(ranges), "class_weight"];
  const resolved: Record<string, ClassWeight> = { class_weight: "none" };
  for (const [name, range] of Object.entries(ranges)) resolved[name] = range.default;
  for (const [name, value] of Object.entries(given)) {
    if (!known.includes(name)) {
      throw new BadUserInputError(`${algorithm} has no parameter ${show(name)}; known: ${known.join(", ")}`, {
        algorithm,
        parameter: name,
        known,
      });
    }
    if (name !== "class_weight") resolved[name] = checked(algorithm, name, value, ranges[name]!);
    else resolved[name] = checkedClassWeight(algorithm, value);
  }
  return resolved as ParamsOf<A>;
}

/** Whether the parameter takes whole numbers only. */
export function isIntegerParam(algorithm: Algorithm, name: string): boolean {
  const ranges: Record<string, Range> = RANGES[algorithm];
  return ranges[name]?.integer ?? false;
}

function checkedClassWeight(algorithm: Algorithm, value: unknown): ClassWeight {
  if (value === "none" || value === "balanced") return value;
  const { min, max } = CLASS_WEIGHT;
  if (typeof value === "number" && value >= min && value <= max) return value;
  throw new BadUserInputError(
    `parameter "class_weight" of ${algorithm} must be "none", "balanced" or a number from ${min} to ${max} ` +
      `(the weight of label 1), got ${show(value)}`,
    { algorithm, parameter: "class_weight", got: value, min, max },
  );
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
