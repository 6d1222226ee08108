import { BadUserInputError } from "../../../errors/errors.js";
import { numbersIn } from "../../learners/param.js";
import type { SampleWeights } from "../../sample-weights.js";
import { sharedArray } from "../../threads/shared.js";
import type { ClassWeight } from "../binary/class-weight.js";

/**
 * What each row counts: its class, times its own weight; null where all count the same. "balanced" goes by what the rows of each
 * class weigh, as in scikit-learn.
 * @throws {BadUserInputError} weights of classes that there are none of
 */
export function classRowWeights(
  setting: ClassWeight,
  labels: Uint8Array,
  classes: readonly string[],
  own: SampleWeights,
): SampleWeights {
  if (setting === "none") return own;
  const byClass = setting === "balanced" ? balanced(labels, classes.length, own) : named(setting, classes);
  const each = sharedArray(Float64Array, labels.length);
  for (let row = 0; row < labels.length; row++) each[row] = (own ? own[row]! : 1) * byClass[labels[row]!]!;
  return each;
}

function balanced(labels: Uint8Array, classes: number, own: SampleWeights): Float64Array {
  const sums = new Float64Array(classes);
  for (let row = 0; row < labels.length; row++) sums[labels[row]!]! += own ? own[row]! : 1;
  const total = sums.reduce((sum, each) => sum + each, 0);
  return sums.map((sum) => total / (classes * sum));
}

/** Classes that are not named weigh 1. */
function named(setting: ClassWeight, classes: readonly string[]): Float64Array {
  const numbers = numbersIn(setting) ?? {};
  const unknown = Object.keys(numbers).filter((name) => !classes.includes(name));
  if (unknown.length > 0)
    throw new BadUserInputError(
      `parameter "class_weight": no row is of the class ${unknown.map((name) => JSON.stringify(name)).join(", ")}; the classes are ${classes.join(", ")}`,
      { parameter: "class_weight", unknown },
    );
  return Float64Array.from(classes, (name) => (Object.hasOwn(numbers, name) ? numbers[name]! : 1));
}
