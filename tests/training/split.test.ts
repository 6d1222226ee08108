import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { murmur3 } from "../../src/training/murmur3.js";
import { stratifiedFolds, stratifiedSplit } from "../../src/training/tasks/stratified.js";

const namesOf = (keys: string[], rows: Uint32Array) => Array.from(rows, (row) => keys[row]!);

/** Unique keys with labels. */
const tables = fc.uniqueArray(fc.record({ key: fc.string(), label: fc.integer({ min: 0, max: 1 }) }), {
  selector: ({ key }) => key,
  minLength: 1,
  maxLength: 200,
});

test.each([
  ["", 0, 0],
  ["", 1, 0x514e28b7],
  ["hello", 0, 0x248bfa47],
  ["hello, world", 0, 0x149bbb7f],
  ["The quick brown fox jumps over the lazy dog", 0x9747b28c, 0x2fa826cd],
])("murmur3(%j, %d) is the reference implementation's", (text, seed, hash) => {
  expect(murmur3(text, seed)).toBe(hash);
});

test("murmur3 takes keys longer than its buffer", () => {
  expect(murmur3("é".repeat(10_000), 1)).not.toBe(murmur3("é".repeat(10_001), 1));
});

describe("stratifiedSplit", () => {
  test("every row is in exactly one part and each class holds out its rounded share", () => {
    fc.assert(
      fc.property(tables, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (table, fraction) => {
        const keys = table.map(({ key }) => key);
        const labels = Uint8Array.from(table, ({ label }) => label);
        const { train, test: heldOut } = stratifiedSplit(keys, labels, fraction, 7);
        expect([...train, ...heldOut].sort((a, b) => a - b)).toEqual([...keys.keys()]);
        for (const label of [0, 1]) {
          const all = table.filter((row) => row.label === label).length;
          const out = heldOut.filter((row) => labels[row] === label).length;
          expect(out).toBe(Math.round(fraction * all));
        }
      }),
    );
  });

  test("does not depend on the order of rows", () => {
    fc.assert(
      fc.property(tables, fc.integer(), (table, salt) => {
        const shuffled = [...table].sort((a, b) => murmur3(a.key, salt) - murmur3(b.key, salt));
        const [parts, again] = [table, shuffled].map((rows) => {
          const keys = rows.map(({ key }) => key);
          const labels = Uint8Array.from(rows, ({ label }) => label);
          const split = stratifiedSplit(keys, labels, 0.25, 3);
          return { train: namesOf(keys, split.train), test: namesOf(keys, split.test) };
        });
        expect(again).toEqual(parts);
      }),
    );
  });

  test("keys of equal hash are ordered by key", () => {
    const collision = findCollision();
    const labels = Uint8Array.of(0, 0);
    const [one, other] = [collision, [...collision].reverse()].map((keys) =>
      namesOf(keys, stratifiedSplit(keys, labels, 0.5, 0).test),
    );
    expect(one).toEqual(other);
  });

  test("a user whose label stays is held out again next month, another seed holds out others", () => {
    const keys = Array.from({ length: 1000 }, (_, k) => `user-${k}`);
    const january = Uint8Array.from(keys, (_, k) => (k % 4 === 0 ? 1 : 0));
    const february = Uint8Array.from(january, (label, k) => (k % 50 === 1 ? 1 - label : label));
    const heldOut = (labels: Uint8Array, seed: number) =>
      namesOf(keys, stratifiedSplit(keys, labels, 0.25, seed).test);
    const before = new Set(heldOut(january, 1));
    const same = heldOut(february, 1).filter((key) => before.has(key)).length;
    const otherSeed = heldOut(january, 2).filter((key) => before.has(key)).length;
    expect(same / before.size).toBeGreaterThan(0.95);
    expect(otherSeed / before.size).toBeLessThan(0.4);
  });
});

test("inner folds judge every row once and keep the class ratio", () => {
  const labels = Uint8Array.from({ length: 103 }, (_, k) => (k % 3 === 0 ? 1 : 0));
  const folds = stratifiedFolds(labels, 5);
  expect(folds.flatMap(({ validate }) => [...validate]).sort((a, b) => a - b)).toEqual([...labels.keys()]);
  for (const { fit, validate } of folds) {
    expect(fit.length + validate.length).toBe(103);
    expect(fit.filter((row) => validate.includes(row))).toHaveLength(0);
    const positives = validate.filter((row) => labels[row] === 1).length;
    expect([7, 6, 8]).toContain(positives);
  }
});

/** Birthday search: 2^32 hashes, some hundred thousand keys. */
function findCollision(): string[] {
  const seen = new Map<number, string>();
  for (let k = 0; ; k++) {
    const key = `k${k}`;
    const hash = murmur3(key, 0);
    const other = seen.get(hash);
    if (other) return [other, key];
    seen.set(hash, key);
  }
}
