import { BadUserInputError } from "../errors/errors.js";
import type { Fold } from "./tasks/fold.js";
import type { Labels } from "./tasks/labels.js";
import { INNER_FOLDS, orderByHash, SINGLE_HOLD_OUT_ROWS } from "./tasks/row-order.js";
import { rowsOfEach } from "./tasks/stratified.js";
import type { Task } from "./tasks/task.js";
import { sharedArray } from "./threads/shared.js";
import type { RowDates, TrainingData } from "./types.js";

/** Row numbers; the rows of one key stand together, the oldest date first. */
export interface RowSplit {
  train: Uint32Array;
  test: Uint32Array;
}

/**
 * As the task splits, where all rows are of one date. Of several dates keys are split, each by its newest label, and all rows
 * of a key are on its side: nobody is judged whom another date was learnt from.
 */
export function splitByKey(
  task: Task,
  { keys, labels, dates }: Pick<TrainingData<Labels>, "keys" | "labels"> & { dates?: Pick<RowDates, "of"> },
  testFraction: number,
  seed: number,
): RowSplit {
  if (!dates) return task.split(keys, labels, testFraction, seed);
  const grouped = groupRows(keys);
  const split = task.split(grouped.keys, newestLabels(task, labels, grouped), testFraction, seed);
  return { train: rowsOf(grouped, split.train), test: rowsOf(grouped, split.test) };
}

/** The rows of earlier dates, and those of this date and later ones; keys in the order of (murmur3(key, seed), key). */
export function splitByTime(
  { keys, dates }: Pick<TrainingData<Labels>, "keys" | "dates">,
  heldOutFrom: string,
  seed: number,
): RowSplit {
  const first = dates?.names.indexOf(heldOutFrom) ?? -1;
  if (first < 1)
    throw new RangeError(`TrainOptions.heldOutFrom is ${heldOutFrom}, expected a date after the first`);
  const grouped = groupRows(keys);
  const rows = rowsOf(grouped, orderByHash(grouped.keys, seed));
  const isHeldOut = (row: number) => dates!.of[row]! >= first;
  return { train: rows.filter((row) => !isHeldOut(row)), test: rows.filter(isHeldOut) };
}

/** What is left of a stratum by a share of its keys: the fewest that two folds can be made of. */
const FEWEST_KEYS = 2;

/**
 * A share of these rows: of each stratum so many of its keys, the first ones, which is a random draw of what stands in the order
 * of hashes. A key is of its newest label's stratum and comes with all its rows. Rare strata keep two keys, where they have them.
 */
export function shareOfRows(
  task: Task,
  data: Pick<TrainingData<Labels>, "keys" | "labels" | "dates">,
  rows: Uint32Array,
  share: number,
): Uint32Array {
  if (share >= 1) return rows;
  const starts = keyStarts(data, rows) ?? Uint32Array.from({ length: rows.length + 1 }, (_, row) => row);
  const strata = Uint32Array.from({ length: starts.length - 1 }, (_, key) =>
    task.stratum(data.labels[rows[starts[key + 1]! - 1]!]!),
  );
  const left = rowsOfEach(strata).map((keys) => Math.max(Math.ceil(share * keys), FEWEST_KEYS));
  const chosen = Uint32Array.from(strata.keys()).filter((key) => left[strata[key]!]!-- > 0);
  return expand(chosen, starts).map((row) => rows[row]!);
}

/** About how many rows there are to train on. */
export const trainableRows = (
  { keys, dates }: Pick<TrainingData<Labels>, "keys" | "dates">,
  { heldOutFrom, testFraction }: { heldOutFrom?: string | undefined; testFraction: number },
): number =>
  heldOutFrom === undefined
    ? keys.length * (1 - testFraction)
    : (dates?.of ?? new Uint16Array()).filter((date) => dates!.names[date]! < heldOutFrom).length;

/** Where the rows of each key begin among these, and where the last end; null where each row has a key of its own. */
export function keyStarts(
  { keys, dates }: Pick<TrainingData<Labels>, "keys" | "dates">,
  rows: Uint32Array,
): Uint32Array | null {
  if (!dates) return null;
  const starts = [0];
  for (let k = 1; k < rows.length; k++) if (keys[rows[k]!] !== keys[rows[k - 1]!]) starts.push(k);
  const shared = sharedArray(Uint32Array, starts.length + 1);
  shared.set(starts);
  shared[starts.length] = rows.length;
  return shared;
}

/**
 * As the task folds; where keys have several rows, each is in one fold whole.
 * @param folds null: those for choosing
 * @throws {BadUserInputError} the keys are too few: a fold would leave nothing to learn from
 */
export function foldRows(
  task: Task,
  labels: Labels,
  starts: Uint32Array | null,
  folds: number | null,
): Fold[] {
  if (!starts) return folds === null ? task.innerFolds(labels) : task.folds(labels, folds);
  const ofKeys = task.labelArray.from(
    Array.from({ length: starts.length - 1 }, (_, key) => labels[starts[key + 1]! - 1]!),
  );
  // How dear a fit is follows from the rows, not from the keys.
  const isLarge = folds === null && labels.length >= SINGLE_HOLD_OUT_ROWS;
  const chosen = isLarge
    ? task.folds(ofKeys, INNER_FOLDS).slice(0, 1)
    : folds === null
      ? task.innerFolds(ofKeys)
      : task.folds(ofKeys, folds);
  const expanded = chosen.map(({ fit, validate }) => ({
    fit: expand(fit, starts),
    validate: expand(validate, starts),
  }));
  const strata = (rows: Iterable<number>) =>
    new Set(Array.from(rows, (row) => task.stratum(labels[row]!))).size;
  const needed = Math.min(2, strata(labels.keys()));
  if (expanded.some(({ fit }) => strata(fit) < needed))
    throw new BadUserInputError(
      `the ${labels.length} training rows are of ${starts.length - 1} keys, and those of one label of too few: a fold of whole ` +
        "keys leaves none to learn from; train on more keys, or on one date",
      { rows: labels.length, keys: starts.length - 1 },
    );
  return expanded;
}

function expand(keys: Uint32Array, starts: Uint32Array): Uint32Array {
  const rows = keys.reduce((sum, key) => sum + starts[key + 1]! - starts[key]!, 0);
  const expanded = sharedArray(Uint32Array, rows);
  let at = 0;
  for (const key of keys) for (let row = starts[key]!; row < starts[key + 1]!; row++) expanded[at++] = row;
  return expanded;
}

/** Rows by key: those of key k are `rows` from `starts[k]` to before `starts[k + 1]`, in their own order. */
interface GroupedRows {
  keys: string[];
  starts: Uint32Array;
  rows: Uint32Array;
}

function groupRows(keys: readonly string[]): GroupedRows {
  const places = new Map<string, number>();
  const placeOf = Uint32Array.from(keys, (key) => {
    const place = places.get(key) ?? places.size;
    if (place === places.size) places.set(key, place);
    return place;
  });
  const starts = new Uint32Array(places.size + 1);
  for (const place of placeOf) starts[place + 1]!++;
  for (let place = 0; place < places.size; place++) starts[place + 1]! += starts[place]!;
  const next = starts.slice();
  const rows = new Uint32Array(keys.length);
  for (const [row, place] of placeOf.entries()) rows[next[place]!++] = row;
  return { keys: [...places.keys()], starts, rows };
}

const newestLabels = (task: Task, labels: Labels, { keys, starts, rows }: GroupedRows): Labels =>
  task.labelArray.from(keys.map((_, key) => labels[rows[starts[key + 1]! - 1]!]!));

const rowsOf = ({ starts, rows }: GroupedRows, keys: Uint32Array): Uint32Array =>
  expand(keys, starts).map((place) => rows[place]!);
