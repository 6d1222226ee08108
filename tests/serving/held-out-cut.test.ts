import { expect, it } from "vitest";
import { heldOutAlone, heldOutCut } from "../../src/serving/training-split.js";
import { murmur3 } from "../../src/training/murmur3.js";
import { stratifiedSplit } from "../../src/training/tasks/stratified.js";

const SEED = 3;
const KEYS = Array.from({ length: 400 }, (_, n) => `user-${n}`);
const hashOf = (key: string) => murmur3(key, SEED);
const FIRST = KEYS.toSorted((a, b) => hashOf(a) - hashOf(b))[0]!;

/** Both sides of a split by class, as keys. */
function sides(labelOf: (key: string) => number): [string[], string[]] {
  const labels = Uint8Array.from(KEYS, labelOf);
  const { train, test } = stratifiedSplit(KEYS, labels, 0.25, SEED);
  const named = (rows: Uint32Array) => Array.from(rows, (row) => KEYS[row]!);
  return [named(test), named(train)];
}

it("a hash says of most that were held out that they were, and of nobody who was learnt from", () => {
  const [heldOut, known] = sides((key) => key.length % 2);
  const below = heldOutCut([heldOut, known], SEED)!;
  expect(KEYS.map(hashOf)).not.toContain(below);
  const isHeldOut = heldOutAlone({ rule: "RANKS", seed: SEED, testFraction: 0.25, heldOutBelow: below })!;
  expect(known.filter(isHeldOut)).toEqual([]);
  expect(heldOut.filter(isHeldOut).length).toBeGreaterThanOrEqual(heldOut.length / 2);
});

it("none does where the one key of a rare class, which is learnt, comes before nearly all that were held out", () => {
  const [heldOut, known] = sides((key) => (key === FIRST ? 2 : 1));
  expect(known).toContain(FIRST);
  expect(heldOut).toHaveLength(100);
  expect(heldOutCut([heldOut, known], SEED)).toBeNull();
});

it("a key counts once, however many dates it was held out on", () => {
  const [heldOut, known] = sides(() => 0);
  const below = heldOutCut([heldOut, known], SEED);
  const often = [...heldOut, ...Array.from({ length: 500 }, () => heldOut.at(-1)!)];
  expect(heldOutCut([often, known], SEED)).toBe(below);
});
