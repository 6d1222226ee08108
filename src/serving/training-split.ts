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
}

/** Row numbers to train on, and to measure on. */
export function splitRows(
  task: Task,
  keys: readonly string[],
  labels: Labels,
  split: HeldOutSplit,
): { train: Uint32Array; test: Uint32Array } {
  if (split.rule === "RANKS") return task.split(keys, labels, split.testFraction, split.seed);
  const isHeldOut = heldOutBy(split);
  const [train, test]: [number[], number[]] = [[], []];
  for (const [row, key] of keys.entries()) (isHeldOut(key) ? test : train).push(row);
  return { train: Uint32Array.from(train), test: Uint32Array.from(test) };
}
