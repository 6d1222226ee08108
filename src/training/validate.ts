import { BadUserInputError } from "../errors/errors.js";
import type { OnnxValue } from "../onnx/writer.js";
import { FOLDS, isWithin, SEED, TEST_FRACTION } from "../values/ranges.js";
import { DEFAULT_TASK } from "../values/task.js";
import { byKind } from "./matrix.js";
import { NUMERIC_INPUT } from "./onnx/inputs.js";
import { requireFeatures, resolveParams } from "./params.js";
import type { Labels } from "./tasks/labels.js";
import { tasks } from "./tasks/registry.js";
import type { TrainingData, TrainOptions } from "./types.js";

/** What can be checked without looking at every value. @throws BadUserInputError */
export function validateRequest(
  data: TrainingData<Labels>,
  { algorithm, params, seed, testFraction, folds = 0, task = DEFAULT_TASK }: TrainOptions,
): void {
  requireFeatures(algorithm, resolveParams(algorithm, params, task), data.features);
  if (folds !== 0 && !(Number.isInteger(folds) && isWithin(folds, FOLDS))) {
    throw new BadUserInputError(
      `folds must be an integer from ${FOLDS.min} to ${FOLDS.max}, or 0 for none, got ${folds}`,
      {
        folds,
      },
    );
  }
  if (!(Number.isInteger(seed) && isWithin(seed, SEED))) {
    throw new BadUserInputError(`seed must be an integer from ${SEED.min} to ${SEED.max}, got ${seed}`, {
      seed,
    });
  }
  if (!(testFraction > 0 && testFraction < 1)) {
    throw new BadUserInputError(
      `testFraction must lie between 0 and 1, both excluded, got ${testFraction}; ${TEST_FRACTION.default} holds out a quarter`,
      { testFraction },
    );
  }
  validateFeatures(data, tasks.get(task).outputs(data.classes ?? null));
  validateShape(data);
}

function validateFeatures({ features }: TrainingData<Labels>, outputs: readonly OnnxValue[]): void {
  const taken = [NUMERIC_INPUT, ...outputs.map(({ name }) => name)];
  if (features.length === 0) throw new BadUserInputError("a model needs at least one feature, got none");
  const seen = new Set<string>();
  for (const { name, kind } of features) {
    if (seen.has(name)) throw new BadUserInputError(`feature ${JSON.stringify(name)} is listed twice`);
    seen.add(name);
    // These would collide with tensors of the ONNX graph.
    const reserved = name === "" || taken.includes(name) || name.startsWith("/");
    if (kind === "categorical" && reserved) {
      throw new BadUserInputError(`a categorical feature cannot be named ${JSON.stringify(name)}; rename it`);
    }
  }
}

/** A wrong length is a bug of the caller's, not of the user's. */
function validateShape({
  features,
  keys,
  numeric,
  categorical,
  labels,
  dates,
  weights,
}: TrainingData<Labels>): void {
  const kinds = byKind(features);
  const lengths: [string, number, number][] = [
    ["labels", labels.length, keys.length],
    ["numeric", numeric.length, keys.length * kinds.numeric.length],
    ["categorical", categorical.length, kinds.categorical.length],
    ...(weights ? [["weights", weights.length, keys.length] as [string, number, number]] : []),
    ...(dates ? [["dates", dates.of.length, keys.length] as [string, number, number]] : []),
    ...categorical.map(({ codes }, k): [string, number, number] => [
      `categorical[${k}].codes`,
      codes.length,
      keys.length,
    ]),
  ];
  for (const [name, got, expected] of lengths) {
    if (got !== expected)
      throw new RangeError(`TrainingData.${name} has length ${got}, expected ${expected}`);
  }
}

/**
 * Looks at every value.
 * @throws BadUserInputError on a key that occurs twice on a date, an infinite value, or a weight that is none.
 */
export function validateValues(data: TrainingData<Labels>): void {
  const { features, keys, numeric, dates } = data;
  requireWeights(data);
  const last = new Map<string, number>();
  for (const [row, key] of keys.entries()) {
    const date = dates?.of[row] ?? 0;
    if ((last.get(key) ?? -1) >= date) {
      const on = dates ? ` on ${dates.names[date]}` : "";
      throw new BadUserInputError(
        `two rows have the key ${JSON.stringify(key)}${on}; train on one row per key${dates ? " and date" : ""}`,
        { key },
      );
    }
    last.set(key, date);
  }
  const names = byKind(features).numeric;
  for (let k = 0; k < numeric.length; k++) {
    if (Math.abs(numeric[k]!) !== Number.POSITIVE_INFINITY) continue;
    const key = keys[Math.floor(k / names.length)]!;
    throw new BadUserInputError(
      `feature ${JSON.stringify(names[k % names.length]!.name)} of ${JSON.stringify(key)} is infinite as a ` +
        "32-bit float; leave it empty or correct it",
      { key },
    );
  }
}

/** @throws {BadUserInputError} some are no numbers above 0 */
export function requireWeights({
  weights,
  weightName,
}: Pick<TrainingData<Labels>, "weights" | "weightName">): void {
  if (!weights) return;
  const [missing, tooSmall, infinite] = [Number.isNaN, (each: number) => each <= 0, isInfinite].map((isOne) =>
    weights.reduce((count, each) => count + (isOne(each) ? 1 : 0), 0),
  );
  const problems = [
    [missing!, "empty"],
    [tooSmall!, "0 or less"],
    [infinite!, "infinite"],
  ] as const;
  const found = problems.filter(([count]) => count > 0);
  if (found.length === 0) return;
  const counts = found.map(([count, what]) => `${count} ${what}`).join(", ");
  throw new BadUserInputError(
    `weight: of the ${weights.length} rows to train on ${counts} in ${weightName ?? "their weights"}; a weight is a number above 0: ` +
      "deliver one for each row, or empty the label of rows that are not to count",
    { weight: weightName ?? null, missing, notAboveZero: tooSmall, infinite, rows: weights.length },
  );
}

const isInfinite = (value: number): boolean => value === Number.POSITIVE_INFINITY;
