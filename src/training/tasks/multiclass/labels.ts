import { BadUserInputError } from "../../../errors/errors.js";
import { CLASSES } from "../../../values/task.js";
import { rowsOfEach } from "../stratified.js";

/** Labels are places in the list of classes: whatever a byte holds is one. */
export function checkClassPlaces(_labels: Uint8Array): void {}

/** Each class needs rows on both sides. @throws {BadUserInputError} */
export function validateManyClasses(
  labels: Uint8Array,
  train: Uint32Array,
  test: Uint32Array,
  classes: readonly string[] | null,
): void {
  if (labels.length === 0)
    throw new BadUserInputError("the training table has no rows; ingest that date first");
  const named = (label: number) => JSON.stringify(classes?.[label] ?? String(label));
  const all = rowsOfEach(labels);
  if (all.length < CLASSES.min) {
    const remedy = all.length === 2 ? "learn two classes as a bool, with binary" : "ingest more rows";
    throw new BadUserInputError(
      `the labels have ${all.length} ${all.length === 1 ? "class" : "classes"}, ${all.map((_, label) => named(label)).join(", ")} ` +
        `(${labels.length} rows); a model of ${CLASSES.min} or more was asked for: ${remedy}`,
    );
  }
  const of = (rows: Uint32Array) =>
    rowsOfEach(labels.filter((_, row) => isIn[row] === (rows === train ? 1 : 2)));
  const isIn = new Uint8Array(labels.length);
  for (const row of train) isIn[row] = 1;
  for (const row of test) isIn[row] = 2;
  const [fitted, heldOut] = [of(train), of(test)];
  for (const [label, rows] of all.entries()) {
    const [own, held] = [fitted[label] ?? 0, heldOut[label] ?? 0];
    if (own >= 2 && held >= 1) continue;
    throw new BadUserInputError(
      `${rows} rows of the class ${named(label)} are too few: ${own} to train on (needs 2), ${held} held out (needs 1); ` +
        "ingest more rows, join rare classes to one, or change testFraction",
      { class: classes?.[label] ?? label, rows },
    );
  }
}

/** Each fold needs a row of each class to be judged on, and what is left two. @throws {BadUserInputError} */
export function validateManyFolds(labels: Uint8Array, folds: number): void {
  const fewest = Math.min(...rowsOfEach(labels));
  const needed = Math.max(folds, 4);
  if (fewest >= needed) return;
  throw new BadUserInputError(
    `${folds} folds need ${needed} training rows of each class, got ${fewest}; ask for fewer folds or none`,
    { folds, rows: fewest },
  );
}

/** Whether rows of these labels say anything: two classes at least. */
export const areOfSeveral = (labels: Uint8Array): boolean => labels.some((label) => label !== labels[0]);
