import { BadUserInputError } from "../errors/errors.js";
import { FOLDS, isWithin, SEED, TEST_FRACTION } from "../values/ranges.js";
import { byKind } from "./matrix.js";
import { NUMERIC_INPUT, OUTPUT } from "./onnx/inputs.js";
import type { TrainingData, TrainOptions } from "./types.js";

/** What can be checked without looking at every value. @throws BadUserInputError */
export function validateRequest(data: TrainingData, { seed, testFraction, folds = 0 }: TrainOptions): void {
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
  validateFeatures(data);
  validateShape(data);
}

function validateFeatures({ features }: TrainingData): void {
  if (features.length === 0) throw new BadUserInputError("a model needs at least one feature, got none");
  const seen = new Set<string>();
  for (const { name, kind } of features) {
    if (seen.has(name)) throw new BadUserInputError(`feature ${JSON.stringify(name)} is listed twice`);
    seen.add(name);
    // These would collide with tensors of the ONNX graph.
    const reserved = name === "" || name === NUMERIC_INPUT || name === OUTPUT || name.startsWith("/");
    if (kind === "categorical" && reserved) {
      throw new BadUserInputError(`a categorical feature cannot be named ${JSON.stringify(name)}; rename it`);
    }
  }
}

/** A wrong length is a bug of the caller's, not of the user's. */
function validateShape({ features, keys, numeric, categorical, labels }: TrainingData): void {
  const kinds = byKind(features);
  const lengths: [string, number, number][] = [
    ["labels", labels.length, keys.length],
    ["numeric", numeric.length, keys.length * kinds.numeric.length],
    ["categorical", categorical.length, kinds.categorical.length],
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

/** Looks at every value. @throws BadUserInputError on a duplicate key or an infinite value. */
export function validateValues({ features, keys, numeric, labels }: TrainingData): void {
  const strange = labels.find((label) => label > 1);
  if (strange !== undefined) throw new RangeError(`TrainingData.labels holds ${strange}, expected 0 or 1`);
  const seen = new Set<string>();
  for (const key of keys) {
    if (seen.has(key)) {
      throw new BadUserInputError(`two rows have the key ${JSON.stringify(key)}; train on one row per key`, {
        key,
      });
    }
    seen.add(key);
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

/** Each part needs both classes, and the inner folds two rows of each. @throws BadUserInputError */
export function validateClasses(labels: Uint8Array, train: Uint32Array, test: Uint32Array): void {
  if (labels.length === 0)
    throw new BadUserInputError("the training table has no rows; ingest that month first");
  const count = (rows: Iterable<number>, label: number) => {
    let sum = 0;
    for (const row of rows) sum += labels[row] === label ? 1 : 0;
    return sum;
  };
  const all = [0, 1].map((label) => count(labels.keys(), label));
  if (all.includes(0)) {
    throw new BadUserInputError(
      `every label is ${all[1] === 0 ? "false" : "true"} (${labels.length} rows); a model needs rows of both classes`,
    );
  }
  for (const label of [1, 0]) {
    const [fitted, heldOut] = [count(train, label), count(test, label)];
    if (fitted >= 2 && heldOut >= 1) continue;
    throw new BadUserInputError(
      `${all[label]} rows with label ${label === 1 ? "true" : "false"} are too few: ${fitted} to train on (needs 2), ` +
        `${heldOut} held out (needs 1); ingest more rows or change testFraction`,
    );
  }
}

/** Each fold needs both classes to be judged on, and what is left two rows of each. @throws BadUserInputError */
export function validateFolds(labels: Uint8Array, folds: number): void {
  const positives = labels.reduce((sum, label) => sum + label, 0);
  const fewest = Math.min(positives, labels.length - positives);
  const needed = Math.max(folds, 4);
  if (fewest >= needed) return;
  throw new BadUserInputError(
    `${folds} folds need ${needed} training rows of each class, got ${fewest}; ask for fewer folds or none`,
    { folds, rows: fewest },
  );
}
