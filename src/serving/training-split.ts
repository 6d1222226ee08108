import { murmur3 } from "../training/murmur3.js";
import type { Labels } from "../training/tasks/labels.js";
import type { Task } from "../training/tasks/task.js";
import { heldOutBy } from "../values/held-out.js";

/**
 * What divides rows into those that are trained on and those that are held out. `RANKS`: of each stratum's keys in the order of
 * a hash as many as the share says (`Task.split`), so that it takes all rows of a date to know it. `THRESHOLD`: the keys whose
 * hash is below a number, whatever else is there (`heldOutBy`), on every date alike.
 */
export const SPLIT_RULES = ["RANKS", "THRESHOLD"] as const;
export type SplitRule = (typeof SPLIT_RULES)[number];

export interface HeldOutSplit {
  rule: SplitRule;
  seed: number;
  testFraction: number;
  /** The date from which on everybody is held out, for nothing was learnt of it; null or absent: keys are. */
  heldOutFrom?: string | null;
  /**
   * Of a panel that is judged elsewhere: keys whose murmur3 by the seed is below it were not learnt from, whatever else is there;
   * null or absent: the rule says it.
   */
  heldOutBelow?: number | null;
}

/** Whether a key of a date that is judged is held out, where it says so alone; null: it takes all rows of the date to know it. */
export function heldOutAlone(split: HeldOutSplit): ((key: string) => boolean) | null {
  if (split.heldOutFrom) return () => true;
  const { heldOutBelow, seed } = split;
  if (heldOutBelow != null) return (key) => murmur3(key, seed) < heldOutBelow;
  return split.rule === "THRESHOLD" ? heldOutBy(split) : null;
}

/**
 * Below which hash of a key (murmur3 by the seed) nobody was learnt from: it says of any population who was held out, though not of
 * everybody. It lies between two keys' hashes, and is nobody's. Null where it keeps less than half of those that were held out:
 * each class has ranks of its own, and the one key of a rare class may come before all others.
 */
export function heldOutCut(
  [heldOut, known]: readonly [heldOut: readonly string[], known: readonly string[]],
  seed: number,
): number | null {
  const least = known.reduce((least, key) => Math.min(least, murmur3(key, seed)), 2 ** 32);
  const hashes = [...new Set(heldOut)].map((key) => murmur3(key, seed));
  const below = hashes.filter((hash) => hash < least);
  if (below.length * 2 < hashes.length) return null;
  const before = below.reduce((most, each) => Math.max(most, each), -1);
  return before + Math.ceil((least - before) / 2);
}

/** Row numbers to train on, and to measure on. */
export function splitRows(
  task: Task,
  keys: readonly string[],
  labels: Labels,
  split: HeldOutSplit,
): { train: Uint32Array; test: Uint32Array } {
  const isHeldOut = heldOutAlone(split);
  if (!isHeldOut) return task.split(keys, labels, split.testFraction, split.seed);
  const [train, test]: [number[], number[]] = [[], []];
  for (const [row, key] of keys.entries()) (isHeldOut(key) ? test : train).push(row);
  return { train: Uint32Array.from(train), test: Uint32Array.from(test) };
}
