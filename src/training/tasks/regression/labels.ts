import { BadUserInputError } from "../../../errors/errors.js";

/** Sums of squares of such labels are finite, and so are their float32. */
const LIMIT = 1e30;
const FEWEST_TO_TRAIN = 4;
const FEWEST_HELD_OUT = 2;

/** @throws {RangeError} a label is no number, or beyond ±1e30: sources publish neither */
export function checkValues(labels: Float64Array): void {
  const strange = labels.find((label) => !(Math.abs(label) <= LIMIT));
  if (strange !== undefined)
    throw new RangeError(`TrainingData.labels holds ${strange}, expected a number within ±${LIMIT}`);
}

export const areAlike = (labels: Float64Array): boolean => labels.every((label) => label === labels[0]);

/** Labels must differ, and each part needs a few. @throws {BadUserInputError} */
export function validateValueRows(labels: Float64Array, train: Uint32Array, test: Uint32Array): void {
  if (labels.length === 0)
    throw new BadUserInputError("the training table has no rows; ingest that date first");
  if (areAlike(labels))
    throw new BadUserInputError(
      `every label is ${labels[0]} (${labels.length} rows); a model needs labels that differ`,
    );
  if (train.length >= FEWEST_TO_TRAIN && test.length >= FEWEST_HELD_OUT) return;
  throw new BadUserInputError(
    `${labels.length} rows are too few: ${train.length} to train on (needs ${FEWEST_TO_TRAIN}), ` +
      `${test.length} held out (needs ${FEWEST_HELD_OUT}); ingest more rows or change testFraction`,
  );
}

/** What is left of each fold needs a few rows, and the fold itself two. @throws {BadUserInputError} */
export function validateValueFolds({ length: rows }: Float64Array, folds: number): void {
  const needed = Math.max(2 * folds, 2 * FEWEST_TO_TRAIN);
  if (rows >= needed) return;
  throw new BadUserInputError(
    `${folds} folds need ${needed} training rows, got ${rows}; ask for fewer folds or none`,
    { folds, rows },
  );
}
