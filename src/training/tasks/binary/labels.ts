import { BadUserInputError } from "../../../errors/errors.js";

/** @throws {RangeError} a label is neither 0 nor 1: a bug of the caller's */
export function checkLabels(labels: Uint8Array): void {
  const strange = labels.find((label) => label > 1);
  if (strange !== undefined) throw new RangeError(`TrainingData.labels holds ${strange}, expected 0 or 1`);
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
